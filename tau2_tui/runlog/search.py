"""Search in the raw bytes of a log, with or without an index."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from tau2_tui.runlog.blocks import BLOCK_BYTES, blocks_backward, blocks_forward
from tau2_tui.runlog.source import LogFile

if TYPE_CHECKING:
    from tau2_tui.runlog.index import LineIndex

_COUNTED_BY_NUMPY = 32 << 20
"""Bytes from which on importing numpy costs less than counting without it."""

Find = Callable[[bytes], list[int]]
"""Returns one place of a match in each line of a block that has one, in order."""


def finder(pattern: bytes | str, *, regex: bool = False, ignore_case: bool = False) -> Find:
    """Return the function that finds a pattern in blocks of whole lines.

    Args:
        pattern: bytes as they stand in the file, or text that is searched as UTF-8. A match lies within one line.
        regex: the pattern is a regular expression; ``^`` and ``$`` stand for a line's ends.
        ignore_case: upper and lower case of ASCII letters are the same.

    Raises:
        ValueError: the pattern is empty, or no regular expression.
    """
    needle = pattern.encode("utf-8", "surrogateescape") if isinstance(pattern, str) else bytes(pattern)
    if not needle:
        raise ValueError("nothing to search for")
    if regex:
        try:
            compiled = re.compile(needle, re.MULTILINE | (re.IGNORECASE if ignore_case else 0))
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return lambda data: _find_regex(compiled, data)
    if ignore_case:
        lower = needle.lower()
        return lambda data: _find_literal(lower, data.lower())
    return lambda data: _find_literal(needle, data)


def _find_literal(needle: bytes, data: bytes) -> list[int]:
    places = []
    at = data.find(needle)
    while at >= 0:
        places.append(at)
        feed = data.find(b"\n", at)
        at = data.find(needle, feed + 1) if feed >= 0 else -1
    return places


def _find_regex(pattern: re.Pattern[bytes], data: bytes) -> list[int]:
    places = []
    start = 0
    while match := pattern.search(data, start):
        line_start = data.rfind(b"\n", 0, match.start()) + 1
        feed = data.find(b"\n", match.start())
        line_end = feed if feed >= 0 else len(data)
        # A match that runs into the next line does not count, another one within the line may.
        if match.end() <= line_end or pattern.search(data[line_start:line_end]):
            places.append(line_start)
        start = line_end + 1
        if start >= len(data):
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
        blocks = blocks_backward(file, file.size if start is None else counter.offset_of(start + 1))
    else:
        blocks = blocks_forward(file, counter.offset_of(start or 0))
    for offset, data in blocks:
        if cancelled is not None and cancelled():
            return
        places = find(data)
        if places:
            lines = counter.lines_at([offset + place for place in places])
            yield from reversed(lines) if backwards else lines


class LineCounter:
    """Line numbers of bytes: from the index as far as it goes, counted beyond it."""

    def __init__(self, file: LogFile, index: LineIndex | None) -> None:
        self._file = file
        self._index = index
        self._line, self._offset = 0, 0

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
        if end - start < _COUNTED_BY_NUMPY:
            return sum(data.count(b"\n") for data in blocks)
        import numpy as np

        return sum(int(np.count_nonzero(np.frombuffer(data, np.uint8) == 10)) for data in blocks)


def _after_feed(data: bytes, count: int) -> int:
    """Return the place after the ``count``-th line feed."""
    place = 0
    for _ in range(count):
        place = data.index(b"\n", place) + 1
    return place
