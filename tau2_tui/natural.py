"""The order in which a person expects names: ``task 2`` before ``task 10``."""

from __future__ import annotations

import re

_NUMBERS = re.compile("([0-9]+)")
_LONGEST_NUMBER = 18

NaturalKey = tuple[tuple[int, float, str], ...]


def natural(value: str | float) -> NaturalKey:
    """Return what a text or number is sorted by: numbers by what they are worth, also inside texts, before letters."""
    if not isinstance(value, str):
        return ((0, value, ""),)
    return tuple(
        (0, int(piece), "") if piece.isdecimal() and len(piece) <= _LONGEST_NUMBER else (1, 0, piece)
        for piece in _NUMBERS.split(value)
        if piece
    )
