"""The bytes that turn one screen into another."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from tau2_tui.tui.output import shift
from tau2_tui.tui.output.frame import BLANK, Frame, Row, is_wide
from tau2_tui.tui.output.sgr import PLAIN, Sgr, change, of_blank

_SMALL_GAP = 4
"""Unchanged cells between two changed ones that are written again: moving the cursor over them takes as many bytes."""

_LEAST_ERASED = 4
"""Blank cells at the end of a row from which erasing to the end is shorter than writing them."""

_MOVE_BYTES, _ERASE_BYTES = 5, 3
"""What it takes to move the cursor to the right, and to erase a row from the cursor on."""

_LONG_GAP = re.compile(f" {{{_MOVE_BYTES + 1},}}")

_CERTAIN_WIDE = (
    (0x1100, 0x115F),
    (0x2E80, 0x303E),
    (0x3041, 0x33FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
)
_CERTAIN_NARROW = ((0x00A1, 0x00AC), (0x00AE, 0x02FF), (0x0370, 0x0482), (0x2010, 0x2027), (0x2190, 0x21FF))
_CERTAIN_SYMBOLS = ((0x2200, 0x22FF), (0x2400, 0x2426), (0x2500, 0x25FC), (0x2713, 0x2718), (0x2800, 0x28FF))
_CERTAIN = _CERTAIN_WIDE + _CERTAIN_NARROW + _CERTAIN_SYMBOLS
"""Characters on whose width all terminals agree. After any other the cursor is set, so that columns cannot shift."""


@dataclass
class _Pen:
    """The terminal's cursor and attributes while a frame is written."""

    erases_in_colour: bool
    x: int | None = None
    y: int | None = None
    sgr: Sgr = PLAIN
    out: list[str] = field(default_factory=list)

    def draw_in(self, sgr: Sgr) -> None:
        self.out.append(change(self.sgr, sgr))
        self.sgr = sgr

    def move(self, x: int, y: int) -> None:
        if (x, y) == (self.x, self.y):
            return
        if x == 0 and self.y is not None and y == self.y + 1:
            self.out.append("\r\n")
        elif y == self.y and self.x is not None and x > self.x:
            self.out.append(f"\x1b[{x - self.x}C" if x - self.x > 1 else "\x1b[C")
        elif x == self.x and self.y is not None and y > self.y:
            self.out.append(f"\x1b[{y - self.y}B" if y - self.y > 1 else "\x1b[B")
        elif x == 0:
            self.out.append(f"\x1b[{y + 1}H")
        else:
            self.out.append(f"\x1b[{y + 1};{x + 1}H")
        self.x, self.y = x, y

    def write(self, row: Row, start: int, end: int) -> None:
        """Write the cells of a row from ``start`` up to and without ``end``."""
        out, sgr, blank = self.out, self.sgr, of_blank(self.sgr)
        for x, (text, wanted) in enumerate(row[start:end], start):
            if wanted is not sgr and wanted != sgr and text and (text != " " or wanted != blank):
                out.append(change(sgr, wanted))
                sgr, blank = wanted, of_blank(wanted)
            if text.isascii() or _is_certain(text):
                out.append(text)
                continue
            wide = is_wide(row, x)
            if wide:
                out.append(f"  \x1b[{x + 1}G")
            out.append(f"{text}\x1b[{x + (3 if wide else 2)}G")
        self.sgr = sgr
        self.x = end if end < len(row) else None

    def erase(self, row: Row) -> None:
        wanted = row[-1][1]
        if self.sgr.attributes or self.sgr.background != wanted.background:
            self.draw_in(wanted)
        self.out.append("\x1b[K")

    def clear(self, x: int, y: int) -> None:
        """Erase a row from a column on, without any colour."""
        self.move(x, y)
        if self.sgr.attributes or self.sgr.background:
            self.draw_in(PLAIN)
        self.out.append("\x1b[K")

    def rest(self) -> None:
        """Leave no attributes that blanks could be drawn in; a colour of letters may stay for the next frame."""
        if self.sgr.attributes or self.sgr.background:
            self.draw_in(PLAIN)


@lru_cache(maxsize=1024)
def _is_certain(text: str) -> bool:
    return len(text) == 1 and any(first <= ord(text) <= last for first, last in _CERTAIN)


def encode(old: Frame | None, new: Frame, sgr: Sgr = PLAIN, *, erases_in_colour: bool = True) -> tuple[str, Sgr]:
    """Return what must be written so that a terminal that shows ``old`` shows ``new``, and in what it then would draw.

    Args:
        old: what the terminal shows; None when that is not known, then it is cleared first.
        new: what it shall show, of the same size as ``old``.
        sgr: what the terminal would draw in now: a colour of letters at most.
        erases_in_colour: the terminal erases with the background colour in force (``bce`` in terminfo).
    """
    pen = _Pen(erases_in_colour, sgr=sgr)
    if old is None:
        pen.out.append("\x1b[m\x1b[2J")
        pen.sgr = PLAIN
        old = Frame.blank(new.width, new.height)
    rows = old.rows
    changed = sum(before != after for before, after in zip(rows, new.rows, strict=True))
    moved = shift.find(rows, new.rows) if changed > shift.LEAST_GAIN else None
    if moved is not None:
        pen.out.append(shift.sequence(moved))
        rows = shift.applied(rows, moved)
    for y, (before, after) in enumerate(zip(rows, new.rows, strict=True)):
        if before != after:
            _write_row(pen, y, before, after)
    pen.rest()
    return "".join(pen.out), pen.sgr


def _write_row(pen: _Pen, y: int, before: Row, after: Row) -> None:
    end = _blank_from(after, pen.erases_in_colour)
    erased = len(after) - end >= _LEAST_ERASED and before[end:] != after[end:]
    if not erased:
        end = len(after)
    stretches = _stretches(before, after, end)
    if stretches and stretches[-1][1] == end and (end == len(after) or after[-1] == BLANK):
        parts = _without_blanks(after, *stretches[-1])
        saved = _cells(stretches[-1:]) - _cells(parts) - _MOVE_BYTES * (len(parts) - 1)
        if saved > (0 if erased else _ERASE_BYTES):
            pen.clear(stretches[-1][0], y)
            stretches[-1:] = parts
            erased = False
    for start, stop in stretches:
        pen.move(start, y)
        pen.write(after, start, stop)
    if erased:
        pen.move(end, y)
        pen.erase(after)


def _without_blanks(row: Row, start: int, end: int) -> list[tuple[int, int]]:
    """Return the parts of a stretch between long gaps in which nothing is drawn, as pairs of start and end."""
    text = "".join([text if len(text) == 1 else "x" for text, _ in row[start:end]])
    parts, at = [], start
    for gap in _LONG_GAP.finditer(text):
        first, stop = start + gap.start(), start + gap.end()
        if all(cell == BLANK for cell in row[first:stop]):
            parts.append((at, first))
            at = stop
    return [part for part in (*parts, (at, end)) if part[0] < part[1]]


def _cells(stretches: list[tuple[int, int]]) -> int:
    return sum(stop - start for start, stop in stretches)


def _blank_from(row: Row, erases_in_colour: bool) -> int:
    """Return the column from which on the row can be erased instead of written."""
    last = row[-1]
    if last[0] != " " or last[1].attributes or (last[1].background and not erases_in_colour):
        return len(row)
    x = len(row)
    while x and row[x - 1] == last:
        x -= 1
    return x


def _stretches(before: Row, after: Row, end: int) -> list[tuple[int, int]]:
    """Return the columns to write, as pairs of start and end; small gaps between changes are included."""
    cells = enumerate(zip(before[:end], after, strict=False))
    changed = [x for x, (old, new) in cells if old is not new and old != new]
    found: list[tuple[int, int]] = []
    start = stop = changed[0] if changed else 0
    for x in changed:
        if x - stop > _SMALL_GAP:
            found.append((start, stop))
            start = x
        stop = x + 1
    if changed:
        found.append((start, stop))
    whole: list[tuple[int, int]] = []
    for start, stop in found:
        stop = _safe_stop(after, start, stop)
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(stop, whole[-1][1]))
        else:
            whole.append((start, stop))
    return whole


def _safe_stop(row: Row, start: int, stop: int) -> int:
    """Return where a stretch must end so that it cuts no wide character.

    Where a terminal may draw a cluster wider than measured, everything to the right of it is written again.
    """
    texts = [text for text, _ in row[start:stop]]
    if not "".join(texts).isascii() and any(not text.isascii() and not _is_certain(text) for text in set(texts)):
        return len(row)
    return stop + 1 if stop < len(row) and row[stop][0] == "" else stop
