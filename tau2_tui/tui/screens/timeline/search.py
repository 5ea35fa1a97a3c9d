"""Finding text in the raw bytes of the log: what is looked for, and the looking, which a worker does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tau2_tui.runlog import RunLog


@dataclass(frozen=True)
class Query:
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


@dataclass(frozen=True)
class Hit:
    """Where a query found something.

    Attributes:
        line: number of the line, None when there is nothing.
        wrapped: it was found beyond the other end of the log.
    """

    line: int | None
    wrapped: bool = False


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
