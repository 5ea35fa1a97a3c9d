"""Why simulations failed, from the evidence in the log."""

from __future__ import annotations

from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.reports.document import Cell, Section
from tau2_tui.reports.places import Places, name_of
from tau2_tui.reports.plots import charts
from tau2_tui.reports.plots.canvas import FAILED
from tau2_tui.reports.writer import SectionWriter, bar, heads

_NAMED = 12


def words(kind: str) -> str:
    """Return a kind of cause as words."""
    return kind.replace("_", " ")


def causes(found: dict[str, Any], places: Places) -> Section:
    """Return how often each cause comes first, then every failed simulation with its first cause."""
    sheet = SectionWriter("Failures by cause", places.section("causes"))
    sheet.heading("", "causes")
    total = found["failed"]
    if not total:
        sheet.remark("No simulation failed.")
        return sheet.section()
    counts = sorted(found["first_causes"].items(), key=lambda item: -item[1])
    sheet.table(
        heads("first cause", ">simulations", ">share of failures"),
        ([Cell(words(kind)), fig.count(number), bar(number / total)] for kind, number in counts),
    )
    if found["undecided"]:
        sheet.fact("no evidence", fig.things(found["undecided"], "simulation"))
    sheet.fact("whose fault", ", ".join(f"{owner} {number:,}" for owner, number in found["owners"].items()) or fig.NONE)
    if found["suspicious_tasks"]:
        names = found["suspicious_tasks"]
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        sheet.fact("look at the tasks", ", ".join(names[:_NAMED]) + more)
    title = "Failed simulations by first cause"
    drawn = [(words(kind), float(number)) for kind, number in counts]
    sheet.plot(title, charts.bars(places.section("cause-plot"), title, drawn, colour=FAILED))
    sheet.heading("Each failed simulation", "causes")
    sheet.table(
        heads("simulation", "parts failed", "first cause", ">confidence", "what happened", "shown by"),
        (_row(verdict, places) for verdict in found["verdicts"]),
    )
    return sheet.section()


def _row(verdict: Any, places: Places) -> list[Cell | str]:
    name = Cell(name_of(verdict.task_id, verdict.trial), target=places.simulation(verdict.simulation))
    failed = ", ".join(verdict.failed_checks) or "-"
    first = verdict.first
    if first is None:
        return [name, failed, Cell("unknown", "muted"), "-", verdict.note or "no evidence of a cause in the log", ""]
    kind = Cell(f"{words(first.kind)} ({first.owner})", "strong")
    sure = bar(first.confidence)
    if not first.lines:
        return [name, failed, kind, sure, first.summary, ""]
    shown = Cell(f"line {first.lines[0] + 1}", target=places.event(verdict.simulation, first.lines[0]))
    return [name, failed, kind, sure, first.summary, shown]
