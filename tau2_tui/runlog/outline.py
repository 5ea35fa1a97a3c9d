"""Where lines start, found before anything else is known of them: any line can then be read, before it is indexed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

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

    def line_after(self, offset: int) -> int:
        """Return the number of the last line that starts no later than at ``offset``, of the first one if none does."""
        return self.first + max(0, int(np.searchsorted(self.starts, offset, "right")) - 1)

    def before(self, line: int) -> Outline:
        """Return the places of the lines before one."""
        span = self.span(line)
        return self if span is None else Outline(self.first, self.starts[: line - self.first], span[0], self.controls)


class Found(NamedTuple):
    """What was found in a piece of a file.

    Attributes:
        feeds: places of line feeds, rising, int64.
        controls: places of other control characters, rising, int64.
        end: the byte after the piece; less when the file ended before.
    """

    feeds: Array
    controls: Array
    end: int


def outlined(file: LogFile, first: int, offset: int) -> Iterator[Outline | None]:
    """Yield None after each piece of the file, and at last the outline of the lines from ``offset`` on.

    Args:
        file: the file; what is appended meanwhile is left out.
        first: number of the line at ``offset``.
        offset: where a line starts.
    """
    end, at, found, stops = file.size, offset, list[Found](), list[int]()
    threads = processors()
    finders = [FeedFinder(file) for _ in range(threads)]
    with ThreadPoolExecutor(threads, "run log outline") as pool:
        while at < end:
            edges = [min(end, at + number * _PIECE_BYTES) for number in range(threads + 1)]
            found += pool.map(FeedFinder.find, finders, edges, edges[1:])
            stops += edges[1:]
            at = edges[-1]
            if any(one.end < stop for one, stop in zip(found[-threads:], edges[1:], strict=True)):
                break  # the file was shortened
            yield None
    yield outline_of(first, offset, found, stops)


def outline_of(first: int, offset: int, found: Sequence[Found], stops: Sequence[int]) -> Outline:
    """Return the outline of pieces of a file that follow each other, up to the first one in which the file ended.

    Args:
        first: number of the line at ``offset``.
        offset: where the first piece and a line start.
        found: what is in each piece.
        stops: the byte after each piece.
    """
    starts, controls, end = [np.array([offset])], [np.empty(0, np.int64)], offset
    for one, stop in zip(found, stops, strict=True):
        starts.append(one.feeds + 1)
        controls.append(one.controls)
        end = one.end
        if end < stop:
            break
    places = np.concatenate(starts)
    return Outline(first, places[:-1] if places[-1] >= end else places, end, np.concatenate(controls))


class FeedFinder:
    """Finds control characters, in buffers that it uses again: new ones would cost as much as reading."""

    def __init__(self, file: LogFile) -> None:
        self._file = file
        self._bytes = np.empty(_BLOCK_BYTES, np.uint8)
        self._found = np.empty(_BLOCK_BYTES, np.bool_)

    def find(self, start: int, end: int) -> Found:
        """Return what is between two bytes of the file."""
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
        return Found(np.concatenate(feeds), np.concatenate(others), start)


def processors() -> int:
    """Return how many threads may compute at once, as many as are of use here at most."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, _MOST_THREADS)
