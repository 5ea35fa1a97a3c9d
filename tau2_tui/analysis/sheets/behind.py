"""What numbers were counted from: a run's records, and how they are found when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tau2_tui.analysis.data.records import Call, Run, Simulation


@dataclass(frozen=True, slots=True)
class Event:
    """A place in the log that a number was counted from.

    Attributes:
        simulation: index of its simulation, None when it belongs to none.
        line: its line, from 0.
        text: what happened there.
    """

    simulation: int | None
    line: int
    text: str


Behind = Callable[[], "Sequence[Call] | Sequence[Simulation] | Sequence[Event]"]
"""Finds the records behind a number: only called when somebody asks, for a run can have a million of them."""


class Records:
    """A run's records by what they are about.

    Attributes:
        run: the run.
    """

    def __init__(self, run: Run) -> None:
        self.run = run

    @cached_property
    def by_index(self) -> dict[int, Simulation]:
        """The simulations by their index."""
        return {simulation.index: simulation for simulation in self.run.simulations}

    @cached_property
    def by_tool(self) -> dict[str, list[Call]]:
        """The calls of each tool."""
        found: dict[str, list[Call]] = {}
        for call in self.run.calls:
            found.setdefault(call.name, []).append(call)
        return found

    @cached_property
    def by_task(self) -> dict[str, list[Simulation]]:
        """The simulations of each task."""
        found: dict[str, list[Simulation]] = {}
        for simulation in self.run.simulations:
            found.setdefault(simulation.task_id, []).append(simulation)
        return found

    @cached_property
    def line_of(self) -> dict[tuple[int, int], int]:
        """The line of each call, by the index of its simulation and its place there."""
        return {(call.simulation, call.i): call.line for call in self.run.calls}

    @cached_property
    def failed(self) -> list[Call]:
        """The calls that failed."""
        return [call for call in self.run.calls if call.error]

    def name_of(self, simulation: int | None, task_id: str) -> str:
        """Return how a simulation is called."""
        found = None if simulation is None else self.by_index.get(simulation)
        return name_of(task_id, None if found is None else found.trial)

    def calls_of(self, tool: str) -> Behind:
        """Find a tool's calls."""
        return lambda: self.by_tool.get(tool, [])

    def failed_of(self, tool: str) -> Behind:
        """Find a tool's calls that failed, or all of them where none did."""
        return lambda: failed_first(self.by_tool.get(tool, []))

    def simulations_of(self, task_id: str) -> Behind:
        """Find a task's simulations."""
        return lambda: self.by_task.get(task_id, [])

    def simulations(self, which: Callable[[Simulation], bool]) -> Behind:
        """Find some of the simulations."""
        return lambda: [one for one in self.run.simulations if which(one)]


def failed_first(calls: Sequence[Call]) -> Sequence[Call]:
    """Return the calls that failed, or all of them where none did."""
    return [call for call in calls if call.error] or calls


def events(*found: tuple[int | None, int | None, str]) -> list[Event]:
    """Return places of the log, each given as index of its simulation, line and text, without those of no line."""
    return [Event(simulation, line, text) for simulation, line, text in found if line is not None]


def name_of(task_id: str, trial: int | None) -> str:
    """Return how a simulation is called."""
    return f"task {task_id or '-'}" + ("" if trial is None else f", trial {trial}")
