"""Search in the raw bytes of a log, with or without an index."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from tau2_tui.runlog.ahead import TAKEN, ahead
from tau2_tui.runlog.blocks import BLOCK_BYTES, blocks_backward, buffers_forward
from tau2_tui.runlog.patterns import Pattern
from tau2_tui.runlog.source import LogFile

if TYPE_CHECKING:
    from tau2_tui.runlog.index import LineIndex

_COUNTED_BY_NUMPY = 32 << 20
"""Bytes from which on importing numpy costs less than counting without it."""

_READ_AHEAD = 32 << 20
"""Bytes from which on they are read by a thread of their own."""

_AHEAD_BYTES = 1 << 19
_QUICK_AHEAD_BYTES = 1 << 21
"""Bytes that this thread reads at once: fewer, and the two threads would wait for each other most of the time. More for
what is found fast: while a block is searched, no other thread gets the interpreter.
"""

_FEED = 10

Block = bytes | bytearray


class Finder(NamedTuple):
    """What finds a pattern in blocks of whole lines.

    Attributes:
        places: returns one place of a match in each line that has one, in order, of a block and of how many bytes it is
            long.
        is_quick: it takes a fraction of a second a gigabyte.
    """

    places: Callable[[Block, int], list[int]]
    is_quick: bool = False


def finder(pattern: bytes | str, *, regex: bool = False, ignore_case: bool = False) -> Finder:
    """Return what finds a pattern in blocks of whole lines.

    Args:
        pattern: bytes as they stand in the file, or text that is searched as UTF-8. A match lies within one line.
        regex: the pattern is a regular expression; ``^`` and ``$`` stand for a line's ends.
        ignore_case: upper and lower case of ASCII letters are the same.

    Raises:
        ValueError: the pattern is empty, or no regular expression. What is returned raises ``SlowPattern`` when one
            takes too long.
    """
    needle = pattern.encode("utf-8", "surrogateescape") if isinstance(pattern, str) else bytes(pattern)
    if not needle:
        raise ValueError("nothing to search for")
    if regex:
        compiled = Pattern(needle, re.MULTILINE | (re.IGNORECASE if ignore_case else 0))
        return Finder(lambda data, length: _find_regex(compiled, data, length))
    if ignore_case:
        lower = needle.lower()
        return Finder(lambda data, length: _find_literal(lower, data.lower(), length))
    return Finder(lambda data, length: _find_literal(needle, data, length), is_quick=True)


def _find_literal(needle: bytes, data: Block, length: int) -> list[int]:
    places = []
    at = data.find(needle, 0, length)
    while at >= 0:
        places.append(at)
        feed = data.find(b"\n", at, length)
        at = data.find(needle, feed + 1, length) if feed >= 0 else -1
    return places


def _find_regex(pattern: Pattern[bytes], data: Block, length: int) -> list[int]:
    places = []
    start = 0
    while match := pattern.search(data, start, length):
        line_start = data.rfind(b"\n", 0, match.start()) + 1
        feed = data.find(b"\n", match.start(), length)
        line_end = feed if feed >= 0 else length
        # A match that runs into the next line does not count, another one within the line may.
        if match.end() <= line_end or pattern.search(data[line_start:line_end]):
            places.append(line_start)
        start = line_end + 1
        if start >= length:
            break
    return places


def search_lines(
    file: LogFile,
    index: LineIndex | None,
    find: Finder,
    start: int | None,
    *,
    backwards: bool,
    cancelled: Callable[[], bool] | None = None,
    looked_at: Callable[[int], object] | None = None,
) -> Iterator[int]:
    """Yield the numbers of the lines in which ``find`` finds something.

    Args:
        file: the log's file.
        index: what is indexed of it so far; beyond that, lines are counted.
        find: what ``finder`` returned.
        start: the first line looked at; None for the first one, or the last one when ``backwards``.
        backwards: go towards the start of the file.
        cancelled: asked once a block; the search ends when it returns true.
        looked_at: told of how many further bytes it is known what is found in them, once a block.
    """
    counter = LineCounter(file, index)
    if backwards:
        end = file.size if start is None else counter.offset_of(start + 1)
        for offset, block in blocks_backward(file, end):
            if cancelled is not None and cancelled():
                return
            if places := find.places(block, len(block)):
                yield from reversed(counter.lines_at([offset + place for place in places]))
            if looked_at is not None:
                looked_at(len(block))
        return
    for offset, data, length, feeds in _counted(file, counter.offset_of(start or 0), counter, quick=find.is_quick):
        if cancelled is not None and cancelled():
            return
        if places := find.places(data, length):
            yield from counter.lines_at([offset + place for place in places])
        counter.passed(offset, length, feeds)
        if looked_at is not None:
            looked_at(length)


def _counted(
    file: LogFile, offset: int, counter: LineCounter, *, quick: bool
) -> Iterator[tuple[int, bytearray, int, int | None]]:
    """Yield the rest of the file in blocks, each with the line feeds in it where those are not known from the index.

    Of much, the next block is read and counted by another thread while one is searched.
    """
    much = file.size - offset >= _READ_AHEAD
    block_bytes = _QUICK_AHEAD_BYTES if quick else _AHEAD_BYTES
    blocks = (
        (place, data, length, counter.feeds_in(place, data, length))
        for place, data, length in buffers_forward(
            file, offset, block_bytes=block_bytes if much else None, buffers=TAKEN if much else 1
        )
    )
    return ahead(blocks) if much else blocks


class LineCounter:
    """Line numbers of bytes: from the index as far as it goes, counted beyond it."""

    def __init__(self, file: LogFile, index: LineIndex | None) -> None:
        self._file = file
        self._index = index
        self._line, self._offset = 0, 0

    def feeds_in(self, offset: int, data: bytearray, length: int) -> int | None:
        """Return the number of line feeds in a block of whole lines, None where the index makes it needless."""
        if self._index is not None and self._index.whole[1] > offset:
            return None
        return self._count(data, length) if data[length - 1] == _FEED else None

    def passed(self, offset: int, length: int, feeds: int | None) -> None:
        """Count a block that was looked at."""
        self._skip_indexed()
        if feeds is not None and offset == self._offset:
            self._line += feeds
            self._offset = offset + length

    def lines_at(self, offsets: list[int]) -> list[int]:
        """Return the number of the line in which each byte stands; the bytes are in file order."""
        if self._index is not None and offsets[-1] < self._index.whole[1]:
            return self._index.store.lines_at(offsets)
        lines = []
        for offset in offsets:
            self._move_to(offset)
            lines.append(self._line)
        return lines

    def offset_of(self, line: int) -> int:
        """Return the first byte of a line; the end of the file when it has fewer."""
        self._skip_indexed()
        if self._index is not None and line < self._index.whole[0]:
            return self._index.store.span(line)[0]
        missing, offset = line - self._line, self._offset
        while missing and (data := self._file.read(offset, BLOCK_BYTES)):
            count = data.count(b"\n")
            if count >= missing:
                return offset + _after_feed(data, missing)
            missing -= count
            offset += len(data)
        return offset

    def _skip_indexed(self) -> None:
        if self._index is not None and self._index.whole[1] > self._offset:
            self._line, self._offset = self._index.whole

    def _move_to(self, offset: int) -> None:
        if offset >= self._offset:
            self._skip_indexed()
        if offset < self._offset:
            self._line -= self._feeds(offset, self._offset)
        else:
            self._line += self._feeds(self._offset, offset)
        self._offset = offset

    def _feeds(self, start: int, end: int) -> int:
        """Return the number of line feeds between two places."""
        edges = [*range(start, end, BLOCK_BYTES), end]
        blocks = (self._file.read(low, high - low) for low, high in pairwise(edges))
        return sum(self._count(data, len(data)) for data in blocks)

    @cached_property
    def _count(self) -> Callable[[Block, int], int]:
        """Counts the line feeds of a block."""
        if self._file.size < _COUNTED_BY_NUMPY:
            return lambda data, length: data.count(b"\n", 0, length)
        import numpy as np

        reused = np.empty(max(BLOCK_BYTES, _QUICK_AHEAD_BYTES), np.bool_)  # new ones would cost as much as counting

        def count(data: Block, length: int) -> int:
            feeds = reused[:length] if length <= len(reused) else np.empty(length, np.bool_)
            np.equal(np.frombuffer(data, np.uint8, length), _FEED, out=feeds)
            return int(np.count_nonzero(feeds))

        return count


def _after_feed(data: bytes, count: int) -> int:
    """Return the place after the ``count``-th line feed."""
    place = 0
    for _ in range(count):
        place = data.index(b"\n", place) + 1
    return place
