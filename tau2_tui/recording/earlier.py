"""What an existing log already holds of a run that is to go on: read once, a line at a time."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from tau2_tui.errors import LogFormatError
from tau2_tui.events import (
    ExecutionEvent,
    LLMCallEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    chain,
    decode,
)
from tau2_tui.events.codec import dumps, loads
from tau2_tui.recording.outcome import SimulationOutcome
from tau2_tui.recording.session import SimulationIdentity
from tau2_tui.recording.spending import Spending, SpendingByPurpose, add_up

Key = tuple[str, int]
"""A task's id and a trial."""

_LINE = re.compile(
    rb'\{"seq":\d+,"timestamp":([0-9.e+-]+),"event_type":"([A-Za-z_]\w*)","simulation_id":(?:"([^"\\]*)"|null),'
)
_SET_BY_TAU2 = ("timestamp", "turn_idx")

_START_WITHIN = 100
"""Lines among which the start of the run stands: the first, unless a notice of a repair came before it."""


@dataclass
class EarlierSimulation:
    """One simulation in the log, as far as it goes."""

    start: SimulationStartEvent
    end: SimulationEndEvent | None = None
    tool_calls: int = 0
    tool_errors: int = 0
    state_changes: int = 0
    spending: dict[str, Spending] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether it ended by itself: then it is never run again."""
        return self.end is not None and self.end.error is None

    @property
    def key(self) -> Key:
        """Which task and trial it is."""
        return str(self.start.task_id), int(self.start.trial or 0)

    def identity(self) -> SimulationIdentity:
        """Return who it was."""
        start = self.start
        return SimulationIdentity(
            simulation_id=str(start.simulation_id),
            task_id=self.key[0],
            trial=self.key[1],
            domain=start.domain,
            seed=start.seed,
            agent=start.agent,
            agent_llm=start.agent_llm,
            user=start.user,
            user_llm=start.user_llm,
            solo_mode=start.solo_mode,
            attempt=start.attempt,
        )

    def outcome(self) -> SimulationOutcome:
        """Return what came of it, as the session that recorded it counted it."""
        end = self.end or SimulationEndEvent()
        return SimulationOutcome(
            identity=self.identity(),
            reward=end.reward,
            termination_reason=end.termination_reason,
            error=end.error,
            tool_calls=self.tool_calls,
            tool_errors=self.tool_errors,
            state_changes=self.state_changes,
            duration=end.duration or 0.0,
            spending=dict(self.spending),
            judge=end.metadata.get("judge"),
        )


@dataclass
class EarlierSessions:
    """Everything that the earlier sessions of a run left in its log.

    Attributes:
        start: the run's first event.
        sessions: how many there were.
        complete: the last event is the end of the run.
        duration: seconds, of all sessions.
        event_counts: events by type.
        task_digests: digest of each task as it was written, by id.
        kept: the simulations that ended by themselves, by task and trial, in the order in which they ended.
        broken: the last simulation of every other task and trial that was begun.
        repeated: simulations that do not count: those that were repeated, and those that now will be.
        repeated_spending: what their model calls came to.
    """

    start: RunStartEvent
    sessions: int
    complete: bool
    duration: float
    event_counts: Counter[str]
    task_digests: dict[str, bytes]
    kept: dict[Key, SimulationOutcome]
    broken: dict[Key, SimulationIdentity]
    repeated: int
    repeated_spending: SpendingByPurpose


def read_start(path: Path) -> RunStartEvent | None:
    """Return the first event of the run in a log; None when there is no log, or it holds no whole event of a run.

    Raises:
        LogFormatError: the file cannot be read, or is no run log.
    """
    try:
        with path.open("rb") as lines:
            for number, line in zip(range(_START_WITHIN), lines, strict=False):
                found = _LINE.match(line)
                if found is None and (number > 0 or line.endswith(b"\n")):
                    raise LogFormatError(f"{path}: not a run log, so there is nothing to resume")
                if found is not None and found[2] == b"RunStartEvent" and line.endswith(b"\n"):
                    return _run_start(path, line)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LogFormatError(f"{path}: cannot read it: {error.strerror or error}") from error
    return None


def _run_start(path: Path, line: bytes) -> RunStartEvent:
    try:
        event = decode(line)
    except ValueError as error:
        raise LogFormatError(f"{path}: its first event cannot be read, so the run is not resumed: {error}") from error
    if not isinstance(event, RunStartEvent):
        raise LogFormatError(f"{path}: its first event cannot be read, so the run is not resumed")
    return event


def read_earlier(path: Path) -> EarlierSessions:
    """Return what a log holds; it must not be written meanwhile.

    Raises:
        LogFormatError: the file cannot be read, or a line of it is not what was written.
    """
    reader = _Reader(path)
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                reader.take(number, line)
    except OSError as error:
        raise LogFormatError(f"{path}: cannot read it: {error.strerror or error}") from error
    return reader.result()


def task_digest(task: dict[str, Any]) -> bytes:
    """Return what tells one content of a task from another.

    The messages of a task's own history get a time when they are loaded, and a place when they are used.
    """
    start = dict(task.get("initial_state") or {})
    history = start.get("message_history") or []
    start["message_history"] = [
        {key: value for key, value in message.items() if key not in _SET_BY_TAU2} for message in history
    ]
    return blake2b(dumps({**task, "initial_state": start}, sort_keys=True), digest_size=16).digest()


class _Reader:
    """Takes the lines of a log in their order."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._previous = chain.ZERO
        self._counts: Counter[str] = Counter()
        self._last_type = ""
        self._start: RunStartEvent | None = None
        self._session_times: list[tuple[float, float]] = []
        self._tasks: dict[str, bytes] = {}
        self._simulations: dict[str, EarlierSimulation] = {}
        self._ended: list[str] = []

    def take(self, number: int, line: bytes) -> None:
        """Take one line, after checking that it continues the one before."""
        parts, found = chain.split(line[:-1]), _LINE.match(line)
        if parts is None or found is None or chain.link(self._previous, parts[0]) != parts[1]:
            raise LogFormatError(
                f"{self._path}: line {number} is not what was written, so the run is not resumed;"
                f" tau2-tui verify {self._path} says more"
            )
        self._previous = parts[1]
        try:
            self._note(line, found[2].decode(), float(found[1]), (found[3] or b"").decode())
        except (ValueError, TypeError, AttributeError, LookupError) as error:  # chained, and yet not of this recorder
            raise LogFormatError(f"{self._path}: line {number} cannot be read, so the run is not resumed") from error

    def _note(self, line: bytes, name: str, time: float, simulation_id: str) -> None:
        self._counts[name] += 1
        self._last_type = name
        if name == RunStartEvent.__name__:
            self._session_times.append((time, time))
        elif self._session_times:
            self._session_times[-1] = (self._session_times[-1][0], time)
        take = getattr(self, f"_take_{name}", None)
        if take is not None:
            take(line, simulation_id)

    def result(self) -> EarlierSessions:
        """Return what was found, when all lines were taken."""
        if self._start is None:
            raise LogFormatError(f"{self._path}: holds no start of a run, so there is nothing to resume")
        last: dict[Key, EarlierSimulation] = {one.key: one for one in self._simulations.values()}
        counting = [self._simulations[name] for name in dict.fromkeys(self._ended)]
        kept = {one.key: one.outcome() for one in counting if one.done and last[one.key] is one}
        others = [one for one in self._simulations.values() if not (one.done and last[one.key] is one)]
        return EarlierSessions(
            start=self._start,
            sessions=len(self._session_times),
            complete=self._last_type == RunEndEvent.__name__,
            duration=sum(last - first for first, last in self._session_times),
            event_counts=self._counts,
            task_digests=self._tasks,
            kept=kept,
            broken={key: one.identity() for key, one in last.items() if key not in kept},
            repeated=len(others),
            repeated_spending=add_up(one.spending for one in others),
        )

    def _event(self, line: bytes, cls: type[ExecutionEvent]) -> Any:
        event = decode(line)
        if not isinstance(event, cls):
            raise LogFormatError(f"{self._path}: holds a {cls.__name__} that cannot be read, so it is not resumed")
        return event

    def _take_RunStartEvent(self, line: bytes, simulation_id: str) -> None:
        if self._start is None:
            self._start = self._event(line, RunStartEvent)

    def _take_TaskEvent(self, line: bytes, simulation_id: str) -> None:
        task = loads(line)
        self._tasks[str(task.get("task_id"))] = task_digest(task.get("task"))

    def _take_SimulationStartEvent(self, line: bytes, simulation_id: str) -> None:
        self._simulations[simulation_id] = EarlierSimulation(self._event(line, SimulationStartEvent))

    def _take_SimulationEndEvent(self, line: bytes, simulation_id: str) -> None:
        simulation = self._simulations.get(simulation_id)
        if simulation is not None:
            end = self._event(line, SimulationEndEvent)
            end.reward_info = end.gold_diff = end.traceback = None  # of no use here, and large
            simulation.end = end
            self._ended.append(simulation_id)

    def _take_ToolExecutionEvent(self, line: bytes, simulation_id: str) -> None:
        simulation = self._simulations.get(simulation_id)
        if simulation is not None:
            simulation.tool_calls += 1
            simulation.tool_errors += loads(line).get("success") is False

    def _take_StateChangeEvent(self, line: bytes, simulation_id: str) -> None:
        simulation = self._simulations.get(simulation_id)
        if simulation is not None:
            simulation.state_changes += 1

    def _take_LLMCallEvent(self, line: bytes, simulation_id: str) -> None:
        simulation = self._simulations.get(simulation_id)
        if simulation is not None:
            event = self._event(line, LLMCallEvent)
            sums = simulation.spending.get(event.purpose, Spending())
            simulation.spending[event.purpose] = sums + Spending.of_call(event)
