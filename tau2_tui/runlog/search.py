"""Search in the raw bytes of a log, with or without an index."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

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
"""Bytes that this thread reads at once: fewer, and the two threads would wait for each other most of the time."""

_FEED = 10

Block = bytes | bytearray

Find = Callable[[Block, int], list[int]]
"""Returns one place of a match in each line that has one, in order, of a block and of how many bytes it is long."""


def finder(pattern: bytes | str, *, regex: bool = False, ignore_case: bool = False) -> Find:
    """Return the function that finds a pattern in blocks of whole lines.

    Args:
        pattern: bytes as they stand in the file, or text that is searched as UTF-8. A match lies within one line.
        regex: the pattern is a regular expression; ``^`` and ``$`` stand for a line's ends.
        ignore_case: upper and lower case of ASCII letters are the same.

    Raises:
        ValueError: the pattern is empty, or no regular expression. The function raises ``SlowPattern`` when one takes
            too long.
    """
    needle = pattern.encode("utf-8", "surrogateescape") if isinstance(pattern, str) else bytes(pattern)
    if not needle:
        raise ValueError("nothing to search for")
    if regex:
        compiled = Pattern(needle, re.MULTILINE | (re.IGNORECASE if ignore_case else 0))
        return lambda data, length: _find_regex(compiled, data, length)
    if ignore_case:
        lower = needle.lower()
        return lambda data, length: _find_literal(lower, data.lower(), length)
    return lambda data, length: _find_literal(needle, data, length)


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
    find: Find,
    start: int | None,
    *,
    backwards: bool,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[int]:
    """Yield the numbers of the lines in which ``find`` finds something.

    Args:
        file: the log's file.
        index: what is indexed of it so far; beyond that, lines are counted.
        find: from ``finder``.
        start: the first line looked at; None for the first one, or the last one when ``backwards``.
        backwards: go towards the start of the file.
        cancelled: asked once a block; the search ends when it returns true.
    """
    counter = LineCounter(file, index)
    if backwards:
        end = file.size if start is None else counter.offset_of(start + 1)
        for offset, block in blocks_backward(file, end):
            if cancelled is not None and cancelled():
                return
            if places := find(block, len(block)):
                yield from reversed(counter.lines_at([offset + place for place in places]))
        return
    for offset, data, length in _buffers(file, counter.offset_of(start or 0)):
        if cancelled is not None and cancelled():
            return
        if places := find(data, length):
            yield from counter.lines_at([offset + place for place in places])
        counter.passed(offset, data, length)


def _buffers(file: LogFile, offset: int) -> Iterator[tuple[int, bytearray, int]]:
    """Yield the rest of the file in blocks; of much, the next one is read while one is searched."""
    if file.size - offset < _READ_AHEAD:
        return buffers_forward(file, offset)
    return ahead(buffers_forward(file, offset, block_bytes=_AHEAD_BYTES, buffers=TAKEN))


class LineCounter:
    """Line numbers of bytes: from the index as far as it goes, counted beyond it."""

    def __init__(self, file: LogFile, index: LineIndex | None) -> None:
        self._file = file
        self._index = index
        self._line, self._offset = 0, 0

    def passed(self, offset: int, data: bytearray, length: int) -> None:
        """Count the line feeds of a block that was just looked at: it is still in the processor's cache."""
        self._skip_indexed()
        if offset == self._offset and data[length - 1] == _FEED:
            self._line += self._count(data, length)
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

        reused = np.empty(max(BLOCK_BYTES, _AHEAD_BYTES), np.bool_)  # new ones would cost as much as counting

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
