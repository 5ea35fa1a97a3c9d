"""Main screens of rows with a cursor, and a page of rows between a title and the hints."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from textual.app import ComposeResult

from tau2_tui.tui.actions import TIMELINE, hints
from tau2_tui.tui.format.runs import Run, cut_runs
from tau2_tui.tui.inspection import Inspection
from tau2_tui.tui.looks import SELECTED
from tau2_tui.tui.screens.cursor import CursorScreen
from tau2_tui.tui.screens.hinting import hint_runs
from tau2_tui.tui.screens.main import MainScreen
from tau2_tui.tui.viewport import Viewport
from tau2_tui.tui.widgets.bar import Bar
from tau2_tui.tui.widgets.painting import Drawn, DrawnRows

_MARGIN = 2


class RowsScreen(CursorScreen, MainScreen):
    """Rows of a main screen; what they are, how they are drawn, and what enter does with one, a subclass knows."""

    def __init__(self, inspection: Inspection, window: Viewport | None = None) -> None:
        """Make the screen.

        Args:
            inspection: what all screens share.
            window: the window on its rows, when something else has it too.
        """
        super().__init__(inspection)
        self.window = window or Viewport()

    def moved(self) -> None:
        """Take note that the cursor is on another row."""

    # Drawing

    def bottom_runs(self, width: int) -> tuple[Run, ...]:
        """Return what is said, what is asked, or the hints."""
        if self.message:
            return cut_runs((Run(self.message, "message"),), width)
        return self.prompt_runs(width) or hint_runs(hints(self.NAME), width)

    # Keys

    def do(self, action: Callable[[], object]) -> None:
        """Do what a key asks for, and draw what it changed."""
        self.key_pressed()
        action()
        self.moved()
        self.sync()

    def go_among(self, places: Sequence[int], direction: int, none: str) -> None:
        """Go to the next or previous of some rows, from the other end again; say ``none`` when there are none."""
        at = self.window.cursor
        beyond = [place for place in places if (place - at) * direction > 0]
        if not places:
            self.do(lambda: self.say(none))
            return
        to = sorted(beyond or places, reverse=direction < 0)[0]
        self.do(lambda: self.window.goto(to, margin=_MARGIN))

    def action_back(self) -> None:
        """Go back to the timeline, where it was left."""
        self.inspector.show_screen(TIMELINE)


class PageRow(Protocol):
    """A row of a page."""

    @property
    def runs(self) -> tuple[Run, ...]:
        """What it says."""
        ...


class PageScreen(RowsScreen):
    """A page of rows between a title and the hints."""

    def __init__(self, inspection: Inspection) -> None:
        super().__init__(inspection)
        self._width = 0

    # What a subclass says

    @property
    @abstractmethod
    def page_rows(self) -> Sequence[PageRow]:
        """The rows that there are now."""

    @abstractmethod
    def build(self, width: int) -> None:
        """Make the rows for so many cells, if what they are made of has changed."""

    @abstractmethod
    def title_runs(self, width: int) -> tuple[Iterable[Run], Iterable[Run]]:
        """Return the left and the right end of the title."""

    # Drawing

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        yield Bar(lambda width: self.title_line(*self.title_runs(width), width), id="title")
        yield DrawnRows(self._row, self._fit, id="rows")
        yield Bar(self.bottom_runs, id="bottom")

    def shown(self) -> None:
        """Have everything found out that the page says."""
        self.build(self._width)

    def fact_known(self, name: object) -> None:
        """Take what a worker found out."""
        self.build(self._width)

    def log_grew(self) -> None:
        """Have found out again what the page says, or say how far the log is indexed."""
        self.build(self._width)

    def _fit(self, width: int, height: int) -> None:
        self._width = width
        self.window.resize(height)
        self.build(width)

    def _row(self, y: int, width: int) -> Drawn:
        place, rows = self.window.top + y, self.page_rows
        if place >= len(rows):
            return (), ""
        return cut_runs(rows[place].runs, width), SELECTED if place == self.window.cursor else ""
