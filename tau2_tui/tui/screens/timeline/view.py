"""Which lines of the log the list shows: all of them, or those of one simulation."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from tau2_tui.runlog.refs import SimulationRef
from tau2_tui.tui.source import EventSource

if TYPE_CHECKING:
    from tau2_tui.runlog.columns import Array


class View:
    """The rows of the list, each a line of the log, in the order of the file."""

    def __init__(self, source: EventSource, ref: SimulationRef | None = None) -> None:
        self.source = source
        self.ref = ref
        self._version = (-1, -1)
        self._lines: Any = ()
        self.count = 0
        self.refresh()

    @property
    def whole(self) -> bool:
        """Whether this is the whole run."""
        return self.ref is None

    def refresh(self) -> bool:
        """Take note of lines indexed since; return whether there are any."""
        if self._version == self.source.version:
            return False
        self._version = self.source.version
        before = self.count
        if self.ref is None:
            self.count = self.source.count
        else:
            self._lines = self.source.lines_of(self.ref.simulation_id)
            self.count = len(self._lines)
        return self.count != before

    def line(self, row: int) -> int:
        """Return the line of the log in a row."""
        return row if self.ref is None else int(self._lines[row])

    def row(self, line: int) -> int | None:
        """Return the row of a line of the log, None when it is not in this view."""
        if self.ref is None:
            return line if 0 <= line < self.count else None
        row = bisect_left(self._lines, line)
        return row if row < self.count and self._lines[row] == line else None

    def row_from(self, line: int) -> int:
        """Return the first row whose line is ``line`` or comes after it; the number of rows when there is none."""
        return min(line, self.count) if self.ref is None else bisect_left(self._lines, line)

    def of(self, column: Array) -> Array:
        """Return a column's values for the rows, in their order; fewer when the column is shorter."""
        return column[: self.count] if self.ref is None else column[self._lines]
