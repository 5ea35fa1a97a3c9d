"""The sections ``state`` and ``sensitive``: what was changed, and what personal data went into calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.cli.page import Page
from tau2_tui.cli.statistics.layout import field, heading, remark, rows
from tau2_tui.cli.table import Column


def state(section: dict[str, Any], page: Page, limit: int) -> Iterator[str]:
    """Yield which tools changed the state, and what."""
    found = section["state"]
    yield from heading("Changes of state", page)
    told = f"{found.looked_at:,} of {found.calls:,} calls were looked at"
    yield from field("calls that changed", fig.count(found.changed), page, note=told)
    yield from _writers(found, page, limit)
    for trigger, amount in found.without_call:
        yield from field(fig.text(trigger), f"{amount:,} changes without a call", page)
    yield from remark(found.note, page)
    yield from _places(found, page, limit)


def _writers(found: Any, page: Page, limit: int) -> Iterator[str]:
    columns = [
        Column("tool", shrinks=True),
        Column("caller"),
        Column("calls", right=True),
        Column("changed", right=True),
    ]
    columns += [Column("unchanged", right=True), Column("changed, failed", right=True)]
    columns += [Column("simulations", right=True)]
    writing = [row for row in found.tools if row.changed or row.failed_changes]
    cells = []
    for row in writing:
        counts = (row.calls, row.changed, row.unchanged, row.failed_changes, row.simulations)
        cells.append([fig.text(row.tool_name), row.requestor, *map(fig.count, counts)])
    yield from rows(columns, cells, page, limit=limit)
    reading = len(found.tools) - len(writing)
    if reading:
        yield from remark(f"{fig.things(reading, 'more tool')} changed nothing", page)


def _places(found: Any, page: Page, limit: int) -> Iterator[str]:
    if found.places:
        yield from heading("What was changed", page)
    columns = [Column("database"), Column("place", shrinks=True), Column("changes", right=True)]
    columns += [Column("simulations", right=True)]
    cells = [
        [fig.text(one.state_type), fig.text(one.place), fig.count(one.changes), fig.count(one.simulations)]
        for one in found.places
    ]
    yield from rows(columns, cells, page, limit=limit)


def sensitive(section: dict[str, Any], page: Page, limit: int) -> Iterator[str]:
    """Yield the personal data and secrets among the arguments, masked."""
    found = section["sensitive"]
    yield from heading("Sensitive data in arguments", page)
    told = f"in {found.calls:,} of {found.total_calls:,} calls"
    yield from field("found", fig.count(found.count), page, note=told)
    columns = [
        Column("kind"),
        Column("tool", shrinks=True),
        Column("argument", shrinks=True),
        Column("example", shrinks=True),
    ]
    columns += [Column("found", right=True), Column("tasks", right=True)]
    yield from rows(
        columns,
        (
            [
                fig.text(one.kind),
                fig.text(one.tool),
                fig.text(one.path),
                fig.text(one.masked),
                fig.count(one.count),
                fig.count(one.tasks),
            ]
            for one in found.rows
        ),
        page,
        limit=limit,
    )
    yield from remark(found.note, page)
