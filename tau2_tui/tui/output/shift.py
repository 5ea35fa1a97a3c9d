"""Rows that moved up or down together: a terminal can move them itself, for a few bytes."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from tau2_tui.tui.output.frame import BLANK, Row

LEAST_GAIN = 3
"""Rows that must be saved by a shift; fewer are cheaper to write."""


class Shift(NamedTuple):
    """Rows ``top`` to ``bottom`` (both included) move by ``rows``: up when negative, down when positive."""

    top: int
    bottom: int
    rows: int


def find(old: list[Row], new: list[Row]) -> Shift | None:
    """Return the shift of ``old`` that makes the most rows equal to ``new``, None when none pays."""
    places: dict[str, list[int]] = {}
    for y, row in enumerate(old):
        places.setdefault(row.text, []).append(y)
    blank = Row((BLANK,) * (len(new[0]) if new else 0))
    votes: Counter[int] = Counter()
    for y, row in enumerate(new):
        if old[y] != row and row != blank:
            found = places.get(row.text, ())
            if len(found) == 1 and old[found[0]] == row:
                votes[y - found[0]] += 1
    for rows, count in votes.most_common(2):
        if count < LEAST_GAIN:
            break
        shift = _region(old, new, rows)
        if _gain(old, new, shift) >= LEAST_GAIN:
            return shift
    return None


def _region(old: list[Row], new: list[Row], rows: int) -> Shift:
    """Return the shift of the smallest region that holds every row which moved by ``rows``."""
    moved = [y for y in range(len(new)) if 0 <= y - rows < len(old) and new[y] == old[y - rows] != old[y]]
    return Shift(min(moved[0], moved[0] - rows), max(moved[-1], moved[-1] - rows), rows)


def _gain(old: list[Row], new: list[Row], shift: Shift) -> int:
    after = applied(old, shift)
    span = range(shift.top, shift.bottom + 1)
    return sum((after[y] == new[y]) - (old[y] == new[y]) for y in span)


def applied(rows: list[Row], shift: Shift) -> list[Row]:
    """Return the rows as they are after the terminal has moved them; what comes in is blank."""
    blank = Row((BLANK,) * (len(rows[0]) if rows else 0))
    region = rows[shift.top : shift.bottom + 1]
    size = min(abs(shift.rows), len(region))
    moved = region[size:] + [blank] * size if shift.rows < 0 else [blank] * size + region[: len(region) - size]
    return [*rows[: shift.top], *moved, *rows[shift.bottom + 1 :]]


def sequence(shift: Shift) -> str:
    """Return the sequence that makes the terminal move the rows: a scroll region, then deleted or inserted lines."""
    command = f"{-shift.rows}M" if shift.rows < 0 else f"{shift.rows}L"
    return f"\x1b[{shift.top + 1};{shift.bottom + 1}r\x1b[{shift.top + 1};1H\x1b[{command}\x1b[r"
