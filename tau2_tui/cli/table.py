"""Rows under headings, as wide as what is in them and no wider than the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tau2_tui.cli.page import Page, cells_of, cut, wrap

_GAP = "  "
_UNDER = "  "


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        heading: what stands above it.
        right: it stands to the right, as numbers do.
        shrinks: it is cut, the widest first, when the terminal is too narrow.
        least: cells that a column which shrinks keeps.
        keeps_end: what is cut off is the beginning.
        drops: it is left out when the terminal is too narrow still, the highest number first; 0 for never.
        follows: where it is left out, its texts stand under the rows.
    """

    heading: str
    right: bool = False
    shrinks: bool = False
    least: int = 8
    keeps_end: bool = False
    drops: int = 0
    follows: bool = False


class Cell(NamedTuple):
    """A text, safe to print, and its colour."""

    text: str
    token: str = ""


def table(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], page: Page) -> Iterator[str]:
    """Yield a table's lines, the headings first.

    Args:
        columns: the columns.
        rows: a cell for each column; safe text on one line.
        page: where it is printed; in a pipe nothing is cut.
    """
    body = list(rows)
    layout = layout_of(columns, body, page)
    yield layout.headings()
    for row in body:
        yield layout.line(row)
        for text in layout.texts_under(row):
            for line in wrap(text, max(page.width - len(_UNDER), 20)):
                yield _UNDER + page.paint(line, "muted")


@dataclass(frozen=True)
class Layout:
    """Which columns of a table are printed, and how wide.

    Attributes:
        page: where they are printed.
        columns: all columns.
        kept: the places of those that are printed.
        widths: the cells that each of these takes.
        under: the places of those that are left out and whose texts stand under the rows.
    """

    page: Page
    columns: Sequence[Column]
    kept: Sequence[int]
    widths: Sequence[int]
    under: Sequence[int] = ()

    def headings(self) -> str:
        """Return the line of the headings."""
        return self.line([Cell(column.heading, "muted") for column in self.columns])

    def line(self, row: Sequence[Cell]) -> str:
        """Return the line of a row; a text wider than its column is cut only where there is no room for it."""
        page, parts = self.page, []
        cells = [row[place] for place in self.kept]
        sizes = [cells_of(cell.text) for cell in cells]
        crowded = page.is_terminal and _total(list(map(max, sizes, self.widths))) > page.width
        for place, cell, size, width in zip(self.kept, cells, sizes, self.widths, strict=True):
            column, text = self.columns[place], cell.text
            if crowded and size > width and column.shrinks:
                text = cut(text, width, keep_end=column.keeps_end)
                size = cells_of(text)
            space, painted = " " * (width - size), page.paint(text, cell.token)
            if column.right:
                parts.append(space + painted)
            else:
                parts.append(painted if place == self.kept[-1] else painted + space)
        line = _GAP.join(parts)
        return line if page.colour else line.rstrip()

    def texts_under(self, row: Sequence[Cell]) -> Iterator[str]:
        """Yield what stands under a row."""
        return (row[place].text for place in self.under if row[place].text)


def layout_of(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], page: Page) -> Layout:
    """Return the layout in which rows fit a page, as far as columns may shrink or be left out."""
    kept, under = list(range(len(columns))), list[int]()
    widths = _widths(columns, rows, page)
    while page.is_terminal and _total(widths) > page.width and any(columns[place].drops for place in kept):
        least = max(kept, key=lambda place: columns[place].drops)
        kept.remove(least)
        if columns[least].follows:
            under.insert(0, least)
        widths = _widths([columns[place] for place in kept], [[row[place] for place in kept] for row in rows], page)
    return Layout(page, columns, kept, widths, under)


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], page: Page) -> list[int]:
    """Return the cells that each column takes."""
    widths = [
        max([cells_of(column.heading), *(cells_of(row[place].text) for row in rows)])
        for place, column in enumerate(columns)
    ]
    shrinking = [place for place, column in enumerate(columns) if column.shrinks]
    while page.is_terminal and (excess := _total(widths) - page.width) > 0:
        wide = [place for place in shrinking if widths[place] > columns[place].least]
        if not wide:
            break
        widest = max(wide, key=lambda place: widths[place])
        next_widest = max((widths[place] for place in wide if place != widest), default=0)
        widths[widest] -= max(1, min(excess, widths[widest] - max(next_widest, columns[widest].least)))
    return widths


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)
