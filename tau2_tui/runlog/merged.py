"""Several logs read as one, their lines in order of time."""

from __future__ import annotations

import heapq
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from tau2_tui.events import ExecutionEvent
from tau2_tui.runlog.columns import COLUMN_TYPES, Array, Columns, Tables, columns_of
from tau2_tui.runlog.envelope import read_envelope
from tau2_tui.runlog.event_lines import EventLines
from tau2_tui.runlog.log import RunLog
from tau2_tui.runlog.merged_order import Order, begins_with, order_of
from tau2_tui.runlog.refs import LogOrigin, UnreadableLine


class MergedLog(EventLines):
    """Several logs as one, with the reading interface of :class:`RunLog` and line numbers over all of them.

    Lines are in order of time; within a log they keep their order, and one without a time, or with one before that of
    a line before it, stands where that line does. Numbers exist once every log is indexed, and mean nothing any more
    when ``generation`` changes: what is appended to one log can belong before lines of another one. Simulations with
    the same id in several logs are one.

    Attributes:
        logs: the logs, which are closed with this.
    """

    merged: ClassVar[bool] = True

    def __init__(self, logs: Sequence[RunLog]) -> None:
        """Merge open logs.

        Raises:
            ValueError: there are none.
        """
        if not logs:
            raise ValueError("nothing to merge")
        super().__init__()
        self.logs = tuple(logs)
        self._merging = threading.Lock()
        self._order: Order | None = None
        self._generation = 0

    def close(self) -> None:
        """Close all logs."""
        for log in self.logs:
            log.close()

    def be_courteous(self) -> None:
        """Have threads that read any of them give way to the main one from now on."""
        for log in self.logs:
            log.be_courteous()

    @property
    def closed(self) -> bool:
        """Whether any of the files was closed."""
        return any(log.closed for log in self.logs)

    @property
    def path(self) -> Path:
        """A name for all of them together; no file is called that."""
        return Path(" + ".join(log.path.name for log in self.logs))

    @property
    def size(self) -> int:
        """Bytes in all files now."""
        return sum(log.size for log in self.logs)

    @property
    def status(self) -> Literal["complete", "running or cut off"]:
        """Whether every log ends with the end of its run."""
        return "complete" if all(log.status == "complete" for log in self.logs) else "running or cut off"

    @property
    def origin(self) -> LogOrigin | None:
        """What the first log that was converted was converted from, None when none was."""
        return next((log.origin for log in self.logs if log.origin is not None), None)

    @property
    def awaited(self) -> bool:
        """Whether none of the files is there yet."""
        return all(log.awaited for log in self.logs)

    # Indexing

    def start(self) -> None:
        """Begin, or go on, indexing all logs in the background."""
        for log in self.logs:
            log.start()

    def refresh(self) -> bool:
        """Take note of what was appended to any log; return whether anything changed.

        Raises:
            LogFormatError: what a path names now cannot be opened.
            OSError: a file cannot be read.
        """
        return any([log.refresh() for log in self.logs])

    def check(self) -> None:
        """Parse every line now, so that the columns know each one that is no event."""
        for log in self.logs:
            log.check()

    def wait(self, timeout: float | None = None, *, checked: bool = False) -> bool:
        """Wait until all logs are indexed, or with ``checked`` every line parsed; return whether that is so.

        Raises:
            LogFormatError: a file could not be read to its end.
        """
        end = math.inf if timeout is None else time.monotonic() + timeout
        waits = (None if timeout is None else max(0.0, end - time.monotonic()) for _ in self.logs)
        return all([log.wait(left, checked=checked) for log, left in zip(self.logs, waits, strict=True)])

    def on_progress(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have ``callback`` called as any index grows, by the thread that indexes; return a function that ends that."""
        removals = [log.on_progress(callback) for log in self.logs]

        def remove() -> None:
            for removal in removals:
                removal()

        return remove

    @property
    def complete(self) -> bool:
        """Whether every log is indexed as far as it went when last looked at."""
        return all(log.complete for log in self.logs)

    @property
    def checked(self) -> bool:
        """Whether every line was parsed to its end."""
        return all(log.checked for log in self.logs)

    @property
    def failure(self) -> str | None:
        """Why not all of a file could be read, None when all could so far."""
        return next((f"{log.path}: {log.failure}" for log in self.logs if log.failure), None)

    @property
    def progress(self) -> float:
        """The share of the bytes of all logs that is indexed, 0 to 1."""
        return sum(log.progress * log.size for log in self.logs) / max(1, self.size)

    @property
    def revision(self) -> int:
        """Changes when lines indexed before turned out to be no events, and when line numbers changed."""
        return sum(log.revision for log in self.logs) + self.generation

    @property
    def generation(self) -> int:
        """Changes when line numbers from before mean nothing any more."""
        self._current()
        return self._generation

    # Lines

    def head(self, count: int) -> list[tuple[int, bytes]]:
        """Return up to ``count`` first lines with their offsets in their own files. Needs no index."""
        return [line for _, line in heapq.merge(*(_timed(log.head(count)) for log in self.logs), key=_time)][:count]

    def tail(self, count: int) -> list[tuple[int, bytes]]:
        """Return up to ``count`` last lines with their offsets in their own files. Needs no index."""
        return [line for _, line in heapq.merge(*(_timed(log.tail(count)) for log in self.logs), key=_time)][-count:]

    def __len__(self) -> int:
        order = self._current()
        return 0 if order is None else len(order.line)

    @property
    def whole(self) -> int:
        """How many lines are indexed; one that has no end yet is among them, since others may stand behind it."""
        return len(self)

    @property
    def readable(self) -> int:
        """How many lines can be read by their number: none before every log is indexed."""
        return len(self)

    def source_of(self, line: int) -> tuple[int, int]:
        """Return which log a line is of, as a place in ``logs``, and the number that it has there.

        Raises:
            IndexError: there is no such line, or not yet.
        """
        order = self._current()
        if order is None or not 0 <= line < len(order.line):
            raise IndexError(f"line {line} of {len(self)}")
        return int(order.source[line]), int(order.line[line])

    def span(self, line: int) -> tuple[int, int]:
        """Return the first byte of a line in its own file, and the byte after it and its line feed.

        Raises:
            IndexError: there is no such line, or not yet.
        """
        source, own = self.source_of(line)
        return self.logs[source].span(own)

    def offset(self, line: int) -> int:
        """Return the first byte of a line in its own file.

        Raises:
            IndexError: there is no such line, or not yet.
        """
        return self.span(line)[0]

    def line(self, line: int) -> bytes:
        """Return a line's bytes without its line feed, as :meth:`RunLog.line` does.

        Raises:
            IndexError: there is no such line, or not yet.
        """
        source, own = self.source_of(line)
        return self.logs[source].line(own)

    def lines(self, first: int, stop: int) -> list[bytes]:
        """Return the bytes of the lines from ``first`` up to ``stop``.

        Raises:
            IndexError: there are no such lines, or not yet.
        """
        return [self.line(line) for line in range(first, stop)]

    def some(self, lines: Sequence[int]) -> list[bytes]:
        """Return the bytes of some lines, as :meth:`line` gives them.

        Raises:
            IndexError: there is no such line, or not yet.
        """
        return [self.line(line) for line in lines]

    def event(self, line: int) -> ExecutionEvent | UnreadableLine:
        """Return the event of a line, or what can be said of a line that is none.

        Raises:
            IndexError: there is no such line, or not yet.
        """
        source, own = self.source_of(line)
        return _numbered(line, self.logs[source].event(own))

    def decoded(self, line: int) -> ExecutionEvent | UnreadableLine:
        """Return what :meth:`event` does, and keep nothing of it.

        Raises:
            IndexError: there is no such line, or not yet.
        """
        source, own = self.source_of(line)
        return _numbered(line, self.logs[source].decoded(own))

    def search(
        self,
        pattern: bytes | str,
        start: int | None = None,
        backwards: bool = False,
        regex: bool = False,
        *,
        ignore_case: bool = False,
        cancelled: Callable[[], bool] | None = None,
        looked_at: Callable[[int], object] | None = None,
    ) -> Iterator[int]:
        """Yield the numbers of the lines that hold a pattern, as :meth:`RunLog.search` does, once all are indexed.

        Raises:
            ValueError: the pattern is empty, or no regular expression.
        """
        order = self._current()
        searches = []
        for source, log in enumerate(self.logs):
            places = np.empty(0, np.int64) if order is None else order.places[source]
            first = None if start is None else int(np.searchsorted(places, start, "right" if backwards else "left"))
            own = None if first is None else first - backwards
            found = log.search(
                pattern, own, backwards, regex, ignore_case=ignore_case, cancelled=cancelled, looked_at=looked_at
            )
            if own is None or own >= 0:
                searches.append(_placed(found, places))
        return heapq.merge(*searches, reverse=backwards)

    # Columns

    @property
    def columns(self) -> Columns:
        """The envelopes of all lines, as arrays, empty until every log is indexed.

        ``offset`` is that in the line's own file.
        """
        order = self._current()
        if order is None:
            return columns_of({name: np.empty(0, dtype) for name, dtype in COLUMN_TYPES.items()}, Tables())
        return order.columns

    @property
    def sources(self) -> Array:
        """Which log each line is of, as places in ``logs``, int32."""
        order = self._current()
        return np.empty(0, np.int32) if order is None else order.source

    def _current(self) -> Order | None:
        """Return the order of the lines as the logs are now, None as long as no order could be made."""
        with self._merging:
            if not self.complete:
                return self._order
            state = tuple((log.generation, log.revision, len(log), log.checked) for log in self.logs)
            if self._order is None or self._order.state != state:
                former, self._order = self._order, order_of(state, [log.columns for log in self.logs])
                if former is not None and not begins_with(self._order, former):
                    self._generation += 1
            return self._order


def _numbered(line: int, event: ExecutionEvent | UnreadableLine) -> ExecutionEvent | UnreadableLine:
    return event._replace(line=line) if isinstance(event, UnreadableLine) else event


def _placed(lines: Iterator[int], places: Array) -> Iterator[int]:
    for line in lines:
        if line < len(places):
            yield int(places[line])


def _timed(lines: list[tuple[int, bytes]]) -> Iterator[tuple[float, tuple[int, bytes]]]:
    latest = -math.inf
    for offset, line in lines:
        try:
            found = read_envelope(line).timestamp
        except ValueError:
            found = None
        latest = latest if found is None or math.isnan(found) else max(latest, found)
        yield latest, (offset, line)


def _time(timed: tuple[float, object]) -> float:
    return timed[0]
