"""A list that lies over a main screen for a while: enter takes a row, such as an event to go to, esc goes back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual.app import ComposeResult

from tau2_tui.tui.actions import hints
from tau2_tui.tui.format.runs import Run, cut_runs
from tau2_tui.tui.looks import SELECTED
from tau2_tui.tui.screens.cursor import CursorScreen
from tau2_tui.tui.screens.hinting import hint_runs
from tau2_tui.tui.viewport import Viewport
from tau2_tui.tui.widgets.bar import Bar
from tau2_tui.tui.widgets.painting import Drawn, DrawnRows

_MARGIN = 2


@dataclass(frozen=True)
class OverlayRow:
    """A row.

    Attributes:
        runs: what it says.
        line: the line of the log that it speaks of, or another number of its own; None for none.
    """

    runs: tuple[Run, ...]
    line: int | None = None


class OverlayScreen(CursorScreen):
    """Rows to read and to choose from."""

    CSS_PATH = Path(__file__).with_name("overlay.tcss")

    def __init__(self, chosen: Callable[[int], object], line: int | None = None) -> None:
        """Make the screen.

        Args:
            chosen: is told the line of the row that the user takes.
            line: the line at which the cursor begins, or before it.
        """
        super().__init__()
        self.window = Viewport()
        self._chosen = chosen
        self._line = line
        self._rows: list[OverlayRow] = []
        self._width = 0

    # What a subclass says

    @abstractmethod
    def title_runs(self) -> tuple[Run, ...]:
        """Return the title."""

    @abstractmethod
    def rows_for(self, width: int) -> list[OverlayRow]:
        """Return all rows, each fit for so many cells."""

    # Drawing

    def compose(self) -> ComposeResult:
        """Lay out the rows between title and hints."""
        yield Bar(lambda width: cut_runs(self.title_runs(), width), id="title")
        yield DrawnRows(self._row, self._fit, id="rows")
        yield Bar(lambda width: hint_runs(hints(self.NAME), width), id="bottom")

    def _fit(self, width: int, height: int) -> None:
        self.window.resize(height)
        if width != self._width:
            at = self._line if self._width == 0 else self._line_at_cursor()
            self._width, self._rows = width, self.rows_for(width)
            self.window.set_count(len(self._rows))
            self._go_to_line(at)

    def _line_at_cursor(self) -> int | None:
        rows = self._rows[: self.window.cursor + 1]
        return next((row.line for row in reversed(rows) if row.line is not None), None)

    def _go_to_line(self, line: int | None) -> None:
        places = [place for place, row in enumerate(self._rows) if row.line is not None]
        if line is not None and places:
            before = [place for place in places if (self._rows[place].line or 0) <= line]
            nearest = max((self._rows[place].line or 0 for place in before), default=None)
            same = [place for place in before if self._rows[place].line == nearest]
            self.window.goto(same[0] if same else places[0], margin=_MARGIN)

    def _row(self, y: int, width: int) -> Drawn:
        place = self.window.top + y
        if place >= len(self._rows):
            return (), ""
        return cut_runs(self._rows[place].runs, width), SELECTED if place == self.window.cursor else ""

    # Keys

    def do(self, action: Callable[[], object]) -> None:
        """Do what a key asks for, and draw what it changed."""
        action()
        for rows in self.query("#rows").results(DrawnRows):  # none while the inspector is being left
            rows.update()

    def action_open(self) -> None:
        """Go back, and tell which row was taken."""
        line = self._line_at_cursor()
        self.dismiss()
        if line is not None:
            self._chosen(line)

    def action_back(self) -> None:
        """Return to what lies below."""
        self.dismiss()

    def action_close(self) -> None:
        """Return to what lies below."""
        self.dismiss()
