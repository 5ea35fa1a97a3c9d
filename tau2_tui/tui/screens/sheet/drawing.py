"""What the statistics say of a section, as a sheet of the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.sheets.behind import Behind
from tau2_tui.analysis.sheets.plots import Course, Histogram, Plot
from tau2_tui.analysis.sheets.sheet import Cell, Field, Remark, Sheet, Table
from tau2_tui.analysis.sheets.sheet import Row as SheetRow
from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.screens.sheet.items import MOST_ROWS, Head, Line, Subject, Value, Writer, line
from tau2_tui.tui.screens.sheet.plots import bar, curve, strip

Ask = Callable[[Behind | None, tuple[str, ...]], Subject]
"""Returns what can be asked about a number: what is behind it, and names of the statistics that explain it."""

_TOKENS = {"strong": "strong", "muted": "muted", "passed": "success", "failed": "error", "warning": "warning"}
_BARS = {"": "number", "passed": "success", "failed": "error"}
_WIDE = 40
"""Cells of the bars of a plot."""


def write(sheet: Sheet, ask: Ask, writer: Writer) -> None:
    """Write a sheet; small drawings stand in columns of their own, plots that characters cannot show are left out."""
    for part in sheet.parts:
        writer.heading(part.title or sheet.title, *part.about)
        for item in part.items:
            if isinstance(item, Field):
                _field(item, ask, writer)
            elif isinstance(item, Remark):
                writer.remark(item.text)
            elif isinstance(item, Table):
                _grid(item, ask, writer)
            else:
                _plot(item, ask, writer)


def _field(item: Field, ask: Ask, writer: Writer) -> None:
    drawn = "".join(_drawings(item.value))
    note = "  ".join(part for part in (drawn, item.note) if part)
    writer.field(item.label, _run(item.value), note, subject=ask(item.behind, item.about))


def _run(cell: Cell) -> Value:
    return Run(cell.text, _TOKENS.get(cell.tone, "text"))


def _drawings(cell: Cell) -> tuple[str, str, str]:
    """Return the bar, the line and the curve of a cell, empty for those that it lacks."""
    rate = cell.rate
    return (
        bar(cell.share),
        "" if rate is None else strip(rate.value, rate.low, rate.high),
        curve(cell.curve, low=0, high=1),
    )


_DRAWN = (Head("", importance=20), Head("0 to 100 %", importance=20), Head("0 to 100 %", importance=20))
"""The columns of bars, lines and curves."""


def _grid(table: Table, ask: Ask, writer: Writer) -> None:
    heads: list[Head] = []
    for place, head in enumerate(table.heads):
        heads += [Head(head.title, head.number, head.shrinks, head.importance), *_DRAWN]
        if place == 0:
            heads.append(Head("trials", importance=90))
    lines = [_line(row, ask(row.behind, ())) for row in table.rows[:MOST_ROWS]]
    writer.grid(heads, lines, more=len(table.rows) - len(lines))


def _line(row: SheetRow, subject: Subject) -> Line:
    values: list[Value] = []
    for place, cell in enumerate(row.cells):
        token = _BARS.get(cell.of, cell.of)
        share, rate, drawn = _drawings(cell)
        values += [_run(cell), Run(share, token), Run(rate, "muted"), Run(drawn, "number")]
        if place == 0:
            values.append(_marks(row.marks))
    return line(*values, subject=subject, task=row.task)


def _marks(marks: Sequence[Cell]) -> Run:
    tones = {mark.tone for mark in marks}
    return Run("".join(mark.text for mark in marks), _TOKENS.get(tones.pop(), "text") if len(tones) == 1 else "warning")


def _plot(plot: Plot, ask: Ask, writer: Writer) -> None:
    if isinstance(plot, Histogram):
        most = max(plot.counts, default=0)
        lines = []
        for (low, high), number in zip(pairwise(plot.edges), plot.counts, strict=True):
            drawn = Run(bar(number / most if most else 0, _WIDE), "number")
            span = f"{fig.seconds(low)} to {fig.seconds(high)}"
            lines.append(line(span, fig.count(number), drawn, subject=ask(plot.inside(low, high), ())))
        writer.grid((Head("duration"), Head("simulations", right=True), Head("")), lines)
    elif isinstance(plot, Course) and len(plot.curve) > 2:
        values = [value for _, value in plot.curve]
        told = f"{fig.number(min(values))} to {fig.number(max(values))}, from the first simulation to the last"
        writer.field(f"{plot.quantity} over time", Run(curve(values), "number"), told)
