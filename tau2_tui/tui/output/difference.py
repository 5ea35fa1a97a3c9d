"""The bytes that turn one screen into another."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from operator import is_

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

_CHANGED = re.compile(rb"\x00+(?:\x01{1,%d}\x00+)*" % _SMALL_GAP)
"""Changed cells, with small gaps among them."""


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
        for x in row.odd:
            if start <= x < end:
                self._write_certain(row, start, x)
                self._write_odd(row, x)
                start = x + 1
        self._write_certain(row, start, end)
        self.x = end if end < len(row) else None

    def _write_certain(self, row: Row, start: int, end: int) -> None:
        out, sgr = self.out, self.sgr
        for stop, wanted in row.stretches:
            if stop <= start:
                continue
            part = row.part(start, min(stop, end))
            if wanted is not sgr and wanted != sgr and part:
                if part[0] == " " and of_blank(wanted) == of_blank(sgr):
                    visible = part.lstrip(" ")
                    out.append(part[: len(part) - len(visible)])
                    part = visible
                if part:
                    out.append(change(sgr, wanted))
                    sgr = wanted
            out.append(part)
            if stop >= end:
                break
            start = stop
        self.sgr = sgr

    def _write_odd(self, row: Row, x: int) -> None:
        text, wanted = row[x]
        if wanted != self.sgr:
            self.draw_in(wanted)
        wide = is_wide(row, x)
        if wide:
            self.out.append(f"  \x1b[{x + 1}G")
        self.out.append(f"{text}\x1b[{x + (3 if wide else 2)}G")

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
    if row.is_even:
        text = row.text[start:end]
    else:
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
    return row.tail


def _stretches(before: Row, after: Row, end: int) -> list[tuple[int, int]]:
    """Return the columns to write, as pairs of start and end; small gaps between changes are included.

    Cells that are drawn alike are nearly always the same object, which compares fastest; others are written again.
    """
    found = [gap.span() for gap in _CHANGED.finditer(bytes(map(is_, before[:end], after)))]
    if after.is_even:
        return found
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
    if any(start <= x < stop for x in row.odd):
        return len(row)
    return stop + 1 if stop < len(row) and row[stop][0] == "" else stop
