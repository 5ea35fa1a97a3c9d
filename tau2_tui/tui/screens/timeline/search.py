"""Finding text in the raw bytes of the log: what is looked for, and the looking, which a worker does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tau2_tui.runlog import RunLog


class Query(NamedTuple):
    """What a worker looks for.

    Attributes:
        pattern: literal text.
        start: the first line looked at.
        backwards: towards the start of the log.
        wraps: to go on at the other end when nothing is found.
    """

    pattern: str
    start: int
    backwards: bool = False
    wraps: bool = True


class Hit(NamedTuple):
    """Where a query found something.

    Attributes:
        line: number of the line, None when there is nothing.
        wrapped: it was found beyond the other end of the log.
    """

    line: int | None
    wrapped: bool = False


@dataclass
class Search:
    """What is searched, and from where.

    Attributes:
        pattern: literal text, empty when nothing is; it is marked in the list.
        origin: the line from which the search began.
        left: how many hits to go on, backwards where negative, from the one that a worker still looks for.
        share: the share of the log's bytes that this worker has looked at, 0 to 1; None unless that takes long.
    """

    pattern: str = ""
    origin: int = 0
    left: int = 0
    share: float | None = None
    _last: str = ""

    def begin(self, line: int) -> None:
        """Remember where a search begins, and what was searched before."""
        self.origin = line
        self._last = self.pattern or self._last

    def typed(self, pattern: str) -> Query | None:
        """Return what to look for while the pattern is typed: the first hit from the start of the search."""
        self.pattern = pattern
        return Query(pattern, self.origin) if pattern else None

    def repeated(self, line: int) -> Query | None:
        """Return what to look for to search the last pattern again, None when there is none."""
        return self.next(line, 1)

    def end(self) -> None:
        """Mark nothing any more; the pattern can be searched again."""
        self._last, self.pattern = self.pattern or self._last, ""

    def next(self, line: int, direction: int) -> Query | None:
        """Return what to look for to get from a line to the next or previous hit, None if nothing was searched yet."""
        self.pattern = self.pattern or self._last
        return Query(self.pattern, line + direction, backwards=direction < 0) if self.pattern else None

    def further(self, query: Query, hit: Hit) -> Query | None:
        """Return what to look for after a hit, by what was asked for meanwhile; None when that was all.

        From the only hit of the log there is nowhere to go on to.
        """
        left, self.left = self.left, 0
        came_from = query.start + (1 if query.backwards else -1)
        if not left or hit.line is None or hit == Hit(came_from, wrapped=True):
            return None
        direction = 1 if left > 0 else -1
        self.left = left - direction
        return self.next(hit.line, direction)


class Progress:
    """How far a worker has looked; the thread that draws may ask at any time."""

    def __init__(self) -> None:
        self._looked, self._size = 0, 0

    @property
    def share(self) -> float:
        """The share of the log's bytes that were looked at, 0 to 1."""
        return min(1.0, self._looked / self._size) if self._size else 0.0

    @property
    def over(self) -> bool:
        """Whether that is all of them."""
        return self._looked >= self._size

    def begin(self, size: int) -> None:
        """Take note of how many bytes there are, some of which may have been looked at already."""
        self._size = size

    def add(self, count: int) -> None:
        """Take note of further bytes that were looked at."""
        self._looked += count


def find(
    log: RunLog,
    query: Query,
    shown: Callable[[int], bool],
    cancelled: Callable[[], bool],
    progress: Progress | None = None,
) -> Hit:
    """Return the first line that holds the text and is shown.

    Args:
        log: the log.
        query: what to look for.
        shown: whether a line is one of those that are searched.
        cancelled: asked now and then; the result is of no interest when it says true.
        progress: is told how far it has looked.
    """
    progress = progress or Progress()

    def lines(start: int | None, enough: Callable[[], bool]) -> Iterator[int]:
        progress.begin(log.size)
        if start is not None and start < 0:
            return iter(())
        return log.search(query.pattern, start, query.backwards, cancelled=enough, looked_at=progress.add)

    for line in lines(query.start, cancelled):
        if shown(line):
            return Hit(line)
    if not query.wraps:
        return Hit(None)
    # Of several logs as one, bytes do not tell which of them are still to be looked at.
    for line in lines(None, lambda: cancelled() or (progress.over and not log.merged)):
        if (line <= query.start) if query.backwards else (line >= query.start):
            break
        if shown(line):
            return Hit(line, wrapped=True)
    return Hit(None)
