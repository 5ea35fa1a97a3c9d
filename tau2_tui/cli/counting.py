"""How far a long walk through a log is, on a terminal's standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

_PATIENCE = 0.7
"""Seconds before anything is shown."""

_EVERY = 0.2
_ITEMS_A_LOOK = 64


def counted(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """Yield the items; on a terminal say how many of ``total`` are done when it takes long."""
    if not sys.stderr.isatty():
        yield from items
        return
    due, shown = time.monotonic() + _PATIENCE, False
    try:
        for number, item in enumerate(items):
            if number % _ITEMS_A_LOOK == 0 and time.monotonic() >= due:
                print(f"\r{what}: {min(number / max(total, 1), 1):4.0%}\x1b[K", end="", file=sys.stderr, flush=True)
                due, shown = time.monotonic() + _EVERY, True
            yield item
    finally:
        if shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
