"""What a command shows on a terminal's standard error while it takes long; nothing elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TextIO, TypeVar

from tau2_tui.cli.output import write_if_heard
from tau2_tui.safe_text import visible

Item = TypeVar("Item")

_PATIENCE = 0.7
"""Seconds before anything is shown."""

EVERY = 0.1
"""Seconds between two drawings."""

_ITEMS_A_LOOK = 64
_BAR = 20


def draws_on(stream: TextIO) -> bool:
    """Return whether a stream is a terminal on which a line can be drawn again in its place."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def fitted(text: str, width: int) -> str:
    """Return a text that takes at most ``width`` cells, cut with an ellipsis."""
    from rich.cells import cell_len, chop_cells

    if cell_len(text) <= width:
        return text
    return (chop_cells(text, width - 1)[0] if width > 1 else "") + "…"


class ProgressLine:
    """One line that is drawn again in its place, from when it takes long until the end, when it is wiped."""

    def __init__(self) -> None:
        self._next = monotonic() + _PATIENCE if draws_on(sys.stderr) else float("inf")
        self._shown = False

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            write_if_heard(sys.stderr, "\r\x1b[K")

    def show(self, text: str) -> None:
        """Show a text when it is time for one."""
        now = monotonic()
        if now >= self._next:
            self._next, self._shown = now + EVERY, True
            line = fitted(visible(text), shutil.get_terminal_size().columns - 1)
            write_if_heard(sys.stderr, f"\r{line}\x1b[K")


@contextmanager
def shown(words: str) -> Iterator[Callable[[float], None]]:
    """Give a function that shows which share of something is done, 0 to 1, as a bar.

    Args:
        words: what the share is of, such as ``of the log read``.
    """
    with ProgressLine() as line:

        def show(share: float) -> None:
            full = round(share * _BAR)
            line.show(f"{'█' * full}{'░' * (_BAR - full)} {share:4.0%} {words}")

        yield show


def watched(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """Yield the items, and show how many of ``total`` are done."""
    with ProgressLine() as line:
        for number, item in enumerate(items):
            if number % _ITEMS_A_LOOK == 0:
                line.show(f"{what}: {min(number / max(total, 1), 1):4.0%}")
            yield item
