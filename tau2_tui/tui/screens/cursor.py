"""A screen of rows with a cursor: the keys and the mouse that move it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from inspect import isawaitable
from typing import ClassVar

from tau2_tui.tui.screens.keyed import KeyedScreen
from tau2_tui.tui.viewport import Viewport
from tau2_tui.tui.widgets.painting import DrawnRows


class CursorScreen(KeyedScreen):
    """Rows to move over, in a widget whose id is ``rows``."""

    CLICKS: ClassVar[int] = 2
    """How many clicks open a row."""

    window: Viewport
    """The window on the rows."""

    @abstractmethod
    def do(self, action: Callable[[], object]) -> None:
        """Do what a key asks for, and draw what it changed."""

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self.do(lambda: self.window.move(rows))

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self.do(lambda: self.window.page(pages))

    def action_first(self) -> None:
        """Go to the first row."""
        self.do(lambda: self.window.goto(0))

    def action_last(self) -> None:
        """Go to the last row."""
        self.do(lambda: self.window.goto(self.window.last))

    def action_open(self) -> object:
        """Open what is under the cursor; what is returned is awaited when it can be."""
        return None

    async def on_drawn_rows_picked(self, message: DrawnRows.Picked) -> None:
        """Select the row that was clicked, and open it when that was click enough."""
        if message.widget.id != "rows" or self.window.top + message.y >= self.window.count:
            return
        self.do(lambda: self.window.goto(self.window.top + message.y))
        if message.twice or self.CLICKS == 1:
            result = self.action_open()
            if isawaitable(result):
                await result

    def on_drawn_rows_scrolled(self, message: DrawnRows.Scrolled) -> None:
        """Scroll with the wheel."""
        self.do(lambda: self.window.scroll(message.rows))
