"""Where lines start, found before anything else is known of them: any line can then be read, before it is indexed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tau2_tui.runlog.columns import Array
from tau2_tui.runlog.source import LogFile

LEAST_BYTES = 32 << 20
"""What is shorter is indexed about as soon as its lines are found."""

_BLOCK_BYTES = 1 << 20
_FEED = 10


@dataclass(frozen=True, eq=False)
class Outline:
    """The places of lines.

    Attributes:
        first: number of the first line.
        starts: byte at which each line starts, int64.
        end: the byte after the last one.
    """

    first: int
    starts: Array
    end: int

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
    end, parts = file.size, [np.array([offset])]
    buffer = bytearray(_BLOCK_BYTES)
    view, codes, feeds = memoryview(buffer), np.frombuffer(buffer, np.uint8), np.empty(_BLOCK_BYTES, np.bool_)
    at = offset
    while length := file.read_into(view[: max(0, min(_BLOCK_BYTES, end - at))], at):
        np.equal(codes[:length], _FEED, out=feeds[:length])
        parts.append(np.flatnonzero(feeds[:length]) + (at + 1))
        at += length
        yield None
    starts = np.concatenate(parts)
    yield Outline(first, starts[:-1] if starts[-1] >= at else starts, at)
