"""The events and simulations behind numbers."""

from __future__ import annotations

from tau2_tui.analysis.data.records import Call, Simulation
from tau2_tui.analysis.sheets.behind import Behind, Event, Records
from tau2_tui.tui.cells import cut_middle
from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.inspection import Place
from tau2_tui.tui.screens.sheet import items
from tau2_tui.tui.screens.sheet.items import MOST_EVENTS, Subject

_TASK_CELLS = 40


class Evidence:
    """Says what a run's numbers were counted from."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def ask(self, behind: Behind | None, about: tuple[str, ...]) -> Subject:
        """Return what is behind a number, and the names of the statistics that explain it."""
        if behind is None:
            return Subject(about)
        found = behind()
        shown = tuple(self._behind(record) for record in found[:MOST_EVENTS])
        return Subject(about, shown, max(0, len(found) - MOST_EVENTS))

    def _behind(self, record: Call | Simulation | Event) -> items.Behind:
        if isinstance(record, Call):
            return self._event(record.simulation, record.line, _said(record))
        if isinstance(record, Simulation):
            line = record.first_line if record.end_line is None else record.end_line
            return self._event(record.index, line, _ended(record))
        return self._event(record.simulation, record.line, record.text)

    def _event(self, simulation: int | None, line: int, text: str) -> items.Behind:
        found = None if simulation is None else self._records.by_index.get(simulation)
        if found is None:
            return items.Behind(f"event {line:,}  {one_line(text, 200)}", Place(None, line))
        trial = "" if found.trial is None else f" trial {found.trial}"
        where = f"task {cut_middle(one_line(found.task_id), _TASK_CELLS)}{trial}, event {line:,}"
        return items.Behind(f"{where}  {one_line(text, 200)}", Place(found.simulation_id, line))


def _said(call: Call) -> str:
    if call.error:
        return f"{call.name} ✗ {call.error_text or 'failed'}"
    return f"{call.name} ✓"


def _ended(simulation: Simulation) -> str:
    mark = {True: "✓ passed", False: "✗ failed", None: "? no reward"}[simulation.success]
    return f"{mark}, {simulation.termination or 'no end recorded'}"
