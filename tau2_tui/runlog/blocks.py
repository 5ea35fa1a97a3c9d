"""A file in pieces: its first and last lines, and blocks of whole lines in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from tau2_tui.runlog.envelope import LINE_LIMIT
from tau2_tui.runlog.source import LogFile

BLOCK_BYTES = 1 << 17
"""Bytes read at once: they stay in the processor's cache while they are searched."""

_EDGE_BYTES = 4 << 20
"""Bytes of lines that ``first_lines`` and ``last_lines`` return at most, if that is one line at least."""


def first_lines(file: LogFile, count: int) -> list[tuple[int, bytes]]:
    """Return up to ``count`` lines from the start of the file, each with its offset, without line feeds.

    Fewer are returned where lines are huge; a line longer than ``LINE_LIMIT`` is cut.
    """
    found: list[tuple[int, bytes]] = []
    taken = 0
    for offset, data in blocks_forward(file, 0):
        for line_offset, line in lines_of(offset, data):
            if len(found) == count or (found and taken + len(line) > _EDGE_BYTES):
                return found
            found.append((line_offset, line))
            taken += len(line)
    return found


def last_lines(file: LogFile, count: int) -> list[tuple[int, bytes]]:
    """Return up to ``count`` lines from the end of the file, in file order, as ``first_lines`` does.

    The last one may lack its line feed; it then ends where the file ends.
    """
    found: list[tuple[int, bytes]] = []
    taken = 0
    for offset, data in blocks_backward(file, file.size):
        for line_offset, line in reversed(lines_of(offset, data)):
            if len(found) == count or (found and taken + len(line) > _EDGE_BYTES):
                return found[::-1]
            found.append((line_offset, line))
            taken += len(line)
    return found[::-1]


def lines_of(offset: int, data: bytes) -> list[tuple[int, bytes]]:
    """Return the lines in a block that starts at ``offset``, each with its own offset, without line feeds."""
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    result = []
    for line in lines:
        result.append((offset, line))
        offset += len(line) + 1
    return result


def blocks_forward(file: LogFile, offset: int, end: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield blocks of whole lines, each with its offset.

    A line longer than ``LINE_LIMIT`` comes cut, alone in its block. The last block may end without a line feed.

    Args:
        file: the file.
        offset: where to begin: the start of a line.
        end: where to stop; None for the end that the file has now, though it may grow meanwhile.
    """
    for place, buffer, length in buffers_forward(file, offset, end):
        yield place, memoryview(buffer)[:length].tobytes()


def buffers_forward(
    file: LogFile, offset: int, end: int | None = None, *, block_bytes: int | None = None, buffers: int = 1
) -> Iterator[tuple[int, bytearray, int]]:
    """Yield what ``blocks_forward`` yields without copying it: the offset, a buffer, and how much of it is the block.

    Args:
        file: the file.
        offset: where to begin: the start of a line.
        end: where to stop; None for the end that the file has now, though it may grow meanwhile.
        block_bytes: the bytes read at once, as many as ``BLOCK_BYTES`` unless given.
        buffers: how many buffers take turns; a line that does not fit into one comes in another.
    """
    end = file.size if end is None else end
    ring = cycle([bytearray(block_bytes or BLOCK_BYTES) for _ in range(buffers)])  # new ones cost as much as reading
    for buffer in ring:
        length = file.read_into(memoryview(buffer)[: max(0, end - offset)], offset)
        if not length:
            return
        whole = buffer.rfind(b"\n", 0, length) + 1
        if whole or offset + length >= end:
            length = whole or length
            yield offset, buffer, length
            offset += length
            continue
        feed = find_feed(file, offset + length)
        length = (end if feed is None else min(feed + 1, end)) - offset
        line = bytearray(file.read(offset, min(length, LINE_LIMIT)))
        yield offset, line, len(line)
        offset += length


def blocks_backward(file: LogFile, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield blocks of whole lines as ``blocks_forward`` does, the last one first.

    Args:
        file: the file.
        end: where to begin: the byte after a line feed, or the end of the file.
    """
    while end > 0:
        start = max(0, end - BLOCK_BYTES)
        data = file.read(start, end - start)
        if start:
            feed = data.find(b"\n", 0, len(data) - 1)
            if feed < 0:
                start = rfind_feed(file, start) + 1
                data = file.read(start, min(end - start, LINE_LIMIT))
            else:
                data = data[feed + 1 :]
                start += feed + 1
        yield start, data
        end = start


def find_feed(file: LogFile, offset: int) -> int | None:
    """Return the place of the first line feed from ``offset`` on, None when there is none."""
    while data := file.read(offset, BLOCK_BYTES):
        found = data.find(b"\n")
        if found >= 0:
            return offset + found
        offset += len(data)
    return None


def rfind_feed(file: LogFile, end: int) -> int:
    """Return the place of the last line feed before ``end``, -1 when there is none."""
    while end > 0:
        start = max(0, end - BLOCK_BYTES)
        found = file.read(start, end - start).rfind(b"\n")
        if found >= 0:
            return start + found
        end = start
    return -1
