"""Handing a log's lines to one reader that may be slow, or gone, without waiting for it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from tau2_tui.counting import counted_plainly
from tau2_tui.events import ExecutionEvent, LogLevel, encode

MOST_WAITING = 10_000
"""Lines that wait for a reader before further ones are left out."""

MOST_BYTES = 64 << 20
"""Bytes that wait for a reader before further lines are left out: a line with a whole database is long."""

PATIENCE = 2.0
"""Seconds that a reader is given at the end to take what waits for it."""


class Subscription:
    """One reader: its queue, and the thread that hands it what waits there.

    A reader that is too slow misses events, and is told how many: in their place stands a notice, an event of level
    warning with the number under ``left_out`` in its metadata. One whose ``deliver`` raises is gone: nothing more is
    handed to it.

    Args:
        name: of the thread.
        deliver: hands one line, with its line feed, to the reader; may take its time.
        most: lines that may wait.
        gone: called, in the thread, when the subscription is over.
    """

    def __init__(
        self,
        name: str,
        deliver: Callable[[bytes], None],
        most: int = MOST_WAITING,
        gone: Callable[[], None] = lambda: None,
    ) -> None:
        self._deliver = deliver
        self._most = most
        self._gone = gone
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        self._missing = 0
        self._condition = threading.Condition()
        self._closed = False
        self.delivered = 0
        self.left_out = 0
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._hand_over, name=name, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the reader still takes lines."""
        return self.error is None and not self._closed

    def offer(self, line: bytes) -> None:
        """Let a line wait for the reader, or leave it out when too many do; returns at once."""
        with self._condition:
            if not self.alive:
                return
            if len(self._lines) >= self._most or (self._lines and self._bytes + len(line) > MOST_BYTES):
                self.left_out += 1
                self._missing += 1
                return
            self._notice_missing()
            self._append(line)
            self._condition.notify()

    def close(self, patience: float = PATIENCE) -> None:
        """Give the reader so many seconds to take what waits, and stop; what it did not take counts as left out."""
        with self._condition:
            self._notice_missing()
            self._closed = True
            self._condition.notify()
        self._thread.join(patience)
        self._drop_waiting()

    def _drop_waiting(self) -> None:
        """Count what waits as left out, and free its memory."""
        with self._condition:
            self.left_out += len(self._lines)
            self._lines.clear()
            self._bytes = 0

    def _notice_missing(self) -> None:
        if self._missing:
            notice = ExecutionEvent(
                level=LogLevel.WARNING,
                source="tau2_tui.logging",
                message=f"{counted_plainly(self._missing, 'event')} left out here: the reader was too slow",
                metadata={"left_out": self._missing},
            )
            self._append(encode(notice) + b"\n")
            self._missing = 0

    def _append(self, line: bytes) -> None:
        self._lines.append(line)
        self._bytes += len(line)

    def _hand_over(self) -> None:
        try:
            while (line := self._next()) is not None:
                self._deliver(line)
                self.delivered += 1
        except Exception as error:  # whatever the reader's end raises: it must not reach the recording
            self.error = error
        finally:
            self._drop_waiting()
            self._gone()

    def _next(self) -> bytes | None:
        with self._condition:
            self._condition.wait_for(lambda: self._lines or self._closed)
            if not self._lines:
                return None
            line = self._lines.popleft()
            self._bytes -= len(line)
            return line
