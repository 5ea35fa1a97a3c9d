"""The help screen: what the keys of the screen below do."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult

from tau2_tui.tui.actions import HELP, hints
from tau2_tui.tui.format.runs import Run, both_ends, wrap
from tau2_tui.tui.format.values import count
from tau2_tui.tui.screens.help.state import help_lines
from tau2_tui.tui.screens.hinting import hint_runs
from tau2_tui.tui.screens.keyed import KeyedScreen
from tau2_tui.tui.viewport import Viewport
from tau2_tui.tui.widgets.bar import Bar
from tau2_tui.tui.widgets.painting import Drawn, DrawnRows


class HelpScreen(KeyedScreen):
    """The registry of actions as a page."""

    NAME = HELP
    CSS_PATH = "help.tcss"

    def __init__(self, about: str) -> None:
        """Make the help of a screen.

        Args:
            about: the screen's name in the registry.
        """
        super().__init__()
        self._lines = help_lines(about)
        self._rows: list[tuple[Run, ...]] = []
        self._window = Viewport()

    def compose(self) -> ComposeResult:
        """Lay out the page between its title and its hints."""
        yield Bar(self._title, id="title")
        yield DrawnRows(self._row, self._fit, id="rows")
        yield Bar(lambda width: hint_runs(hints(HELP), width), id="bottom")

    def on_resize(self, event: events.Resize) -> None:
        """Say how much there is, once it is known how many rows there are."""
        self.call_after_refresh(self._draw)

    def _title(self, width: int) -> tuple[Run, ...]:
        window = self._window
        left = max(0, window.count - window.top - window.height)
        more = [Run(f"{count(left, 'row')} more below", "muted")] if left else []
        return both_ends([Run("What the keys do", "heading")], more, width)

    def _fit(self, width: int, height: int) -> None:
        self._rows = [row for source in self._lines for row in wrap(source, width)]
        self._window.resize(height)
        self._window.set_count(len(self._rows))

    def _row(self, y: int, width: int) -> Drawn:
        index = self._window.top + y
        return (self._rows[index] if index < len(self._rows) else ()), ""

    def _scroll(self, action: Callable[[Viewport], None]) -> None:
        action(self._window)
        self._draw()

    def _draw(self) -> None:
        for drawn in self.query(DrawnRows):  # none while the inspector is being left
            drawn.update()

    def action_move(self, rows: int) -> None:
        """Scroll by rows."""
        self._scroll(lambda window: window.scroll(rows))

    def action_page(self, pages: int) -> None:
        """Scroll by pages."""
        self._scroll(lambda window: window.scroll(pages * max(1, window.height - 1)))

    def action_first(self) -> None:
        """Scroll to the top."""
        self._scroll(lambda window: window.scroll(-window.count))

    def action_last(self) -> None:
        """Scroll to the end."""
        self._scroll(lambda window: window.scroll(window.count))

    def on_drawn_rows_scrolled(self, message: DrawnRows.Scrolled) -> None:
        """Scroll with the wheel."""
        self._scroll(lambda window: window.scroll(message.rows))

    def action_back(self) -> None:
        """Return to the screen below."""
        self.dismiss()

    def action_close(self) -> None:
        """Return to the screen below."""
        self.dismiss()
