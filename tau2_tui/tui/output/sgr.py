"""Character attributes and colours of a cell, and the shortest sequence from one to another."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


class Sgr(NamedTuple):
    """Parameters of Select Graphic Rendition, apart by what they set; empty for the terminal's default.

    Attributes:
        attributes: bold, reverse and so on, as in ``1;7``.
        foreground: as in ``31`` or ``38;5;42``.
        background: as in ``41`` or ``48;5;42``.
    """

    attributes: str = ""
    foreground: str = ""
    background: str = ""


PLAIN = Sgr()

_VISIBLE_ON_BLANKS = frozenset({"4", "7", "9", "21", "51", "52", "53"})
"""Attributes that draw something in a cell without a character: lines, and reversed colours."""


def parse(parameters: str) -> Sgr:
    """Return the parts of a list of parameters such as ``1;31;48;5;17``, as Textual renders it."""
    attributes: list[str] = []
    foreground = background = ""
    words = parameters.split(";") if parameters else []
    position = 0
    while position < len(words):
        word = words[position]
        length = (
            {"5": 3, "2": 5}.get(words[position + 1], 1) if word in ("38", "48") and position + 1 < len(words) else 1
        )
        value = ";".join(words[position : position + length])
        if word == "38" or _is_in(word, 30, 90):
            foreground = value
        elif word == "48" or _is_in(word, 40, 100):
            background = value
        elif word == "39":
            foreground = ""
        elif word == "49":
            background = ""
        else:
            attributes.append(value)
        position += length
    return Sgr(";".join(attributes), foreground, background)


def _is_in(word: str, *starts: int) -> bool:
    return word.isdigit() and any(start <= int(word) < start + 8 for start in starts)


@lru_cache(maxsize=1024)
def of_blank(sgr: Sgr) -> Sgr:
    """Return the shortest attributes that draw the same where there is no character."""
    kept = [word for word in sgr.attributes.split(";") if word in _VISIBLE_ON_BLANKS]
    return Sgr(";".join(kept), sgr.foreground if kept else "", sgr.background)


@lru_cache(maxsize=4096)
def change(old: Sgr, new: Sgr) -> str:
    """Return the sequence that makes the terminal draw in ``new`` after ``old``; empty when they are equal."""
    if old == new:
        return ""
    if new == PLAIN:
        return "\x1b[m"
    if old.attributes == new.attributes:
        words = []
        if old.foreground != new.foreground:
            words.append(new.foreground or "39")
        if old.background != new.background:
            words.append(new.background or "49")
    else:
        words = [word for word in new if word]
        if old != PLAIN:
            words.insert(0, "0")
    return f"\x1b[{';'.join(words)}m"
