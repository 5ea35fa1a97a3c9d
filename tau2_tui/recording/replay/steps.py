"""The events of a log sorted into what a replay works on: whole simulations, and events of the run between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tau2_tui.events import (
    ExecutionEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    TaskEvent,
)
from tau2_tui.recording.replay.simulation import RecordedSimulation

Step = ExecutionEvent | RecordedSimulation
"""An event that belongs to no simulation, or a simulation."""

CompleteStart = Callable[[RunStartEvent, SimulationStartEvent | None], None]
"""Fills in a run's first event, given the first one of its first simulation."""


class Steps:
    """Draws the steps of a log; simulations may be interleaved, and a simulation's step comes where it ends.

    Args:
        events: in the order of the log.
        complete_start: called with each run's first event before that is drawn.
    """

    def __init__(self, events: Iterable[ExecutionEvent], complete_start: CompleteStart) -> None:
        self._events = events
        self._complete_start = complete_start
        self._run: RunStartEvent | None = None
        self._waiting: list[ExecutionEvent] = []
        self._tasks: dict[str | None, dict[str, Any]] = {}
        self._open: dict[str, list[ExecutionEvent]] = {}
        self._ended: set[str] = set()

    def __iter__(self) -> Iterator[Step]:
        for event in self._events:
            yield from self._take(event)
        yield from self._begin_run(None)
        yield from self._close_all()

    def _take(self, event: ExecutionEvent) -> Iterator[Step]:
        simulation_id = event.simulation_id
        if isinstance(event, SimulationStartEvent):
            yield from self._begin_run(event)
        if simulation_id is not None and simulation_id not in self._ended:
            self._open.setdefault(simulation_id, []).append(event)
            if isinstance(event, SimulationEndEvent):
                yield self._close(simulation_id)
            return
        if isinstance(event, TaskEvent):
            self._tasks[event.task_id] = event.task
        if isinstance(event, (RunStartEvent, RunEndEvent)):
            yield from self._begin_run(None)
            yield from self._close_all()
        if isinstance(event, RunStartEvent):
            self._run = event
            self._waiting = [event]
        elif self._waiting:
            self._waiting.append(event)
        else:
            yield event

    def _begin_run(self, simulation: SimulationStartEvent | None) -> Iterator[ExecutionEvent]:
        """Yield the events that waited for the first simulation."""
        if self._waiting and self._run is not None:
            self._complete_start(self._run, simulation)
            yield from self._waiting
            self._waiting = []

    def _close(self, simulation_id: str) -> RecordedSimulation:
        events = self._open.pop(simulation_id)
        self._ended.add(simulation_id)
        return RecordedSimulation(events, self._run, self._tasks.get(events[0].task_id))

    def _close_all(self) -> Iterator[RecordedSimulation]:
        """Yield the simulations that have no end."""
        for simulation_id in list(self._open):
            yield self._close(simulation_id)
