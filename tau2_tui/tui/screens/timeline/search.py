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
    """

    pattern: str = ""
    origin: int = 0
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
        self.pattern = self.pattern or self._last
        return self.next(line, 1)

    def next(self, line: int, direction: int) -> Query | None:
        """Return what to look for to get from a line to the next or previous hit, None without a pattern."""
        return Query(self.pattern, line + direction, backwards=direction < 0) if self.pattern else None


def find(log: RunLog, query: Query, shown: Callable[[int], bool], cancelled: Callable[[], bool]) -> Hit:
    """Return the first line that holds the text and is shown.

    Args:
        log: the log.
        query: what to look for.
        shown: whether a line is one of those that are searched.
        cancelled: asked now and then; the result is of no interest when it says true.
    """

    def lines(start: int | None) -> Iterator[int]:
        if start is not None and start < 0:
            return iter(())
        return log.search(query.pattern, start, query.backwards, cancelled=cancelled)

    for line in lines(query.start):
        if shown(line):
            return Hit(line)
    if not query.wraps:
        return Hit(None)
    for line in lines(None):
        if (line <= query.start) if query.backwards else (line >= query.start):
            break
        if shown(line):
            return Hit(line, wrapped=True)
    return Hit(None)
