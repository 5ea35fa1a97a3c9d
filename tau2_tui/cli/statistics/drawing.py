"""A sheet of statistics as lines of a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.sheets.plots import Course, Histogram, PassCurves, Plot, SharesBelow
from tau2_tui.analysis.sheets.sheet import Cell, Field, Head, Remark, Row, Sheet, Table
from tau2_tui.cli.page import Page
from tau2_tui.cli.statistics.layout import Value, bar, field, heading, histogram, line_plot, remark, rows
from tau2_tui.cli.table import Column

_COLOURS = {"passed": "passed", "failed": "error", "warning": "warning", "muted": "muted"}
_BAR_IMPORTANCE, _LEAST_IMPORTANT = 20, 1_000
_LEAST_NAME, _LEAST_TEXT = 24, 12
"""Cells that the first column keeps where a third of the width allows it, and other columns of texts."""


def lines_of(sheet: Sheet, page: Page, limit: int) -> Iterator[str]:
    """Yield a sheet; of each table at most ``limit`` rows, all for 0."""
    for part in sheet.parts:
        yield from heading(part.title or sheet.title, page)
        for item in part.items:
            if isinstance(item, Field):
                yield from field(item.label, item.value.text, page, note=item.note)
            elif isinstance(item, Remark):
                yield from remark(item.text, page)
            elif isinstance(item, Table):
                yield from _table(item, page, limit)
            else:
                yield from _plot(item, page)


def _table(table: Table, page: Page, limit: int) -> Iterator[str]:
    first, *others = table.heads
    least = max(_LEAST_TEXT, min(_LEAST_NAME, page.width // 3))
    columns = [Column(first.title, first.number, first.shrinks, least), *(Column(title) for title in table.marks)]
    barred = [any(row.cells[place].share is not None for row in table.rows) for place in range(len(table.heads))]
    for place, head in enumerate(others, 1):
        columns.append(_column(head, head.importance - place))
        if barred[place]:
            columns.append(Column("", drops=_LEAST_IMPORTANT - _BAR_IMPORTANCE + place))
    yield from rows(columns, (_values(row, barred) for row in table.rows), page, limit=limit)


def _column(head: Head, importance: int) -> Column:
    return Column(
        head.title, head.number, head.shrinks, _LEAST_TEXT, drops=_LEAST_IMPORTANT - importance, follows=head.follows
    )


def _values(row: Row, barred: list[bool]) -> list[Value]:
    first, *others = row.cells
    values = [_value(first), *map(_value, row.marks)]
    for place, cell in enumerate(others, 1):
        values += [_value(cell), *([bar(cell.share)] if barred[place] else [])]
    return values


def _value(cell: Cell) -> Value:
    return (cell.text, _COLOURS[cell.tone]) if cell.tone in _COLOURS else cell.text


def _plot(plot: Plot, page: Page) -> Iterator[str]:
    """Yield a plot that a few rows of characters can show; nothing for the others, whose numbers the tables hold."""
    curves: list[Any] = []
    if isinstance(plot, Histogram):
        yield from histogram(plot.title, plot.edges, plot.counts, page, fig.seconds)
    elif isinstance(plot, Course) and len(plot.curve) > 2:
        curves = [(plot.quantity, *zip(*plot.curve, strict=True))]
        yield from line_plot(f"{plot.title}, smoothed, in {plot.unit}s", curves, page)
    elif isinstance(plot, PassCurves) and len(plot.curves[0][1]) > 2:
        curves = [(name, [one[0] for one in some], [one[1] for one in some]) for name, some in plot.curves if some]
        yield from line_plot(plot.title.partition(",")[0], curves, page, share=True)
    elif isinstance(plot, SharesBelow) and not plot.fine:
        curves = [(fig.text(name), *zip(*steps, strict=True)) for name, steps in plot.curves if steps]
        yield from line_plot(plot.title, curves, page, share=True)
