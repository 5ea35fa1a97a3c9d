"""Where lines start, found before anything else is known of them: any line can then be read, before it is indexed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from tau2_tui.runlog.columns import Array
from tau2_tui.runlog.source import LogFile

LEAST_BYTES = 32 << 20
"""What is shorter is indexed about as soon as its lines are found."""

_BLOCK_BYTES = 1 << 20
_PIECE_BYTES = 8 << 20
_MOST_THREADS = 4
_FEED = 10
_FIRST_PRINTABLE = 32


@dataclass(frozen=True, eq=False)
class Outline:
    """The places of lines.

    Attributes:
        first: number of the first line.
        starts: byte at which each line starts, int64.
        end: the byte after the last one.
        controls: places of control characters that end no line, rising, int64: no JSON has any.
    """

    first: int
    starts: Array
    end: int
    controls: Array

    @property
    def stop(self) -> int:
        """The number after that of the last line."""
        return self.first + len(self.starts)

    def span(self, line: int) -> tuple[int, int] | None:
        """Return the first byte of a line and the byte after it, None when the line is not in here."""
        place = line - self.first
        if not 0 <= place < len(self.starts):
            return None
        return int(self.starts[place]), int(self.starts[place + 1]) if place + 1 < len(self.starts) else self.end


def outlined(file: LogFile, first: int, offset: int) -> Iterator[Outline | None]:
    """Yield None after each piece of the file, and at last the outline of the lines from ``offset`` on.

    Args:
        file: the file; what is appended meanwhile is left out.
        first: number of the line at ``offset``.
        offset: where a line starts.
    """
    end, parts, others = file.size, [np.array([offset])], [np.empty(0, np.int64)]
    at = offset
    threads = processors()
    finders = [_FeedFinder(file) for _ in range(threads)]
    with ThreadPoolExecutor(threads, "run log outline") as pool:
        while at < end:
            edges = [min(end, at + number * _PIECE_BYTES) for number in range(threads + 1)]
            for stop, (feeds, controls, reached) in zip(
                edges[1:], pool.map(_FeedFinder.find, finders, edges, edges[1:]), strict=True
            ):
                parts.append(feeds + 1)
                others.append(controls)
                at = reached
                if reached < stop:
                    end = at  # the file was shortened
                    break
            yield None
    starts = np.concatenate(parts)
    yield Outline(first, starts[:-1] if starts[-1] >= at else starts, at, np.concatenate(others))


class _FeedFinder:
    """Finds control characters, in buffers that it uses again: new ones would cost as much as reading."""

    def __init__(self, file: LogFile) -> None:
        self._file = file
        self._bytes = np.empty(_BLOCK_BYTES, np.uint8)
        self._found = np.empty(_BLOCK_BYTES, np.bool_)

    def find(self, start: int, end: int) -> tuple[Array, Array, int]:
        """Return the places of line feeds, of others from ``start`` to ``end``, and where it or the file ended."""
        feeds: list[Array] = [np.empty(0, np.int64)]
        others: list[Array] = [np.empty(0, np.int64)]
        while length := self._file.read_into(self._bytes.data[: min(_BLOCK_BYTES, end - start)], start):
            np.less(self._bytes[:length], _FIRST_PRINTABLE, out=self._found[:length])
            places = np.flatnonzero(self._found[:length])
            are_feeds = self._bytes[places] == _FEED
            if not are_feeds.all():
                others.append(places[~are_feeds] + start)
                places = places[are_feeds]
            feeds.append(places + start)
            start += length
        return np.concatenate(feeds), np.concatenate(others), start


def processors() -> int:
    """Return how many threads may compute at once, as many as are of use here at most."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, _MOST_THREADS)
