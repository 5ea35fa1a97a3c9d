"""What standard output is: how wide, whether it takes colours; and text cut or wrapped to fit it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass

_PIPE_WIDTH = 100
_READABLE = 120

_CODES = {
    "agent": "36",
    "user": "32",
    "system": "35",
    "muted": "2",
    "bold": "1",
    "passed": "32",
    "failed": "31",
    "error": "31",
    "warning": "33",
    "added": "32",
    "removed": "31",
    "match": "1;31",
}


@dataclass(frozen=True)
class Page:
    """Where lines go.

    Attributes:
        width: columns of the terminal; a readable width when there is none.
        is_terminal: whether it is one; in a pipe nothing is cut.
        colour: whether it takes colours.
    """

    width: int
    is_terminal: bool
    colour: bool

    @property
    def text_width(self) -> int:
        """Columns in which running text reads well."""
        return min(self.width, _READABLE)

    def paint(self, text: str, token: str) -> str:
        """Return text in a colour, or as it is where there are none."""
        return f"\x1b[{_CODES[token]}m{text}\x1b[0m" if self.colour and text and token in _CODES else text


def page() -> Page:
    """Return what standard output is now."""
    terminal = sys.stdout.isatty()
    dumb = os.environ.get("TERM", "").lower() in ("dumb", "unknown")
    return Page(_width(terminal), terminal, terminal and not dumb and not os.environ.get("NO_COLOR"))


def _width(terminal: bool) -> int:
    if not terminal and not os.environ.get("COLUMNS", "").isdigit():
        return _PIPE_WIDTH
    return max(20, shutil.get_terminal_size((_PIPE_WIDTH, 24)).columns)


def cells_of(text: str) -> int:
    """Return how many cells a safe text on one line takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, width: int, *, keep_end: bool = False) -> str:
    """Return text that takes at most ``width`` cells, ``…`` in place of the rest, or with ``keep_end`` of its start."""
    from rich.cells import cell_len, set_cell_size

    if len(text) * 2 <= width or cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    if keep_end:
        kept = text[-width:]
        while cell_len(kept) >= width:
            kept = kept[1:]
        return "…" + kept
    return set_cell_size(text[: width + 1], width - 1).rstrip() + "…"


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Return text with spaces up to ``width`` cells, before it when it stands to the right."""
    space = " " * (width - cells_of(text))
    return space + text if right else text + space


def wrap(text: str, width: int) -> Iterator[str]:
    """Yield the lines of a text, longer ones broken between words, words longer than a line anywhere.

    The start of a line is kept as it is indented.
    """
    for line in text.split("\n"):
        yield from _wrapped(line.replace("\t", "    "), max(width, 8))


def hanging(text: str, page: Page, indent: int) -> Iterator[str]:
    """Yield a line of text as lines that fit a terminal, those after the first one indented; in a pipe as it is."""
    if not page.is_terminal or cells_of(text) <= page.width:
        yield text
        return
    first, *rest = wrap(text, page.width - indent)
    yield first
    yield from (" " * indent + line.lstrip() for line in rest)


def _wrapped(line: str, width: int) -> Iterator[str]:
    from rich.cells import chop_cells

    if cells_of(line) <= width:
        yield line.rstrip()
        return
    current, used = "", 0
    for word in _words(line):
        size = cells_of(word)
        if used and used + cells_of(word.rstrip()) > width:
            yield current.rstrip()
            current, used = "", 0
        if size > width:
            *whole, word = chop_cells(word, width)
            yield from whole
            size = cells_of(word)
        current, used = current + word, used + size
    if current.strip():
        yield current.rstrip()


def _words(line: str) -> Iterator[str]:
    """Yield the words of a line, each with the spaces behind it; the first one with those before it."""
    start, at = 0, len(line) - len(line.lstrip(" "))
    while (space := line.find(" ", at)) >= 0:
        at = space
        while at < len(line) and line[at] == " ":
            at += 1
        yield line[start:at]
        start = at
    if start < len(line):
        yield line[start:]
