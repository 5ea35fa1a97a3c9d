"""A terminal emulator's screen in a form that can be compared: what each cell shows, and in which style."""

from __future__ import annotations

import re
from typing import Any

import pyte

_UNKNOWN_TO_PYTE = re.compile(r"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p")

Shown = list[list[Any]]


class Emulator:
    """Replays what a program writes."""

    def __init__(self, width: int, height: int) -> None:
        self.screen = pyte.Screen(width, height)
        self.stream = pyte.Stream(self.screen)
        self.feed("\x1b[?7l")

    def feed(self, data: str) -> None:
        """Write to the terminal."""
        self.stream.feed(_UNKNOWN_TO_PYTE.sub("", data))

    def cells(self) -> Shown:
        """Return every cell; of a blank one only what can be seen of it."""
        rows = range(self.screen.lines)
        return [[_seen(self.screen.buffer[y][x]) for x in range(self.screen.columns)] for y in rows]

    @property
    def text(self) -> str:
        """The screen as lines of text."""
        return "\n".join(row.rstrip() for row in self.screen.display)


def _seen(cell: Any) -> Any:
    if cell.data == " " and not (cell.reverse or cell.underscore or cell.strikethrough):
        return (" ", cell.bg)
    return tuple(cell)
