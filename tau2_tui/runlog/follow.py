"""Following a log that is being written: what was appended, and when another file took its place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tau2_tui.runlog.log import RunLog

INTERVAL_SECONDS = 0.2
"""How often a log is looked at that was quiet the last time."""

_SHORT_SECONDS = 0.01
"""Pause while the background thread indexes."""


class Growth(NamedTuple):
    """Lines that were appended.

    Attributes:
        first: number of the first of them.
        stop: number after the last of them; equal to ``first`` when there is none yet.
        restarted: the file was shortened, replaced or rewritten since the last growth: its lines count from 0 again.
    """

    first: int
    stop: int
    restarted: bool = False


def follow(
    log: RunLog,
    start: int = 0,
    *,
    interval: float = INTERVAL_SECONDS,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Growth]:
    """Yield what is appended to a log, as long as nobody cancels. Only lines that have their end are given out.

    Of a file that is replaced by another one of its name (rotated), what was appended before is given out first.

    Args:
        log: the log; nobody else needs to refresh it.
        start: the first line given out.
        interval: seconds between two looks while nothing is appended.
        cancelled: asked before each look.

    Raises:
        LogFormatError: what the path names now cannot be opened.
        OSError: the file cannot be read.
    """
    seen, generation = start, log.generation
    log.hold(seen)
    log.start()
    try:
        while not cancelled():
            changed = log.refresh()
            now, whole = log.generation, log.whole
            restarted = now != generation
            if restarted:
                generation, seen = now, 0
            if restarted or whole > seen:
                yield Growth(seen, max(seen, whole), restarted)
                seen = max(seen, whole)
                log.hold(seen)
            else:
                time.sleep(_SHORT_SECONDS if changed else interval)
    finally:
        log.hold(None)
