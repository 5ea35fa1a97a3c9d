"""A sheet of statistics as a section of a report."""

from __future__ import annotations

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.sheets import plots
from tau2_tui.analysis.sheets.sheet import Cell, Field, Remark, Row, Sheet, Table
from tau2_tui.reports import document
from tau2_tui.reports.places import Places
from tau2_tui.reports.plots import charts
from tau2_tui.reports.plots.canvas import ACCENT, FAILED
from tau2_tui.reports.writer import SectionWriter

_LONGEST = 300
"""Characters of one cell."""


def section_of(sheet: Sheet, anchor: str, places: Places | None) -> document.Section:
    """Return a sheet as a section.

    Args:
        sheet: what it says.
        anchor: its place in the report.
        places: where the run's simulations stand, None for a sheet on several runs.
    """
    writer = SectionWriter(sheet.title, anchor)
    drawn = 0
    for part in sheet.parts:
        writer.heading(part.title, *part.about)
        for item in part.items:
            if isinstance(item, Field):
                writer.fact(item.label, _cell(item.value, places), item.note, *item.about)
            elif isinstance(item, Remark):
                writer.remark(item.text)
            elif isinstance(item, Table):
                _table(item, places, writer)
            else:
                writer.plot(item.title, _drawing(f"{anchor}-plot{drawn}", item))
                drawn += 1
    return writer.section()


def _cell(cell: Cell, places: Places | None) -> document.Cell:
    text = cell.text if len(cell.text) <= _LONGEST else f"{cell.text[: _LONGEST - 1]}…"
    target = "" if places is None or cell.simulation is None else places.simulation(cell.simulation)
    return document.Cell(text, cell.tone, target, cell.spoken, cell.share)


def _table(table: Table, places: Places | None, writer: SectionWriter) -> None:
    if table.marks and places is not None:
        writer.remark("Each symbol leads to its simulation.")
    first, *others = (document.Head(head.title, head.number) for head in table.heads)
    marks = (document.Head(title) for title in table.marks)
    rows = ([_cell(cell, places) for cell in _cells(row)] for row in table.rows)
    writer.table((first, *marks, *others), rows, marks=bool(table.marks), most=table.most)


def _cells(row: Row) -> tuple[Cell, ...]:
    return (row.cells[0], *row.marks, *row.cells[1:])


def _drawing(name: str, plot: plots.Plot) -> str:
    """Return a plot as SVG; the names are unique in the report."""
    if isinstance(plot, plots.Bars):
        shown = fig.money if plot.money else "{:,.0f}".format
        colour = FAILED if plot.failures else ACCENT
        return charts.bars(name, plot.title, plot.rows, label=plot.label, shown=shown, colour=colour)
    if isinstance(plot, plots.Ranges):
        return charts.ranges(name, plot.title, plot.rows, label=plot.label)
    if isinstance(plot, plots.PassCurves):
        return charts.pass_curve(name, plot.title, plot.curves)
    if isinstance(plot, plots.SharesBelow):
        return charts.shares_below(name, plot.title, plot.curves, label=plot.label)
    if isinstance(plot, plots.Histogram):
        return charts.histogram(name, plot.title, plot.edges, plot.counts, label="seconds")
    if isinstance(plot, plots.Flow):
        return charts.flow(name, plot.title, plot.sources, plot.targets, plot.shares)
    axis = "trial" if plot.unit == "trial" else f"{plot.unit}s since the first began"
    side = "passed" if plot.share else "seconds"
    return charts.course(name, plot.title, plot.points, label=axis, side=side, share=plot.share)
