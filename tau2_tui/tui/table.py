"""A table of rows: columns that fit themselves to the width, an order, and a window with a cursor. No Textual."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from tau2_tui.tui.cells import cut, cut_middle, fit
from tau2_tui.tui.cells import width as cells_of
from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.told_apart import told_apart
from tau2_tui.tui.viewport import Viewport

R = TypeVar("R")

_GAP = 2
"""Cells between two columns."""

_MEASURED = 500
"""Rows whose texts are measured for the width of a column."""

_TOLD_APART = 1_000
"""Rows whose names are cut in such a way that they can be told apart; those of more rows are cut in their middle."""


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column.

    Attributes:
        title: what stands above it; its first letter need not be unique.
        cell: a row's text, safe to draw, and its style.
        least: cells it needs to be worth showing; one of names, whose texts are all shorter, needs no more than those.
        most: cells beyond which more room does not help it.
        right: numbers stand at the right.
        order: what rows are ordered by; None where an order makes no sense.
        importance: when there is no room for all, the columns of least importance are left out.
        names: its texts are names; of one that is too long stays what tells it from the others.
    """

    title: str
    cell: Callable[[R], Run]
    least: int
    most: int = 0
    right: bool = False
    order: Callable[[R], Any] | None = None
    importance: int = 0
    names: bool = False


@dataclass(frozen=True)
class _Place(Generic[R]):
    column: Column[R]
    cells: int
    short: Mapping[str, str] = field(default_factory=dict)


class Table(Generic[R]):
    """Rows under column headings.

    Attributes:
        columns: all columns, from left to right.
        window: the window on the rows, and the selected row.
        ordered_by: the title of the column that orders the rows; None for the order in which they were given.
        descending: the largest come first.
    """

    def __init__(self, columns: Sequence[Column[R]]) -> None:
        self.columns = tuple(columns)
        self.window = Viewport()
        self.ordered_by: str | None = None
        self.descending = False
        self._given: list[R] = []
        self._rows: list[R] = []
        self._places: list[_Place[R]] = []
        self._width = -1

    @property
    def rows(self) -> list[R]:
        """The rows in the order in which they stand."""
        return self._rows

    @property
    def selected(self) -> R | None:
        """The row under the cursor, None when there are none."""
        return self._rows[self.window.cursor] if self.window.cursor < len(self._rows) else None

    def set_rows(self, rows: Sequence[R], same: Callable[[R, R], bool] | None = None) -> None:
        """Take other rows; the cursor stays on the row that is the ``same`` one, or else at its place."""
        selected = self.selected
        self._given = list(rows)
        self._arrange()
        if selected is not None and same is not None:
            self.select(lambda row: same(row, selected))

    def select(self, wanted: Callable[[R], bool]) -> bool:
        """Put the cursor on the first row that is wanted; return whether there is one."""
        for place, row in enumerate(self._rows):
            if wanted(row):
                self.window.goto(place, margin=2)
                return True
        return False

    def order_next(self, direction: int = 1) -> str:
        """Order by the next column that can order the rows, after the last as they were given; return what for."""
        titles: list[str | None] = [None, *(column.title for column in self._shown if column.order is not None)]
        at = titles.index(self.ordered_by) if self.ordered_by in titles else 0
        self.order_by(titles[(at + direction) % len(titles)])
        return "the order of the log" if self.ordered_by is None else self.ordered_by

    def order_by(self, title: str | None, *, descending: bool = False) -> None:
        """Order by a column; the selected row stays selected."""
        self.ordered_by, self.descending = title, descending
        self._keep_selected()

    def reverse(self) -> None:
        """Turn the order round; the selected row stays selected."""
        self.descending = not self.descending
        self._keep_selected()

    def _keep_selected(self) -> None:
        selected = self.selected
        self._arrange()
        if selected is not None:
            self.select(lambda row: row is selected)

    def _arrange(self) -> None:
        column = next((column for column in self.columns if column.title == self.ordered_by), None)
        rows = list(self._given)
        if column is not None and column.order is not None:
            order = column.order
            known = [row for row in rows if order(row) is not None]
            known.sort(key=order, reverse=self.descending)
            rows = [*known, *(row for row in rows if order(row) is None)]  # what is not known comes last both ways
        elif self.descending:
            rows.reverse()
        self._rows = rows
        self._width = -1
        self.window.set_count(len(rows))

    # Drawing

    @property
    def _shown(self) -> list[Column[R]]:
        return [place.column for place in self._places] or list(self.columns)

    def fit(self, width: int) -> None:
        """Choose the columns that are shown in ``width`` cells, and how wide each is."""
        if width == self._width:
            return
        self._width = width
        shown = [(column, self._least(column)) for column in self.columns]
        while len(shown) > 1 and sum(least + _GAP for _, least in shown) - _GAP > width:
            shown.remove(min(reversed(shown), key=lambda one: one[0].importance))
        spare = width - sum(least + _GAP for _, least in shown) + _GAP
        places = []
        for column, least in shown:
            more = max(0, min(spare, self._wanted(column) - least))
            spare -= more
            places.append(_Place(column, least + more, self._short(column, least + more)))
        self._places = places

    def _least(self, column: Column[R]) -> int:
        return min(column.least, self._wanted(column)) if column.names else column.least

    def _wanted(self, column: Column[R]) -> int:
        """Return how many cells a column would like to have: those of its longest text, as far as that helps."""
        longest = max((cells_of(column.cell(row).text) for row in self._rows[:_MEASURED]), default=0)
        return min(max(column.least, column.most), max(longest, cells_of(column.title) + 1))

    def _short(self, column: Column[R], cells: int) -> Mapping[str, str]:
        """Return the names of a column as they are cut."""
        return told_apart((column.cell(row).text for row in self._rows[:_TOLD_APART]), cells) if column.names else {}

    def is_cut(self, title: str, row: R) -> bool:
        """Return whether there is not room for a row's whole text in the column with that title."""
        texts = ((place.column.cell(row).text, place.cells) for place in self._places if place.column.title == title)
        return any(cells_of(text) > cells for text, cells in texts)

    def title_at(self, x: int) -> str | None:
        """Return the title that stands in a column of cells and can order the rows, None when there is none."""
        start = 0
        for place in self._places:
            if start <= x < start + place.cells:
                return place.column.title if place.column.order is not None else None
            start += place.cells + _GAP
        return None

    def header(self, width: int) -> tuple[Run, ...]:
        """Return the line with the titles, the order marked."""
        self.fit(width)
        runs: list[Run] = []
        for place in self._places:
            mark = ("▼" if self.descending else "▲") if place.column.title == self.ordered_by else ""
            runs.append(Run(_aligned(place.column.title + mark, place), "heading"))
        return _spaced(runs)

    def line(self, row: R, width: int) -> tuple[Run, ...]:
        """Return a row."""
        self.fit(width)
        runs = []
        for place in self._places:
            text, token = place.column.cell(row)
            runs.append(Run(_aligned(text, place), token))
        return _spaced(runs)


def _aligned(text: str, place: _Place[Any]) -> str:
    column, cells = place.column, place.cells
    if cells_of(text) > cells:
        short = place.short.get(text) or cut_middle(text, cells) if column.names else cut(text, cells)
        return fit(short, cells)
    return " " * (cells - cells_of(text)) + text if column.right else fit(text, cells)


def _spaced(runs: Sequence[Run]) -> tuple[Run, ...]:
    spaced: list[Run] = []
    for run in runs:
        if spaced:
            spaced.append(Run(" " * _GAP))
        spaced.append(run)
    return tuple(spaced)
