"""A run as the statistics see it: its simulations, live calls, messages, model calls and reference actions.

Plain immutable rows without the bulk of the log: results and texts stay in the file, a row knows its line there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tau2_tui.runlog.refs import PASS_TOLERANCE


@dataclass(frozen=True, slots=True)
class Simulation:
    """One simulation that counts (repeated ones are not among a run's simulations).

    Attributes:
        simulation_id: its id.
        index: its place in the run's simulations.
        task_id: the task, empty when the log does not say.
        trial: number of the trial, None when the log does not say.
        seed: seed of the trial.
        start: seconds since the epoch of its first event.
        duration: seconds, None when not recorded.
        ended: the log holds its end.
        termination: why it ended, as tau2 names it.
        reward: tau2's reward, None when it was not evaluated.
        parts: tau2's reward by component (DB, COMMUNICATE, …), empty when not recorded.
        reward_info: tau2's evaluation, whole.
        gold_diff: per database the changes from the reference final state to the reached one; None when not known.
        agent_cost: US dollars, None when unknown.
        user_cost: US dollars, None when unknown.
        messages: how many messages it has, the task's own history not counted.
        judge_skipped: a judge was needed and not asked.
        skipped: tau2 gave reward 0 without an evaluation, because the simulation failed.
        solo: the agent worked without a user, with the user's tools as its own.
        error: text of the error that ended it.
        first_line: its first line in the log.
        end_line: the line of its end, None without one.
    """

    simulation_id: str
    index: int
    task_id: str
    trial: int | None = None
    seed: int | None = None
    start: float | None = None
    duration: float | None = None
    ended: bool = True
    termination: str | None = None
    reward: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    reward_info: Mapping[str, Any] | None = None
    gold_diff: Mapping[str, Any] | None = None
    agent_cost: float | None = None
    user_cost: float | None = None
    messages: int = 0
    judge_skipped: bool = False
    skipped: bool = False
    solo: bool = False
    error: str | None = None
    first_line: int = 0
    end_line: int | None = None

    @property
    def success(self) -> bool | None:
        """Whether the reward is 1; None when it was not evaluated."""
        return None if self.reward is None else abs(self.reward - 1.0) < PASS_TOLERANCE

    @property
    def infrastructure(self) -> bool:
        """Whether it failed outside agent and user, so that tau2 1.x leaves it out of its metrics."""
        return self.termination == "infrastructure_error"

    @property
    def counted(self) -> bool:
        """Whether it enters the success rate: evaluated, and not an infrastructure failure."""
        return self.reward is not None and not self.infrastructure


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call that agent or user made; the evaluator's replays are not among them.

    Attributes:
        simulation: index of its simulation.
        task_id: the simulation's task.
        i: its place among the simulation's calls, from 0.
        turn: index of the message that made it, None when not known.
        name: the tool, as it was called.
        args: its arguments.
        requestor: ``assistant`` or ``user``.
        error: the tool failed.
        error_text: text of the failure, None when it did not fail.
        time: seconds since the epoch of its event.
        execution_time: seconds inside the environment, None when not recorded.
        state_changed: a database differed afterwards; None when it was not looked at.
        result_digest: equal for equal results; None when no result was recorded.
        result_size: bytes of the result as JSON, None when not recorded.
        result_type: its type, None when not recorded.
        result_truncated: the recorded result was cut.
        result_contains_errors: the result reports an error though the tool did not fail.
        missing_args: required arguments not given; None when the signature is not in the log.
        unexpected_args: arguments that the signature does not have; None when it is not in the log.
        sensitive: kind, JSON pointer and masked preview of each sensitive argument.
        metadata: what the recorder noted on the call.
        line: its line in the log.
    """

    simulation: int
    task_id: str
    i: int
    turn: int | None
    name: str
    args: Mapping[str, Any]
    requestor: str = "assistant"
    error: bool = False
    error_text: str | None = None
    time: float | None = None
    execution_time: float | None = None
    state_changed: bool | None = None
    result_digest: str | None = None
    result_size: int | None = None
    result_type: str | None = None
    result_truncated: bool = False
    result_contains_errors: bool = False
    missing_args: tuple[str, ...] | None = None
    unexpected_args: tuple[str, ...] | None = None
    sensitive: tuple[Mapping[str, Any], ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation, without its text; a task's own history is not among them.

    Attributes:
        simulation: index of its simulation.
        turn: its index in the conversation, None when not known.
        role: system, assistant, user or tool.
        time: seconds since the epoch at which it was made; tau2's own time of it where the log has that, None when
            neither is known.
        generation_time: seconds the model took, None when not recorded.
        tool_calls: how many tool calls it makes.
        text_digest: equal for equal texts, not 0; None for a message without text.
        cost: US dollars, None when unknown.
        prompt_tokens: None when not recorded.
        completion_tokens: None when not recorded.
        line: its line in the log.
    """

    simulation: int
    turn: int | None
    role: str
    time: float | None = None
    generation_time: float | None = None
    tool_calls: int = 0
    text_digest: int | None = None
    cost: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One request to a language model.

    Attributes:
        simulation: index of its simulation, None when it belongs to none.
        purpose: agent, user, judge or unknown.
        model: name of the model.
        latency: seconds, None when not recorded.
        cost: US dollars, None when unknown.
        prompt_tokens: None when the server gave none.
        completion_tokens: None when the server gave none.
        retries: attempts that failed before.
        failed: it ended in an error.
        line: its line in the log.
    """

    simulation: int | None
    purpose: str
    model: str
    latency: float | None = None
    cost: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    retries: int = 0
    failed: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class StateChange:
    """One change of a database.

    Attributes:
        simulation: index of its simulation, None when it belongs to none.
        state_type: ``database`` or ``user_database``.
        trigger: the tool, ``sync_tools`` or what else caused it.
        paths: the JSON pointers that changed.
        tool_call_id: the call that caused it, None when none did.
        line: its line in the log.
    """

    simulation: int | None
    state_type: str
    trigger: str
    paths: tuple[str, ...] = ()
    tool_call_id: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class GoldAction:
    """One reference action of a task.

    Attributes:
        task_id: the task.
        i: its place among the task's reference actions, from 0.
        name: the tool.
        args: its arguments.
        compare_args: the arguments that count, None for all of them.
        requestor: ``assistant`` or ``user``.
        writes: the tool writes by its type; None when the type is not in the log.
    """

    task_id: str
    i: int
    name: str
    args: Mapping[str, Any]
    compare_args: tuple[str, ...] | None = None
    requestor: str = "assistant"
    writes: bool | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of the domain.

    Attributes:
        name: its name.
        requestor: whose it is: ``assistant`` or ``user``.
        tool_type: read, write, think, generic or unknown.
        required: its required arguments, None when the schema is not in the log.
        optional: its optional arguments, None when the schema is not in the log.
    """

    name: str
    requestor: str = "assistant"
    tool_type: str = "unknown"
    required: tuple[str, ...] | None = None
    optional: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Run:
    """One run: everything the statistics need of a log.

    Attributes:
        label: a short name that tells it from other runs.
        domain: tau2's name of the domain, None when the log does not say.
        agent: the agent and its model, for a person.
        complete: the log ends with the end of the run.
        simulations: those that count, in the order in which they begin.
        repeated: how many simulations were repeated and are left out.
        calls: the live calls, by simulation and in their order.
        messages: by simulation and in their order.
        model_calls: in file order.
        state_changes: in file order.
        tasks: the definition of each task that the log holds, by id.
        gold: the reference actions of those tasks.
        tools: the domain's tools, by requestor and name; empty when the log does not hold them.
        notes: what a reader should know of the data: what is missing, what was removed on import.
    """

    label: str
    domain: str | None = None
    agent: str = ""
    complete: bool = True
    simulations: tuple[Simulation, ...] = ()
    repeated: int = 0
    calls: tuple[Call, ...] = ()
    messages: Sequence[Message] = ()
    model_calls: Sequence[ModelCall] = ()
    state_changes: tuple[StateChange, ...] = ()
    tasks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    gold: tuple[GoldAction, ...] = ()
    tools: Mapping[tuple[str, str], Tool] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
