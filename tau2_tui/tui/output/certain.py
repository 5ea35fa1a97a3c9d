"""Characters on whose width all terminals agree; after any other the cursor is set, so that columns cannot shift."""

from __future__ import annotations

from functools import lru_cache

_WIDE = (
    (0x1100, 0x115F),
    (0x2E80, 0x303E),
    (0x3041, 0x33FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
)
_LETTERS = ((0x00A1, 0x00AC), (0x00AE, 0x02FF), (0x0370, 0x0482), (0x2010, 0x2027), (0x2190, 0x21FF))
_SYMBOLS = ((0x2200, 0x22FF), (0x2400, 0x2426), (0x2500, 0x25FC), (0x2713, 0x2718), (0x2800, 0x28FF))


@lru_cache(maxsize=1024)
def is_narrow(text: str) -> bool:
    """Return whether a text is one character that fills one cell in every terminal."""
    return len(text) == 1 and (text.isascii() or _is_in(text, _LETTERS + _SYMBOLS))


@lru_cache(maxsize=1024)
def is_certain(text: str) -> bool:
    """Return whether a text is one character of which every terminal knows how many cells it fills."""
    return is_narrow(text) or (len(text) == 1 and _is_in(text, _WIDE))


def _is_in(character: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= ord(character) <= last for first, last in ranges)
