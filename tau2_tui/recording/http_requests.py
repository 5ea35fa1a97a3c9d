"""How many HTTP requests a model call takes: the libraries below repeat failed ones, and do not say so.

httpcore (or httpcore2), through which httpx and with it the clients of nearly all providers speak, logs the start of
each request in the thread that makes it. A filter on its loggers counts these records and lets none through that would
not be shown anyway.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from contextvars import ContextVar

_LOGGERS = ("httpcore.http11", "httpcore.http2", "httpcore2.http11", "httpcore2.http2")
_START = "send_request_headers.started"


class RequestCount:
    """Requests seen so far."""

    def __init__(self) -> None:
        self.seen = 0


_count: ContextVar[RequestCount | None] = ContextVar("tau2_tui_http_requests", default=None)


@contextlib.contextmanager
def counting_requests() -> Iterator[RequestCount]:
    """Count the requests that this thread makes inside, while they can be seen."""
    count = RequestCount()
    token = _count.set(count)
    try:
        yield count
    finally:
        _count.reset(token)


class _CountingFilter(logging.Filter):
    def __init__(self, shown_from: int) -> None:
        super().__init__()
        self._shown_from = shown_from

    def filter(self, record: logging.LogRecord) -> bool:
        count = _count.get()
        if count is not None and isinstance(record.msg, str) and record.msg.startswith(_START):
            count.seen += 1
        return record.levelno >= self._shown_from


class VisibleRequests:
    """Makes requests visible between ``open`` and ``close``."""

    def __init__(self) -> None:
        self._changed: list[tuple[logging.Logger, int, logging.Filter]] = []

    def open(self) -> None:
        """Begin to see requests."""
        for name in _LOGGERS:
            logger = logging.getLogger(name)
            watch = _CountingFilter(logger.getEffectiveLevel())
            self._changed.append((logger, logger.level, watch))
            logger.addFilter(watch)
            logger.setLevel(logging.DEBUG)

    def close(self) -> None:
        """Leave the loggers as they were."""
        for logger, level, watch in self._changed:
            logger.removeFilter(watch)
            logger.setLevel(level)
        self._changed.clear()
