"""Which events a filter lets through: what the list knows of them, and the looking, which a worker does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tau2_tui.runlog import RunLog

if TYPE_CHECKING:
    from tau2_tui.runlog.filters import Filter

_FIRST_SECONDS = 0.05
_REPORT_SECONDS = 0.4
"""Seconds before the first part of what is found is told, and between two parts: each redraws the screen."""

_PATIENCE_SECONDS = 0.2
"""How long a worker waits for the index before it asks whether it is still wanted."""

Version = tuple[int, int, int, int]
"""State of a log: a filter has to look again when it changes."""


def version_of(log: RunLog) -> Version:
    """Return the state that a log is in."""
    return log.generation, len(log), log.whole, log.revision


class Part(NamedTuple):
    """Some of the lines that a filter lets through.

    Attributes:
        start: the first line that was looked at for this part; what was found from there on before is out of date.
        stop: the line after the last one that was looked at.
        lines: numbers of the lines found between them, rising.
        version: the log's state when the whole of it had been looked at, None when there is more to look at.
    """

    start: int
    stop: int
    lines: list[int]
    version: Version | None = None


@dataclass
class Filtering:
    """A filter and the lines that it lets through, as far as a worker has looked.

    Attributes:
        text: the expression; empty for no filter.
        lines: numbers of the lines, rising: a list while there is none, then an int64 array.
        stop: the line after the last one that was looked at.
        version: the log's state that all of this belongs to, None while a worker still looks.
        changes: counts the parts that came.
    """

    text: str = ""
    lines: Any = field(default_factory=list)
    stop: int = 0
    version: Version | None = None
    changes: int = 0

    def __bool__(self) -> bool:
        return bool(self.text)

    def add(self, part: Part) -> None:
        """Take over what a worker found."""
        import numpy as np

        kept = np.asarray(self.lines, np.int64)
        kept = kept[: int(np.searchsorted(kept, part.start))]
        self.lines = np.concatenate([kept, np.asarray(part.lines, np.int64)])
        self.stop, self.version = part.stop, part.version
        self.changes += 1

    def within(self, lines: Any) -> Any:
        """Return those of some lines, which rise, that are let through."""
        if not len(lines) or not len(self.lines):
            return []
        import numpy as np

        return np.intersect1d(lines, self.lines, assume_unique=True)


def look(
    log: RunLog,
    text: str,
    start: int,
    cancelled: Callable[[], bool],
    report: Callable[[Part], object],
) -> None:
    """Look for the events that a filter lets through, in what is indexed and what becomes so meanwhile.

    Args:
        log: the log.
        text: the filter.
        start: the first line looked at.
        cancelled: asked often; nothing more is told when it returns true.
        report: is told the parts of what is found.

    Raises:
        FilterError: the text is no filter, or names what the log does not have.
    """
    expression = _parsed(log, text, cancelled)
    told = time.monotonic() - _REPORT_SECONDS + _FIRST_SECONDS
    while not cancelled():
        version, stop = version_of(log), len(log)
        complete = log.complete
        found: list[int] = []
        for line in expression.lines(log, start=start, stop=stop, cancelled=cancelled):
            found.append(line)
            now = time.monotonic()
            if now - told >= _REPORT_SECONDS and not cancelled():
                told = now
                report(Part(start, line + 1, found))
                start, found = line + 1, []
        if cancelled():
            return
        if complete and version == version_of(log):
            report(Part(start, log.whole, found, version))
            return
        report(Part(start, stop, found))
        start = min(log.whole, stop)
        log.wait(_PATIENCE_SECONDS)
        if log.generation != version[0]:
            start = 0


def _parsed(log: RunLog, text: str, cancelled: Callable[[], bool]) -> Filter:
    """Return the filter; a name that is in none of the lines indexed so far may be in one of the others."""
    from tau2_tui.runlog.filters import FilterError, parse, vocabulary_of

    try:
        return parse(text, vocabulary_of(log))
    except FilterError:
        if log.complete:
            raise
    while not log.wait(_PATIENCE_SECONDS) and not cancelled():
        pass
    return parse(text, vocabulary_of(log))
