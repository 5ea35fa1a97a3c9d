"""Recorded tool calls made again in the installed tau2, to learn what no file tells: what each did to the databases.

tau2's own results hold what was said and what each tool gave back. Making the same calls in the same order, from the
same initial state, gives every state that the simulation passed through; that each result is the recorded one shows
that it is the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tau2_tui.events import (
    ExecutionEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationStartEvent,
    StateChangeEvent,
    ToolExecutionEvent,
)
from tau2_tui.recording import tau2_api
from tau2_tui.recording.call_observer import SnapshotMode
from tau2_tui.recording.replay.processes import replay_in_processes
from tau2_tui.recording.replay.report import DifferingCall, ReplayProgress, ReplayTotals, SimulationReport
from tau2_tui.recording.replay.setting import ReplaySetting
from tau2_tui.recording.replay.simulation import RecordedSimulation, ReplayedSimulation, replay_simulation
from tau2_tui.recording.replay.steps import Step, Steps

__all__ = ["DifferingCall", "ReplayProgress", "ReplayTotals", "SimulationReport", "replay"]

_SOURCE = "replay"


def replay(
    events: Iterable[ExecutionEvent],
    *,
    processes: int = 1,
    progress: ReplayProgress | None = None,
    snapshots: SnapshotMode = "changes",
) -> Iterator[ExecutionEvent]:
    """Make the tool calls of a log again, and yield its events with what that tells.

    A simulation's events come as one block when its end is reached. They are completed in place: calls with time,
    effect, signature and typed result, the simulation's end with hashes and the difference to the reference state;
    changes and snapshots are added as the recorder writes them. Under ``metadata["replay"]`` stands what the replay
    found: on a call whether its result was the same, on a simulation's end the counts, each differing call and the
    first divergence from the reference, on the run's end the sums. Nothing of the conversation is changed, and where a
    result differs, the recorded one stands.

    Args:
        events: of a run log, or of a foreign file as one.
        processes: how many simulations are replayed at once, each in a process of its own.
        progress: is told of each simulation.
        snapshots: how often the state is looked at and noted.

    Raises:
        RecordingError: no tau2-bench is installed, or it lacks the domain or cannot make an environment of it; raised
            when the first event is drawn, or at the simulation concerned.
    """
    yield from _Replay(ReplaySetting(tau2_api.load()), progress, snapshots).perform(events, processes)


class _Replay:
    """One replay under way."""

    def __init__(self, setting: ReplaySetting, progress: ReplayProgress | None, snapshots: SnapshotMode) -> None:
        self._setting = setting
        self._progress = progress
        self._snapshots = snapshots
        self._totals = ReplayTotals()
        self._counts: Counter[str] = Counter()
        self._by_simulation: dict[str | None, Counter[str]] = {}
        self._last_time = 0.0
        self._ended = False

    def perform(self, events: Iterable[ExecutionEvent], processes: int) -> Iterator[ExecutionEvent]:
        """Yield the events of the replayed log."""
        steps = Steps(events, self._complete_start)
        for done in self._performed(steps, processes):
            if isinstance(done, ReplayedSimulation):
                self._totals.add(done.report)
                if self._progress is not None:
                    self._progress(done.report)
                yield from self._counted(done.events)
            else:
                if isinstance(done, RunEndEvent):
                    self._complete_end(done)
                yield from self._counted([done])
        if not self._ended:
            yield self._notice()

    def _performed(self, steps: Iterable[Step], processes: int) -> Iterator[ExecutionEvent | ReplayedSimulation]:
        if processes > 1:
            yield from replay_in_processes(steps, self._replayed, processes)
            return
        for step in steps:
            yield self._replayed(step) if isinstance(step, RecordedSimulation) else step

    def _replayed(self, recorded: RecordedSimulation) -> ReplayedSimulation:
        return replay_simulation(recorded, self._setting, snapshots=self._snapshots)

    def _counted(self, events: list[ExecutionEvent]) -> Iterator[ExecutionEvent]:
        for event in events:
            self._counts[event.event_type] += 1
            self._last_time = event.timestamp
            sums = self._by_simulation.setdefault(event.simulation_id, Counter())
            sums["state_changes"] += isinstance(event, StateChangeEvent)
            sums["tool_errors"] += isinstance(event, ToolExecutionEvent) and not event.success
            repeats = event.metadata.get("repeats") if isinstance(event, SimulationStartEvent) else None
            if isinstance(repeats, str):
                self._by_simulation.pop(repeats, None)  # it does not count
            yield event

    # The run's own events

    def _complete_start(self, start: RunStartEvent, simulation: SimulationStartEvent | None) -> None:
        """Fill in policy and tools where they are missing, and say what the calls are made again in."""
        tau2 = self._setting.tau2
        told: dict[str, Any] = {"tau2": tau2.name}
        if start.policy is None or not start.tools:
            place = self._setting.place(start, simulation)
            environment = self._setting.environment(place, None)
            if start.policy is None:
                start.policy, told["policy"] = environment.get_policy(), f"of {tau2.name}"
            if not start.tools:
                start.tools, told["tools"] = tau2.tool_descriptions(environment), f"of {tau2.name}"
            self._setting.give_back(place, environment)
        start.metadata["replay"] = told

    def _complete_end(self, end: RunEndEvent) -> None:
        """Put what the replay changed into the sums of the run, and add its own."""
        self._ended = True
        if end.totals:
            for name in ("tool_errors", "state_changes"):
                end.totals[name] = sum(sums[name] for sums in self._by_simulation.values())
        end.event_counts = dict(self._counts)
        end.metadata["replay"] = self._totals.as_metadata()

    def _notice(self) -> ExecutionEvent:
        """Return the sums as an event of their own, for a log without its last line."""
        totals = self._totals
        return ExecutionEvent(
            timestamp=self._last_time,
            source=_SOURCE,
            message=f"replayed: {totals.equal} of {totals.results} results are the same",
            metadata={"replay": totals.as_metadata()},
        )
