"""A screen with a line to type in and the rows that what is typed leaves to choose from. It draws only what changes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path

from textual import events
from textual.app import ComposeResult

from tau2_tui.tui.actions import hints, keys_of
from tau2_tui.tui.format.runs import Run, cut_runs
from tau2_tui.tui.looks import SELECTED
from tau2_tui.tui.prompt import Prompt
from tau2_tui.tui.screens.cursor import CursorScreen
from tau2_tui.tui.screens.hinting import hint_runs
from tau2_tui.tui.viewport import Viewport
from tau2_tui.tui.widgets.bar import Bar
from tau2_tui.tui.widgets.painting import Drawn, DrawnRows


class ChoosingScreen(CursorScreen):
    """Type, choose, enter."""

    CLICKS = 1
    CSS_PATH = Path(__file__).with_name("choosing.tcss")

    def __init__(self, label: str, text: str = "") -> None:
        """Make the screen.

        Args:
            label: what stands before what is typed.
            text: what is typed to begin with.
        """
        super().__init__()
        self.prompt = Prompt(label, text, len(text))
        self.window = Viewport()
        self._drawn: list[DrawnRows] = []

    # What a subclass says

    @property
    @abstractmethod
    def choice_count(self) -> int:
        """How many rows there are now."""

    @abstractmethod
    def choice_runs(self, place: int, width: int) -> tuple[Run, ...]:
        """Return a row."""

    @abstractmethod
    def note_runs(self) -> tuple[Run, ...]:
        """Return the line under what is typed."""

    @abstractmethod
    def typed(self) -> None:
        """Take note that something else is typed."""

    # Drawing

    def compose(self) -> ComposeResult:
        """Lay out the prompt over the rows."""
        yield Bar(lambda width: cut_runs(self.prompt.runs(width), width), id="prompt")
        yield Bar(lambda width: cut_runs(self.note_runs(), width), id="note")
        yield DrawnRows(self._row, self._fit, id="rows")
        yield Bar(lambda width: hint_runs(hints(self.NAME), width), id="bottom")

    def on_mount(self) -> None:
        """Know what there is to draw."""
        self._drawn = list(self.query(DrawnRows))

    def _fit(self, width: int, height: int) -> None:
        self.window.resize(height)
        self.window.set_count(self.choice_count)

    def _row(self, y: int, width: int) -> Drawn:
        place = self.window.top + y
        if place >= self.choice_count:
            return (), ""
        return cut_runs(self.choice_runs(place, width), width), SELECTED if place == self.window.cursor else ""

    def sync(self) -> None:
        """Draw what has changed."""
        self.window.set_count(self.choice_count)
        for widget in self._drawn:
            widget.update()

    # Keys

    def takes(self, event: events.Key) -> bool:
        """Take a key as text, unless it moves among the rows or belongs to every screen and types nothing."""
        action = keys_of(self.NAME).get(event.key)
        if action is not None and (self.NAME in action.where or not event.is_printable):
            return False
        if not self.prompt.press(event.key):
            if not event.is_printable or not event.character:
                return True
            self.prompt.insert(event.character)
        self._typed()
        return True

    def on_paste(self, event: events.Paste) -> None:
        """Paste into the prompt."""
        event.stop()
        self.prompt.insert(event.text)
        self._typed()

    def _typed(self) -> None:
        self.typed()
        self.sync()

    def do(self, action: Callable[[], object]) -> None:
        """Do what a key asks for, and draw what it changed."""
        action()
        self.sync()

    def action_back(self) -> None:
        """Go back to where this was asked for."""
        self.dismiss()


def kind_runs(kind: str, kinds: Sequence[str]) -> Run:
    """Return the word for the kind of a row, as wide as the longest one."""
    return Run(f"{kind:<{max(map(len, kinds), default=0)}}  ", "muted")
