"""Which lines of the log the list shows: all of them, or those of one simulation, or what a filter leaves of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tau2_tui.runlog.refs import SimulationRef
from tau2_tui.tui.screens.timeline.filtering import Filtering
from tau2_tui.tui.source import EventSource

if TYPE_CHECKING:
    from tau2_tui.runlog.columns import Array


class View:
    """The rows of the list, each a line of the log, in the order of the file."""

    def __init__(
        self, source: EventSource, ref: SimulationRef | None = None, filtering: Filtering | None = None
    ) -> None:
        self.source = source
        self.ref = ref
        self.filtering = filtering or Filtering()
        self._version: object = None
        self._lines: Any = ()
        self.count = 0
        self.total = 0
        """Rows that there would be without the filter."""
        self.refresh()

    @property
    def whole(self) -> bool:
        """Whether this is the whole run, or what a filter leaves of it."""
        return self.ref is None

    @property
    def filtered(self) -> bool:
        """Whether a filter decides which rows there are."""
        return bool(self.filtering)

    @property
    def _all(self) -> bool:
        """Whether each line of the log is a row."""
        return self.whole and not self.filtered

    def refresh(self) -> bool:
        """Take note of lines indexed or found since; return whether there are others than before."""
        version = (self.source.version, self.filtering.changes)
        if self._version == version:
            return False
        self._version = version
        before = (self.count, self.total)
        if self.ref is None:
            self.total = self.source.count
            self._lines = self.filtering.lines
        else:
            self._lines = self.source.lines_of(self.ref.simulation_id)
            self.total = len(self._lines)
            if self.filtered:
                self._lines = self.filtering.within(self._lines)
        self.count = self.total if self._all else len(self._lines)
        return self.filtered or (self.count, self.total) != before

    def line(self, row: int) -> int:
        """Return the line of the log in a row."""
        return row if self._all else int(self._lines[row])

    def lines(self) -> Iterable[int]:
        """Return the lines of the log in the rows that there are now; to go through them, perhaps by a worker, once."""
        return range(self.count) if self._all else map(int, self._lines)

    def row(self, line: int) -> int | None:
        """Return the row of a line of the log, None when it is not in this view."""
        if self._all:
            return line if 0 <= line < self.count else None
        lines = self._lines  # other ones may take their place while a worker that searches asks
        row = bisect_left(lines, line)
        return row if row < len(lines) and lines[row] == line else None

    def shows(self, line: int) -> bool:
        """Return whether a line of the log is in this view, also when it is not indexed yet."""
        return self._all or self.row(line) is not None

    def row_from(self, line: int) -> int:
        """Return the first row whose line is ``line`` or comes after it; the number of rows when there is none."""
        return min(line, self.count) if self._all else bisect_left(self._lines, line)

    def rows_from(self, lines: Array) -> Array:
        """Return what :meth:`row_from` does for each of several lines, without those after which there is no row."""
        import numpy as np

        rows: Array = lines if self._all else np.searchsorted(self._lines, lines)
        return rows[rows < self.count]

    def of(self, column: Array) -> Array:
        """Return a column's values for the rows, in their order; fewer when the column is shorter."""
        if self._all:
            return column[: self.count]
        shown: Array = column[self._lines[: bisect_left(self._lines, len(column))]]
        return shown
