"""The events and simulations behind numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from tau2_tui.analysis.data.records import Call, Run, Simulation
from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.inspection import Place
from tau2_tui.tui.screens.sheet.items import MOST_EVENTS, Behind, Subject


class Evidence:
    """Finds what a run's numbers were counted from.

    Attributes:
        run: the run.
    """

    def __init__(self, run: Run) -> None:
        self.run = run

    @cached_property
    def _simulations(self) -> dict[int, Simulation]:
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

    def calls(self, calls: Sequence[Call], *about: str) -> Subject:
        """Return calls as what is behind a number; those that failed say why."""
        events = (self.event(call.simulation, call.line, _said(call)) for call in calls[:MOST_EVENTS])
        return Subject(about, tuple(events), max(0, len(calls) - MOST_EVENTS))

    def events(self, found: Iterable[tuple[int | None, int | None, str]], *about: str) -> Subject:
        """Return events, each given as index of its simulation, line and text; those without a line are left out."""
        known = [(simulation, line, text) for simulation, line, text in found if line is not None]
        shown = tuple(self.event(*one) for one in known[:MOST_EVENTS])
        return Subject(about, shown, max(0, len(known) - MOST_EVENTS))

    def simulations(self, found: Iterable[Simulation], *about: str) -> Subject:
        """Return the ends of simulations as what is behind a number."""
        every = list(found)
        shown = tuple(
            self.event(one.index, one.first_line if one.end_line is None else one.end_line, _ended(one))
            for one in every[:MOST_EVENTS]
        )
        return Subject(about, shown, max(0, len(every) - MOST_EVENTS))

    def event(self, simulation: int | None, line: int, text: str) -> Behind:
        """Return one event."""
        found = None if simulation is None else self._simulations.get(simulation)
        if found is None:
            return Behind(f"event {line:,}  {one_line(text, 200)}", Place(None, line))
        trial = "" if found.trial is None else f" trial {found.trial}"
        where = f"task {one_line(found.task_id, 60)}{trial}, event {line:,}"
        return Behind(f"{where}  {one_line(text, 200)}", Place(found.simulation_id, line))


def _said(call: Call) -> str:
    if call.error:
        return f"{call.name} ✗ {call.error_text or 'failed'}"
    return f"{call.name} ✓"


def _ended(simulation: Simulation) -> str:
    mark = {True: "✓ passed", False: "✗ failed", None: "? no reward"}[simulation.success]
    return f"{mark}, {simulation.termination or 'no end recorded'}"
