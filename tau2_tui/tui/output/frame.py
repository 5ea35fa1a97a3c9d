"""A terminal's screen as data: rows of cells, and what changed between two of them.

Rows are tuples, so that equal rows compare fast, and a row that moved is found by its value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from tau2_tui.tui.cells import clusters, is_plain
from tau2_tui.tui.output.sgr import PLAIN, Sgr, of_blank

Cell = tuple[str, Sgr]
"""What is drawn in one cell; the text is empty in the right half of a wide character."""

Row = tuple[Cell, ...]

BLANK: Cell = (" ", PLAIN)


@dataclass
class Frame:
    """The cells of a screen of ``width`` x ``height``."""

    width: int
    height: int
    rows: list[Row]

    @classmethod
    def blank(cls, width: int, height: int) -> Frame:
        """Return an empty screen."""
        return cls(width, height, [(BLANK,) * width] * height)

    def copy(self) -> Frame:
        """Return a frame that can be changed on its own."""
        return Frame(self.width, self.height, list(self.rows))

    def put(self, x: int, y: int, runs: Iterable[tuple[str, Sgr]]) -> None:
        """Draw runs of text from column ``x`` of row ``y`` on; what lies outside of the screen is left out."""
        self.put_cells(x, y, cells_of(runs))

    def put_cells(self, x: int, y: int, drawn: list[Cell]) -> None:
        """Draw cells from column ``x`` of row ``y`` on; what lies outside of the screen is left out."""
        if not 0 <= y < self.height:
            return
        start = max(0, x)
        drawn = drawn[start - x : self.width - x]
        if not drawn:
            return
        row = list(self.rows[y])
        row[start : start + len(drawn)] = drawn
        self.rows[y] = tuple(_mended(row, start, start + len(drawn)))


def cells_of(runs: Iterable[tuple[str, Sgr]]) -> list[Cell]:
    """Return the cells that runs of text fill."""
    cells: list[Cell] = []
    for text, sgr in runs:
        if text.isspace():
            cells.extend([(" ", of_blank(sgr))] * len(text))
        elif is_plain(text):
            cells.extend(map(_drawn_in(sgr).__getitem__, text))
        else:
            for cluster, size in clusters(text):
                cells.append((cluster, sgr))
                if size == 2:
                    cells.append(("", sgr))
    return cells


class _CellsByCharacter(dict[str, Cell]):
    """The cells of one style, each made once: equal cells are then the same object, which compares fast."""

    def __init__(self, sgr: Sgr) -> None:
        super().__init__({" ": (" ", of_blank(sgr))})
        self._sgr = sgr

    def __missing__(self, character: str) -> Cell:
        cell = self[character] = (character, self._sgr)
        return cell


@lru_cache(maxsize=128)
def _drawn_in(sgr: Sgr) -> _CellsByCharacter:
    return _CellsByCharacter(sgr)


def _mended(row: list[Cell], start: int, end: int) -> list[Cell]:
    """Blank the halves of wide characters that were drawn over at the two ends of a stretch, or at the border."""
    if row[start][0] == "":
        row[start] = (" ", of_blank(row[start][1]))
    if start and row[start][0] != "" and is_wide(row, start - 1) and row[start - 1][0] != "":
        row[start - 1] = (" ", of_blank(row[start - 1][1]))
    if end < len(row) and row[end][0] == "":
        row[end] = (" ", of_blank(row[end][1]))
    if is_wide(row, end - 1) and (end == len(row) or row[end][0] != ""):
        row[end - 1] = (" ", of_blank(row[end - 1][1]))
    return row


def is_wide(row: Row | list[Cell], x: int) -> bool:
    """Return whether a wide character starts in column ``x``."""
    text = row[x][0]
    return bool(text) and not text.isascii() and clusters(text)[0][1] == 2
