"""A sheet as rows of some width; what a number means stands under it when it is unfolded. No Textual."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from tau2_tui.tui.cells import fit
from tau2_tui.tui.cells import width as cells_of
from tau2_tui.tui.format.runs import Run, TextLine, cut_runs, one_line, wrap
from tau2_tui.tui.inspection import Place
from tau2_tui.tui.screens.sheet.items import Field, Grid, Head, Heading, Line, Remark, Sheet, Subject
from tau2_tui.tui.table import Column, Table

_LABEL = 20
_INDENT = 2
_LEAST_WIDTH = 12
"""Cells for which rows are made at least; on a narrower screen they are cut."""

_LEAST_TEXT, _LEAST_NAME = 12, 24
"""Cells that a column of texts and the title above numbers keep, and the first column if a third of the width has."""

_TASKS = "task"
"""What the title of a column of tasks begins with: their names can be long, and alike at both ends."""

Key = tuple[int, int]
"""Item of a sheet, and the line of it when it is a grid."""


@dataclass(frozen=True)
class Row:
    """A row of the page.

    Attributes:
        runs: what it says.
        key: the number that it shows or explains, None for none.
        place: where enter leads from it, None for nowhere.
        explains: it stands under its number.
        task: the task that it speaks of, None for none in particular.
    """

    runs: tuple[Run, ...] = ()
    key: Key | None = None
    place: Place | None = None
    explains: bool = False
    task: str | None = None


def rows_of(sheet: Sheet, width: int, unfolded: Collection[Key] = ()) -> list[Row]:
    """Return a sheet in so many cells.

    Args:
        sheet: the sheet.
        width: cells.
        unfolded: the numbers that are explained.
    """
    cells = max(_LEAST_WIDTH, width)
    rows: list[Row] = []
    for number, item in enumerate(sheet.items):
        if isinstance(item, Heading):
            heading = TextLine((Run(item.words, "heading"),))
            rows += [*([Row()] if rows else []), *(Row(runs) for runs in wrap(heading, cells))]
        elif isinstance(item, Remark):
            rows += [Row(runs) for runs in wrap(_indented(Run(item.words, "muted")), cells)]
        elif isinstance(item, Field):
            rows += _field(item, (number, 0), cells)
            rows += _explained(sheet, item.subject, (number, 0), cells, unfolded)
        else:
            rows += _grid(sheet, item, number, cells, unfolded)
    return [replace(row, runs=cut_runs(row.runs, max(1, width))) for row in rows]


def _indented(*runs: Run, by: int = _INDENT) -> TextLine:
    return TextLine((Run(" " * by), *runs), by)


def _field(item: Field, key: Key, cells: int) -> Iterator[Row]:
    label = min(_LABEL, max(8, cells // 3))
    note = (Run(f"  {item.note}", "muted"),) if item.note else ()
    name = Run(fit(item.label, label), "text")
    line = TextLine((Run(" " * _INDENT), name, Run(" "), item.value, *note), _INDENT + label + 1)
    for runs in wrap(line, cells):
        yield Row(runs, key)


def _grid(sheet: Sheet, grid: Grid, number: int, cells: int, unfolded: Collection[Key]) -> Iterator[Row]:
    room = cells - _INDENT
    table = _table(grid, room)
    yield Row((Run(" " * _INDENT), *table.header(room)))
    for place, line in enumerate(grid.lines):
        yield Row((Run(" " * _INDENT), *table.line(line, room)), (number, place), task=line.task)
        yield from _explained(sheet, line.subject, (number, place), cells, unfolded)
    if grid.more:
        yield Row((Run(f"  … and {grid.more:,} more; tau2-tui stats --all prints them", "muted"),))


def _table(grid: Grid, cells: int) -> Table[Line]:
    columns = []
    for place, head in enumerate(grid.heads):
        texts = max((cells_of(line.cells[place].text) for line in grid.lines), default=0)
        columns.append(_column(head, place, texts, cells))
    table = Table(columns)
    table.set_rows(grid.lines)
    return table


def _column(head: Head, place: int, texts: int, cells: int) -> Column[Line]:
    """Return a column whose longest text has so many cells, in a table that has so many cells in all."""
    title = cells_of(head.title)
    widest = max(title, texts)
    kept = max(_LEAST_TEXT, min(_LEAST_NAME, cells // 3)) if place == 0 else _LEAST_TEXT
    least = min(widest, kept) if head.shrinks else max(texts, min(title, _LEAST_TEXT) if head.right else title)
    importance = 100 if place == 0 else head.importance - place
    names = head.shrinks and head.title.startswith(_TASKS)
    return Column(
        head.title, lambda line: line.cells[place], least, widest, head.right, importance=importance, names=names
    )


def _explained(sheet: Sheet, subject: Subject, key: Key, cells: int, unfolded: Collection[Key]) -> Iterator[Row]:
    if key not in unfolded:
        return
    for name in subject.about:
        one = sheet.explained[name]
        said = (("formula", one.formula), ("assumes", one.assumption), ("source", one.source), ("poor data", one.poor))
        yield from _lines(Run(one_line(one.question, 600), "strong"), key, cells)
        for label, text in said:
            if text:
                yield from _lines(Run(f"{label:<10}", "key"), key, cells, Run(one_line(text, 1_000)), hang=10)
    for event in subject.events:
        yield Row((Run("    → ", "key"), Run(event.text)), key, event.place, explains=True)
    if subject.more:
        yield from _lines(Run(f"… and {subject.more:,} more", "muted"), key, cells)
    if not subject.about and not subject.events:
        yield from _lines(Run("counted as it stands in the log", "muted"), key, cells)


def _lines(run: Run, key: Key, cells: int, *more: Run, hang: int = 0) -> Iterator[Row]:
    line = TextLine((Run("  │ ", "muted"), run, *more), min(4 + hang, cells // 2))
    for runs in wrap(line, cells):
        yield Row(runs, key, explains=True)
