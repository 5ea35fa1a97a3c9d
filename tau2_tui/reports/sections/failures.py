"""Why simulations failed, from the evidence in the log."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tau2_tui.analysis.sheets import causes as sheets
from tau2_tui.analysis.sheets.behind import name_of
from tau2_tui.reports.document import Cell, Section
from tau2_tui.reports.places import Places
from tau2_tui.reports.sections.drawing import section_of
from tau2_tui.reports.writer import SectionWriter, bar, heads


def causes(found: dict[str, Any], places: Places) -> Section:
    """Return how often each cause comes first, then every failed simulation with its first cause."""
    anchor = places.section("causes")
    counted = section_of(sheets.causes(found), anchor, places)
    each = SectionWriter(counted.title, anchor)
    each.heading("Each failed simulation", "causes")
    each.table(
        heads("simulation", "parts failed", "first cause", ">confidence", "what happened", "shown by"),
        (_row(verdict, places) for verdict in found["verdicts"]),
    )
    return replace(counted, parts=(*counted.parts, *each.section().parts))


def _row(verdict: Any, places: Places) -> list[Cell | str]:
    name = Cell(name_of(verdict.task_id, verdict.trial), target=places.simulation(verdict.simulation))
    failed = ", ".join(verdict.failed_checks) or "-"
    first = verdict.first
    if first is None:
        return [name, failed, Cell("unknown", "muted"), "-", verdict.note or "no evidence of a cause in the log", ""]
    kind = Cell(f"{sheets.in_words(first.kind)} ({first.owner})", "strong")
    sure = bar(first.confidence)
    if not first.lines:
        return [name, failed, kind, sure, first.summary, ""]
    shown = Cell(f"line {first.lines[0] + 1}", target=places.event(verdict.simulation, first.lines[0]))
    return [name, failed, kind, sure, first.summary, shown]
