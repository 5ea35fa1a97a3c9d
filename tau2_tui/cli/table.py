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
    widths = widths_of(columns, body, page)
    under: list[list[str]] = [[] for _ in body]
    while page.is_terminal and _total(widths) > page.width and any(column.drops for column in columns):
        place = max(range(len(columns)), key=lambda place: columns[place].drops)
        if columns[place].follows:
            under = [[row[place].text, *texts] for row, texts in zip(body, under, strict=True)]
        columns = [column for number, column in enumerate(columns) if number != place]
        body = [[cell for number, cell in enumerate(row) if number != place] for row in body]
        widths = widths_of(columns, body, page)
    yield row_line([Cell(column.heading, "muted") for column in columns], columns, widths, page)
    for row, texts in zip(body, under, strict=True):
        yield row_line(row, columns, widths, page)
        for text in filter(None, texts):
            for line in wrap(text, max(page.width - len(_UNDER), 20)):
                yield _UNDER + page.paint(line, "muted")


def widths_of(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], page: Page) -> list[int]:
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


def row_line(row: Sequence[Cell], columns: Sequence[Column], widths: Sequence[int], page: Page) -> str:
    """Return one line of a table."""
    parts = []
    last = columns[-1]
    for cell, column, width in zip(row, columns, widths, strict=True):
        text = cut(cell.text, width, keep_end=column.keeps_end) if page.is_terminal else cell.text
        if column.right:
            parts.append(" " * (width - cells_of(text)) + page.paint(text, cell.token))
        elif column is last:
            parts.append(page.paint(text, cell.token))
        else:
            parts.append(page.paint(text, cell.token) + " " * (width - cells_of(text)))
    line = _GAP.join(parts)
    return line if page.colour else line.rstrip()
