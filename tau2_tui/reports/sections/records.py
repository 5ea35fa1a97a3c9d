"""What was changed, and what personal data went into calls."""

from __future__ import annotations

from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.reports.document import Cell, Section
from tau2_tui.reports.places import Places
from tau2_tui.reports.writer import Rows, SectionWriter, heads


def state(found: dict[str, Any], places: Places) -> Section:
    """Return which tools changed the state, and what."""
    table = found["state"]
    sheet = SectionWriter("Changes of state", places.section("state"))
    sheet.heading("", "state_changes")
    told = f"{table.looked_at:,} of {table.calls:,} calls were looked at"
    sheet.fact("calls that changed", Cell(fig.count(table.changed), "strong"), told)
    for trigger, amount in table.without_call:
        sheet.fact(trigger, f"{amount:,} changes without a call")
    sheet.remark(table.note)
    writing = [row for row in table.tools if row.changed or row.failed_changes]
    rows: Rows = []
    for row in writing:
        counts = (row.calls, row.changed, row.unchanged, row.failed_changes, row.simulations)
        rows.append([Cell(row.tool_name), row.requestor, *map(fig.count, counts)])
    columns = (">calls", ">changed", ">unchanged", ">changed though failed", ">simulations")
    sheet.table(heads("tool", "caller", *columns), rows)
    reading = len(table.tools) - len(writing)
    if reading and writing:
        sheet.remark(f"{fig.things(reading, 'more tool')} changed nothing")
    sheet.heading("What was changed", "state_changes")
    changed: Rows = []
    for one in table.places:
        changed.append(
            [Cell(one.place or "(everything)"), one.state_type, fig.count(one.changes), fig.count(one.simulations)]
        )
    sheet.table(heads("place", "database", ">changes", ">simulations"), changed)
    return sheet.section()


def sensitive(found: dict[str, Any], places: Places) -> Section:
    """Return the personal data and secrets among the arguments, masked."""
    table = found["sensitive"]
    sheet = SectionWriter("Sensitive data in arguments", places.section("sensitive"))
    sheet.heading("", "sensitive")
    told = f"in {table.calls:,} of {table.total_calls:,} calls"
    sheet.fact("found", Cell(fig.count(table.count), "warning" if table.count else "strong"), told)
    rows: Rows = []
    for one in table.rows:
        rows.append([Cell(one.kind), one.tool, one.path, one.masked, fig.count(one.count), fig.count(one.tasks)])
    sheet.table(heads("kind", "tool", "argument", "example, masked", ">found", ">tasks"), rows)
    sheet.remark(table.note)
    return sheet.section()
