"""A terminal's screen as data: rows of cells, and what changed between two of them.

Rows are tuples, so that equal rows compare fast, and a row that moved is found by its value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from operator import itemgetter

from tau2_tui.tui.cells import clusters, is_plain
from tau2_tui.tui.output.certain import is_certain, is_narrow
from tau2_tui.tui.output.sgr import PLAIN, Sgr, of_blank

Cell = tuple[str, Sgr]
"""What is drawn in one cell; the text is empty in the right half of a wide character."""

BLANK: Cell = (" ", PLAIN)

Stretch = tuple[int, Sgr]
"""The column after some cells that are drawn alike, and what in: blanks among them look the same in it."""


_TEXT = itemgetter(0)


class Row(tuple[Cell, ...]):
    """The cells of a row, and what was found out about them: the same row is often drawn again."""

    def get_ready(self) -> None:
        """Find out everything now."""
        _ = self.stretches, self.odd, self.tail

    @cached_property
    def text(self) -> str:
        """What is written in it."""
        return "".join(map(_TEXT, self))

    @cached_property
    def stretches(self) -> list[Stretch]:
        """Which cells are drawn alike; blanks are put to those before them when they look the same in their style."""
        found: list[Stretch] = []
        sgr, stop = None, 0
        for wanted, cells in groupby(self, itemgetter(1)):
            start, stop = stop, stop + sum(1 for _ in cells)
            if sgr is not None and (wanted == sgr or (wanted == of_blank(sgr) and self.part(start, stop).isspace())):
                found.pop()
            else:
                sgr = wanted
            found.append((stop, sgr))
        return found

    @cached_property
    def odd(self) -> list[int]:
        """Columns of characters of which not all terminals know how many cells they fill."""
        return [] if self.is_even else [x for x, (text, _) in enumerate(self) if text and not is_certain(text)]

    @cached_property
    def tail(self) -> int:
        """The column from which on all cells are as the last one."""
        last, x = self[-1], len(self)
        while x and self[x - 1] == last:
            x -= 1
        return x

    def part(self, start: int, stop: int) -> str:
        """Return what is written from a column up to and without another one."""
        return self.text[start:stop] if self.is_even else "".join(map(_TEXT, self[start:stop]))

    @cached_property
    def is_even(self) -> bool:
        """Whether each cell holds one character, which every terminal draws in one cell."""
        text = self.text  # as many narrow characters as cells: none is empty, none holds two
        return len(text) == len(self) and (text.isascii() or all(map(is_narrow, set(text))))


@dataclass
class Frame:
    """The cells of a screen of ``width`` x ``height``."""

    width: int
    height: int
    rows: list[Row]

    @classmethod
    def blank(cls, width: int, height: int) -> Frame:
        """Return an empty screen."""
        return cls(width, height, [Row((BLANK,) * width)] * height)

    def copy(self) -> Frame:
        """Return a frame that can be changed on its own."""
        return Frame(self.width, self.height, list(self.rows))

    def put(self, x: int, y: int, runs: Iterable[tuple[str, Sgr]]) -> None:
        """Draw runs of text from column ``x`` of row ``y`` on; what lies outside of the screen is left out."""
        self.put_cells(x, y, cells_of(runs))

    def put_cells(self, x: int, y: int, drawn: Sequence[Cell]) -> None:
        """Draw cells from column ``x`` of row ``y`` on; what lies outside of the screen is left out."""
        if not 0 <= y < self.height:
            return
        if isinstance(drawn, Row) and x == 0 and len(drawn) == self.width and not is_wide(drawn, -1):
            self.rows[y] = drawn
            return
        start = max(0, x)
        drawn = drawn[start - x : self.width - x]
        if not drawn:
            return
        row = list(self.rows[y])
        row[start : start + len(drawn)] = drawn
        self.rows[y] = Row(_mended(row, start, start + len(drawn)))


def cells_of(runs: Iterable[tuple[str, Sgr]]) -> list[Cell]:
    """Return the cells that runs of text fill."""
    cells: list[Cell] = []
    for text, sgr in runs:
        if text.isspace():
            cells.extend([_drawn_in(of_blank(sgr))[" "]] * len(text))
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
        super().__init__()
        self._sgr = sgr
        blank = of_blank(sgr)
        if blank == PLAIN:
            self[" "] = BLANK
        else:
            self[" "] = (" ", sgr) if blank == sgr else _drawn_in(blank)[" "]

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


def is_wide(row: Sequence[Cell], x: int) -> bool:
    """Return whether a wide character starts in column ``x``."""
    text = row[x][0]
    return bool(text) and not text.isascii() and clusters(text)[0][1] == 2
