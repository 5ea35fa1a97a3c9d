"""Every simulation of a run in a line."""

from __future__ import annotations

from tau2_tui.analysis.runs.matrix import state_of
from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.sheets.behind import name_of
from tau2_tui.reports.document import Cell, Section
from tau2_tui.reports.places import Places, mark
from tau2_tui.reports.writer import Rows, SectionWriter, heads, marked


def simulations(places: Places) -> Section:
    """Return every simulation in a line."""
    sheet = SectionWriter("All simulations", places.section("simulations"))
    sheet.heading("", "basic")
    calls: dict[int, list[int]] = {one.index: [0, 0] for one in places.run.simulations}
    for call in places.run.calls:
        counts = calls.setdefault(call.simulation, [0, 0])
        counts[0] += 1
        counts[1] += call.error
    rows: Rows = []
    for one in places.run.simulations:
        name = name_of(one.task_id, one.trial)
        target = places.transcript(one.index) if one.index in places.read else ""
        outcome = mark(state_of(one), target, name)
        cost = (
            None if one.agent_cost is None and one.user_cost is None else (one.agent_cost or 0) + (one.user_cost or 0)
        )
        made, failed = calls[one.index]
        rows.append(
            [
                Cell(name, target=target, anchor=places.row(one.index)),
                outcome,
                "-" if one.reward is None else f"{one.reward:g}",
                one.termination or "no end recorded",
                fig.count(one.messages),
                fig.count(made),
                marked(fig.count(failed), "failed", failed > 0),
                fig.seconds(one.duration),
                fig.money(cost),
            ]
        )
    columns = heads(
        "simulation", "outcome", ">reward", "ended by", ">messages", ">calls", ">errors", ">duration", ">cost"
    )
    sheet.table(columns, rows)
    if not rows:
        sheet.remark("no simulations")
    return sheet.section()
