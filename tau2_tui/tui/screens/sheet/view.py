"""A sheet with a cursor on it: what is unfolded, and where enter leads. No Textual."""

from __future__ import annotations

from tau2_tui.tui.screens.sheet.items import Sheet
from tau2_tui.tui.screens.sheet.layout import Key, Row, rows_of
from tau2_tui.tui.viewport import Viewport

_MARGIN = 2


class SheetView:
    """One sheet as it is looked at.

    Attributes:
        window: the window on its rows, and the selected one.
        rows: its rows.
        sheet: the sheet, None while it is not known.
    """

    def __init__(self) -> None:
        self.window = Viewport()
        self.rows: list[Row] = []
        self.sheet: Sheet | None = None
        self._unfolded: set[Key] = set()
        self._width = 0

    @property
    def row(self) -> Row:
        """The row under the cursor."""
        return self.rows[self.window.cursor] if self.window.cursor < len(self.rows) else Row()

    @property
    def unfolded(self) -> bool:
        """Whether anything is unfolded."""
        return bool(self._unfolded)

    def show(self, sheet: Sheet | None, width: int) -> None:
        """Show a sheet in so many cells; what is unfolded in another one is folded."""
        if sheet is self.sheet and width == self._width:
            return
        first = self.sheet is None
        if sheet is not self.sheet:
            self._unfolded.clear()
        key = self.row.key
        self.sheet, self._width = sheet, width
        self._lay_out()
        if first and self.window.cursor == 0:
            key = next((row.key for row in self.rows if row.key is not None), None)
        self._find(key)

    def toggle(self) -> bool:
        """Unfold what the number under the cursor means, or fold it; return whether there is one."""
        key = self.row.key
        if key is None:
            return False
        self._unfolded ^= {key}
        self._lay_out()
        self._find(key)
        self._show_below(key)
        return True

    def fold_all(self) -> None:
        """Fold everything; the cursor stays on its number."""
        key = self.row.key
        self._unfolded.clear()
        self._lay_out()
        self._find(key)

    def _lay_out(self) -> None:
        self.rows = [] if self.sheet is None else rows_of(self.sheet, self._width, self._unfolded)
        self.window.set_count(len(self.rows))

    def _find(self, key: Key | None) -> None:
        if key is None or (self.row.key == key and not self.row.explains):
            return
        for place, row in enumerate(self.rows):
            if row.key == key:
                self.window.goto(place, margin=_MARGIN)
                return

    def _show_below(self, key: Key) -> None:
        """Scroll so far that what was unfolded is in sight, as far as that fits under its number."""
        at = self.window.cursor
        last = max((place for place in range(at, len(self.rows)) if self.rows[place].key == key), default=at)
        wanted = last - self.window.height + 1
        if wanted > self.window.top:
            self.window.top = min(wanted, at)
