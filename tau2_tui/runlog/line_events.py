"""The events of the lines of a file, decoded where the lines are; those asked for last are kept."""

from __future__ import annotations

import threading
from collections import OrderedDict

from tau2_tui.events import ExecutionEvent, decode
from tau2_tui.runlog.envelope import LINE_LIMIT, parse_object
from tau2_tui.runlog.refs import UnreadableLine
from tau2_tui.runlog.source import LogFile

_KEPT_BYTES = 1 << 22
"""Bytes of the lines of which decoded events are kept; those take several times as much memory."""

_KEPT_LINE_BYTES = 1 << 16
"""Events of longer lines are decoded anew each time, so that many others have room."""

SHOWN_BYTES = 1 << 16
"""Bytes that are kept of a line that is no event, to be looked at."""

Entry = ExecutionEvent | UnreadableLine
Key = tuple[int, int, int]
"""The generation of the file, the first byte of a line and the byte after its line feed."""


class LineEvents:
    """The events of one file's lines, for any number of threads.

    A line that is no event is read anew each time: one that is torn may be replaced by one that takes as many bytes.
    """

    def __init__(self, file: LogFile) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, ExecutionEvent] = OrderedDict()
        self._kept_bytes = 0

    def get(self, line: int, key: Key) -> Entry:
        """Return the event of a line, or what can be said of a line that is none; an event may be kept.

        Args:
            line: its number.
            key: where it is.
        """
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        entry = self._read(line, key)
        if not isinstance(entry, UnreadableLine):
            self._keep(key, entry)
        return entry

    def look(self, line: int, key: Key) -> Entry:
        """Return what :meth:`get` does, and keep nothing of it."""
        kept = self._kept.get(key)
        return self._read(line, key) if kept is None else kept

    def _keep(self, key: Key, event: ExecutionEvent) -> None:
        size = key[2] - key[1]
        if size > _KEPT_LINE_BYTES:
            return
        with self._lock:
            if key not in self._kept:
                self._kept[key] = event
                self._kept_bytes += size
            while self._kept_bytes > _KEPT_BYTES:
                (_, start, end), _event = self._kept.popitem(last=False)
                self._kept_bytes -= end - start

    def _read(self, line: int, key: Key) -> Entry:
        _, start, end = key
        size = end - start
        try:
            if size > LINE_LIMIT + 1:
                reason = f"longer than {LINE_LIMIT >> 20} MiB"
                return UnreadableLine(line, start, size - 1, reason, self._file.read(start, SHOWN_BYTES))
            data = self._file.read(start, size)
        except OSError as error:
            return UnreadableLine(line, start, size, f"cannot be read: {error.strerror}")
        if len(data) < size:
            return UnreadableLine(line, start, size, "the file was shortened", data[:SHOWN_BYTES])
        if not data.endswith(b"\n"):
            return UnreadableLine(line, start, size, "torn: the line has no end", data[:SHOWN_BYTES])
        return entry_of(line, start, data[:-1])


def entry_of(line: int, start: int, data: bytes) -> Entry:
    """Return the event that a whole line holds, or what can be said of a line that holds none.

    Args:
        line: its number.
        start: the byte at which it starts.
        data: its bytes, without line feed.
    """
    try:
        return decode(parse_object(data))
    except ValueError as error:
        return UnreadableLine(line, start, len(data), str(error), data[:SHOWN_BYTES])
