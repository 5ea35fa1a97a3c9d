"""Events of one simulation: its start, messages, model calls, context reductions and end."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import Any

from tau2_tui.events.base import ExecutionEvent, LogLevel


@dataclass(eq=False, repr=False)
class SimulationStartEvent(ExecutionEvent):
    """A simulation begins: one task, one trial.

    Attributes:
        domain: tau2's name of the domain.
        seed: seed of the trial.
        agent: name of the agent implementation.
        agent_llm: the agent's model, None when it has none.
        user: name of the user implementation.
        user_llm: the user simulator's model.
        solo_mode: whether the agent works without a user.
        attempt: how many simulations of this task and trial the log holds up to this one; each counts in place of
            the one before, whose id is ``metadata["repeats"]``.
        state_hash: hash of the agent's database after initialisation.
        user_state_hash: hash of the user's database, None when there is none.
    """

    domain: str = ""
    seed: int | None = None
    agent: str = ""
    agent_llm: str | None = None
    user: str = ""
    user_llm: str | None = None
    solo_mode: bool = False
    attempt: int = 1
    state_hash: str | None = None
    user_state_hash: str | None = None


@dataclass(eq=False, repr=False)
class MessageEvent(ExecutionEvent):
    """One message of the conversation.

    Attributes:
        role: system, assistant, user or tool.
        content: the text, None for a message of tool calls only.
        tool_calls: id, name, arguments and requestor of each call.
        tool_call_id: for a tool message, the call that it answers.
        error: for a tool message, whether the tool failed.
        requestor: for a tool message, who called: assistant or user.
        cost: price of the model call in US dollars, None when unknown.
        usage: token counts as the model's server gave them.
        generation_time: seconds the model took.
        history: the message belongs to the task's own initial history, not to this agent or user.
        message_timestamp: tau2's own time of the message, as it wrote it.
        raw_data: the model's raw answer, as tau2 keeps it.
    """

    role: str = ""
    content: str | None = None
    tool_calls: list[dict[str, Any]] | None = None
    tool_call_id: str | None = None
    error: bool | None = None
    requestor: str | None = None
    cost: float | None = None
    usage: dict[str, Any] | None = None
    generation_time: float | None = None
    history: bool = False
    message_timestamp: str | None = None
    raw_data: dict[str, Any] | None = None


@dataclass(eq=False, repr=False)
class LLMCallEvent(ExecutionEvent):
    """One request to a language model, successful or not.

    Attributes:
        model: name of the model as it was called.
        purpose: agent, user, judge or unknown.
        prompt_tokens: tokens of the prompt, None when the server gave none.
        completion_tokens: tokens of the answer.
        total_tokens: both.
        latency: seconds from the request to the answer or the error.
        cost: US dollars, None when the price is unknown; 0 only for a model known to be free.
        cached: whether the answer came from a cache, None when unknown.
        retries: how many attempts failed before this one.
        error: text of the error, None when it succeeded.
        error_type: class name of the error.
    """

    model: str = ""
    purpose: str = "unknown"
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    latency: float | None = None
    cost: float | None = None
    cached: bool | None = None
    retries: int = 0
    error: str | None = None
    error_type: str | None = None

    def __post_init__(self) -> None:
        """Raise the level of a failed call to warning."""
        super().__post_init__()
        if self.error is not None and self.level is LogLevel.INFO:
            self.level = LogLevel.WARNING


@dataclass(eq=False, repr=False)
class ContextReductionEvent(ExecutionEvent):
    """An agent shortened what it sends to its model.

    Attributes:
        original_tokens: tokens before.
        reduced_tokens: tokens after.
        strategy_used: name of the way it was done.
        reduction_ratio: reduced by original, 1.0 when there was nothing to reduce; None when no float holds it.
        tokens_saved: original less reduced.
        warnings: what a person should know.
        context_type: what was shortened.
        trigger_reason: why.
        dropped_messages: indices of the messages that were left out.
    """

    original_tokens: int = 0
    reduced_tokens: int = 0
    strategy_used: str = ""
    reduction_ratio: float | None = None
    tokens_saved: int | None = None
    warnings: list[str] = field(default_factory=list)
    context_type: str = ""
    trigger_reason: str = ""
    dropped_messages: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Compute the ratio and the saving when they were not given."""
        super().__post_init__()
        if self.reduction_ratio is None:
            with contextlib.suppress(OverflowError):  # a log may hold any number
                self.reduction_ratio = self.reduced_tokens / self.original_tokens if self.original_tokens else 1.0
        if self.tokens_saved is None:
            self.tokens_saved = self.original_tokens - self.reduced_tokens


JUDGE_SKIPPED = "judge skipped"
"""What stands in a log, and wherever the reward is shown, where a judge was needed and not asked."""


@dataclass(eq=False, repr=False)
class SimulationEndEvent(ExecutionEvent):
    """A simulation ended and was evaluated, or failed.

    Attributes:
        termination_reason: as tau2 names it.
        duration: seconds, evaluation not included.
        agent_cost: US dollars, None when unknown.
        user_cost: US dollars, None when unknown.
        reward: tau2's reward, None when it was not evaluated.
        reward_info: tau2's evaluation, whole.
        state_hash: hash of the agent's database at the end.
        user_state_hash: hash of the user's database at the end.
        gold_diff: per database (``database``, ``user_database``) the changes from the reference final state to the
            reached one, empty when equal; None when it could not be computed.
        error: text of the error that ended it, None when it ended by itself.
        error_type: class name of that error.
        traceback: where it was raised.
        attempt: number of this attempt, from 1.
    """

    termination_reason: str | None = None
    duration: float | None = None
    agent_cost: float | None = None
    user_cost: float | None = None
    reward: float | None = None
    reward_info: dict[str, Any] | None = None
    state_hash: str | None = None
    user_state_hash: str | None = None
    gold_diff: dict[str, Any] | None = None
    error: str | None = None
    error_type: str | None = None
    traceback: str | None = None
    attempt: int = 1

    @property
    def judge_skipped(self) -> bool:
        """Whether the judge of its assertions was not asked; the reward is then known only when it is 0."""
        return self.metadata.get("judge") == JUDGE_SKIPPED

    def __post_init__(self) -> None:
        """Raise the level of a failed simulation to error."""
        super().__post_init__()
        if self.error is not None and self.level is LogLevel.INFO:
            self.level = LogLevel.ERROR
