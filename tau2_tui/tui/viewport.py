"""A window of some rows on a longer list, with a cursor: what every list of the inspector moves by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Viewport:
    """Where the cursor is and which rows are shown.

    Attributes:
        count: rows that exist.
        height: rows that fit on the screen.
        cursor: the selected row, 0 when there are none.
        top: the first row shown.
    """

    count: int = 0
    height: int = 1
    cursor: int = 0
    top: int = 0

    @property
    def last(self) -> int:
        """The last row, 0 when there are none."""
        return max(0, self.count - 1)

    @property
    def at_end(self) -> bool:
        """Whether the cursor is on the last row."""
        return self.cursor >= self.last

    def resize(self, height: int) -> None:
        """Fit the window to ``height`` rows and keep the cursor in it."""
        self.height = max(1, height)
        self._show_cursor()

    def set_count(self, count: int) -> None:
        """Take over a new number of rows."""
        self.count = max(0, count)
        self.cursor = min(self.cursor, self.last)
        self._show_cursor()

    def move(self, rows: int) -> None:
        """Move the cursor; the window follows only as far as it must."""
        self.goto(self.cursor + rows)

    def page(self, pages: int) -> None:
        """Move window and cursor by whole pages, one row of the old page staying in sight."""
        step = pages * max(1, self.height - 1)
        self.top = self._clamp_top(self.top + step)
        self.cursor = max(0, min(self.cursor + step, self.last))
        self._show_cursor()

    def goto(self, row: int, *, margin: int = 0) -> None:
        """Put the cursor on a row; when that was out of sight, show ``margin`` rows around it."""
        seen = self.top <= row < self.top + self.height
        self.cursor = max(0, min(row, self.last))
        self._show_cursor(0 if seen else margin)

    def scroll(self, rows: int) -> None:
        """Move the window; the cursor is dragged along at its edges."""
        self.top = self._clamp_top(self.top + rows)
        self.cursor = max(self.top, min(self.cursor, self.top + self.height - 1, self.last))

    def _clamp_top(self, top: int) -> int:
        return max(0, min(top, self.count - self.height))

    def _show_cursor(self, margin: int = 0) -> None:
        margin = min(margin, (self.height - 1) // 2)
        if self.cursor < self.top + margin:
            self.top = self.cursor - margin
        elif self.cursor > self.top + self.height - 1 - margin:
            self.top = self.cursor - self.height + 1 + margin
        self.top = self._clamp_top(self.top)
