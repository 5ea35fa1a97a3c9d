"""A run in numbers, counted from its log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from tau2_tui.events import (
    ExecutionEvent,
    MessageEvent,
    RunStartEvent,
    SimulationStartEvent,
    StateChangeEvent,
    StateSnapshotEvent,
    ToolExecutionEvent,
)
from tau2_tui.runlog.columns import Array, Columns
from tau2_tui.runlog.envelope import parse_object
from tau2_tui.runlog.log import RunLog
from tau2_tui.runlog.refs import PASS_TOLERANCE, LogOrigin

E = TypeVar("E", bound=ExecutionEvent)

_TRIES = 100
_CHANGED = b'"state_changed":true'


@dataclass(frozen=True)
class RunHeader:
    """What ran; None where the log does not say.

    Attributes:
        domain: tau2's name of the domain.
        agent: the agent implementation.
        agent_llm: the agent's model.
        user: the user implementation.
        user_llm: the user simulator's model.
        tau2_version: version of tau2-bench.
        tau2_flavour: which tau2-bench.
        started: seconds since the epoch of the first event.
        complete: the log ends with the end of the run; otherwise it is running or was cut off.
    """

    domain: str | None
    agent: str | None
    agent_llm: str | None
    user: str | None
    user_llm: str | None
    tau2_version: str | None
    tau2_flavour: str | None
    started: float | None
    complete: bool


@dataclass(frozen=True)
class SimulationRow:
    """One simulation. What its end says is None before it; the counts are as far as it goes.

    Attributes:
        simulation_id: its id.
        task_id: the task it runs.
        trial: the number of the trial.
        reward: tau2's reward, None when it was not evaluated.
        termination_reason: as tau2 names it; None for a simulation that has not ended.
        messages: messages of the conversation, the task's own history included.
        tool_calls: tool calls of agent and user.
        tool_errors: those that failed.
        writes: those that changed a database, None when the log does not tell of databases.
        duration: seconds.
        agent_cost: US dollars, None when unknown.
        user_cost: US dollars, None when unknown.
        ended: whether the log holds its end.
        repeated: it failed or was cut off, and another one took its place: it does not count.
        judge_skipped: the judge of its assertions was not asked; the reward is then known only when it is 0.
    """

    simulation_id: str
    task_id: str | None
    trial: int | None
    reward: float | None
    termination_reason: str | None
    messages: int
    tool_calls: int
    tool_errors: int
    writes: int | None
    duration: float | None
    agent_cost: float | None
    user_cost: float | None
    ended: bool
    repeated: bool = False
    judge_skipped: bool = False

    @property
    def passed(self) -> bool:
        """Whether the reward is 1."""
        return self.reward is not None and abs(self.reward - 1.0) < PASS_TOLERANCE


@dataclass(frozen=True)
class RunTotals:
    """Sums over the run.

    Attributes:
        events: lines of the log, unreadable ones included.
        unreadable_lines: lines that are no event, a torn last one included.
        simulations: simulations begun, without those that were repeated.
        repeated: simulations that failed or were cut off and were repeated; nothing below counts them but ``errors``.
        ended: those that ended.
        evaluated: those with a reward.
        passed: those with reward 1.
        mean_reward: over those with a reward, None when there are none.
        tool_calls: tool calls, in simulations or not.
        tool_errors: those that failed.
        state_changes: changes of a database, None when the log does not tell of databases.
        errors: events of level error or critical, unreadable lines not counted.
        undecided: simulations without a reward because a judge was skipped.
    """

    events: int
    unreadable_lines: int
    simulations: int
    repeated: int
    ended: int
    evaluated: int
    passed: int
    mean_reward: float | None
    tool_calls: int
    tool_errors: int
    state_changes: int | None
    errors: int
    undecided: int = 0


@dataclass(frozen=True)
class RunSummary:
    """A run: what it was, its simulations in the order in which they begin, its totals, what it was converted from."""

    header: RunHeader
    simulations: tuple[SimulationRow, ...]
    totals: RunTotals
    origin: LogOrigin | None = None


def summarize(log: RunLog) -> RunSummary:
    """Count what a log holds, as far as it is indexed now; ``log.wait()`` first for all of it.

    Unreadable lines are counted in full when ``log.checked``.
    """
    refs, outcomes = log.simulations(), log.outcomes()
    columns = log.columns  # of as many lines at least, unless another file took this one's place
    counts, recorded = _Counts(log, columns), _state_recorded(log, columns)
    rows = []
    for ref in refs:
        end = outcomes.get(ref.simulation_id)
        code = counts.code_of.get(ref.simulation_id)
        if code is None:
            continue
        rows.append(
            SimulationRow(
                simulation_id=ref.simulation_id,
                task_id=ref.task_id,
                trial=ref.trial,
                reward=end.reward if end else None,
                termination_reason=end.termination_reason if end else None,
                messages=int(counts.messages[code]),
                tool_calls=int(counts.tool_calls[code]),
                tool_errors=int(counts.tool_errors[code]),
                writes=int(counts.writes[code]) if recorded else None,
                duration=end.duration if end else None,
                agent_cost=end.agent_cost if end else None,
                user_cost=end.user_cost if end else None,
                ended=end is not None,
                repeated=ref.repeated,
                judge_skipped=end is not None and end.judge_skipped,
            )
        )
    return RunSummary(_header(log, columns), tuple(rows), _totals(columns, rows, recorded), log.origin)


class _Counts:
    """Events of some kinds by simulation code."""

    def __init__(self, log: RunLog, columns: Columns) -> None:
        self.code_of = {name: code for code, name in enumerate(columns.simulations)}
        tools = columns.of_type(ToolExecutionEvent.__name__)
        self._columns = columns
        self.messages = self._by_simulation(columns.of_type(MessageEvent.__name__))
        self.tool_calls = self._by_simulation(tools)
        self.tool_errors = self._by_simulation(tools & columns.at_least("error"))
        self.writes = self._by_simulation(_writes(log, tools))

    def _by_simulation(self, chosen: Array) -> Array:
        codes = self._columns.simulation[chosen]
        return np.bincount(codes[codes >= 0], minlength=len(self.code_of))


def _writes(log: RunLog, tools: Array) -> Array:
    """Return which lines are tool calls that changed a database: found by their bytes, then read."""
    writes = np.zeros(len(tools), np.bool_)
    for line in log.search(_CHANGED):
        if line < len(tools) and tools[line]:
            writes[line] = _says_changed(log.line(line))
    return writes


def _says_changed(line: bytes) -> bool:
    try:
        return parse_object(line).get("state_changed") is True
    except ValueError:
        return False


def _state_recorded(log: RunLog, columns: Columns) -> bool:
    """Return whether a log without calls, or some call or state event of it, tells of the databases."""
    if any(columns.of_type(cls.__name__).any() for cls in (StateChangeEvent, StateSnapshotEvent)):
        return True
    if not columns.of_type(ToolExecutionEvent.__name__).any():
        return log.origin is None
    return any(next(log.search(b'"state_changed":' + known), None) is not None for known in (b"true", b"false"))


def _totals(columns: Columns, rows: list[SimulationRow], state_recorded: bool) -> RunTotals:
    counts = ~_of_repeated(columns, rows)
    tools = columns.of_type(ToolExecutionEvent.__name__) & counts
    unreadable = columns.unreadable()
    failed = columns.at_least("error")
    counting = [row for row in rows if not row.repeated]
    rewards = [row.reward for row in counting if row.reward is not None]
    return RunTotals(
        events=len(columns),
        unreadable_lines=int(unreadable.sum()),
        simulations=len(counting),
        repeated=len(rows) - len(counting),
        ended=sum(row.ended for row in counting),
        evaluated=len(rewards),
        passed=sum(row.passed for row in counting),
        mean_reward=sum(rewards) / len(rewards) if rewards else None,
        tool_calls=int(tools.sum()),
        tool_errors=int((tools & failed).sum()),
        state_changes=int((columns.of_type(StateChangeEvent.__name__) & counts).sum()) if state_recorded else None,
        errors=int((failed & ~unreadable).sum()),
        undecided=sum(row.judge_skipped and row.reward is None for row in counting),
    )


def _of_repeated(columns: Columns, rows: list[SimulationRow]) -> Array:
    """Return which lines belong to simulations that do not count."""
    repeated = {row.simulation_id for row in rows if row.repeated}
    codes = [code for code, name in enumerate(columns.simulations) if name in repeated]
    return np.isin(columns.simulation, codes)


def _header(log: RunLog, columns: Columns) -> RunHeader:
    start = _first(log, columns, RunStartEvent)
    simulation = _first(log, columns, SimulationStartEvent)
    config = start.config if start else {}
    first_times = columns.timestamp[~np.isnan(columns.timestamp)][:1].tolist()
    return RunHeader(
        domain=_text([start and start.domain, simulation and simulation.domain]),
        agent=_text([simulation and simulation.agent, config.get("agent")]),
        agent_llm=_text([simulation and simulation.agent_llm, config.get("agent_llm")]),
        user=_text([simulation and simulation.user, config.get("user")]),
        user_llm=_text([simulation and simulation.user_llm, config.get("user_llm")]),
        tau2_version=start.tau2_version if start else None,
        tau2_flavour=start.tau2_flavour if start else None,
        started=first_times[0] if first_times else None,
        complete=log.status == "complete",
    )


def _first(log: RunLog, columns: Columns, cls: type[E]) -> E | None:
    """Return the first event of a type that can be read as such."""
    for line in np.flatnonzero(columns.of_type(cls.__name__))[:_TRIES].tolist():
        event = log.event(line)
        if isinstance(event, cls):
            return event
    return None


def _text(candidates: Iterable[Any]) -> str | None:
    return next((text for text in candidates if isinstance(text, str) and text), None)
