"""Lines of styled runs as widgets that draw them: only rows that changed are drawn again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tau2_tui.tui.format.runs import TOKENS, Run, runs_width

SELECTED = "selected"
"""Style of the selected row of the pane that has the keys: one style for the whole row."""

MARKED = "marked"
"""Style of the selected row of another pane."""

_WHEEL_ROWS = 3

STYLE_CLASSES = frozenset(f"style--{token}" for token in (*TOKENS, SELECTED, MARKED))
"""Component classes that a screen must have for the widgets on it.

They are the screen's and not each widget's: Textual matches every component class of every widget against every rule.
"""

Drawn = tuple[tuple[Run, ...], str]
"""The runs of a row, and the style that it has as a whole: empty for none."""


class RowSource(Protocol):
    """What a widget asks for the rows that it shows."""

    def __call__(self, y: int, width: int) -> Drawn:
        """Return row ``y`` of the widget in at most ``width`` cells."""
        ...


class DrawnRows(Widget):
    """A widget whose rows come from a function. It holds no state but what it has drawn."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "DrawnRows { width: 1fr; height: 1fr; }"

    @dataclass
    class Picked(Message):
        """A row was clicked.

        Attributes:
            widget: the widget.
            x: column of the widget.
            y: row of the widget.
            twice: it was the second click.
        """

        widget: DrawnRows
        x: int
        y: int
        twice: bool

    @dataclass
    class Scrolled(Message):
        """The wheel was turned.

        Attributes:
            widget: the widget.
            rows: by how many rows, negative towards the top.
        """

        widget: DrawnRows
        rows: int

    def __init__(
        self, source: RowSource, fit: Callable[[int, int], None] | None = None, *, id: str | None = None
    ) -> None:
        """Make a widget.

        Args:
            source: gives the rows.
            fit: is told width and height before rows are asked for.
            id: the widget's id.
        """
        super().__init__(id=id)
        self._source = source
        self._fit = fit
        self._drawn: list[Drawn] = []
        self._styles_by_name: dict[str, Style] = {}
        self._base: Style | None = None
        """The widget's own style while rows are drawn for Textual: it is put together from those of all around it."""

    def update(self) -> None:
        """Ask for all rows and draw those again that are not what is on the screen."""
        width, height = self.size
        rows = self._rows()
        if len(self._drawn) != height:
            self._drawn = rows
            self.refresh()
            return
        for y, row in enumerate(rows):
            if row != self._drawn[y]:
                self._drawn[y] = row
                self.refresh(Region(0, y, width, 1))

    def drawn(self, y: int) -> tuple[Run, ...]:
        """Return what a row says now, nothing for one that there is not."""
        return self._drawn[y][0] if y < len(self._drawn) else ()

    def _rows(self) -> list[Drawn]:
        width, height = self.size
        if width < 1 or height < 1:
            return []
        if self._fit is not None:
            self._fit(width, height)
        return [self._source(y, width) for y in range(height)]

    def on_resize(self) -> None:
        """Fill the new size."""
        self._drawn = []
        self.update()

    def on_click(self, event: events.Click) -> None:
        """Say which row was clicked."""
        self.post_message(self.Picked(self, event.x, event.y, event.chain > 1))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Say that the wheel was turned down."""
        event.stop()
        self.post_message(self.Scrolled(self, _WHEEL_ROWS))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Say that the wheel was turned up."""
        event.stop()
        self.post_message(self.Scrolled(self, -_WHEEL_ROWS))

    def notify_style_update(self) -> None:
        """Take over a new theme."""
        super().notify_style_update()
        self._styles_by_name.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return rows for Textual."""
        self._base = self.rich_style
        strips = super().render_lines(crop)
        self._base = None
        return strips

    def render_line(self, y: int) -> Strip:
        """Return a row for Textual."""
        width = self.size.width
        base = self.rich_style if self._base is None else self._base
        if not self._drawn:
            self._drawn = self._rows()
        if y >= len(self._drawn):
            return Strip.blank(width, base)
        runs, whole = self._drawn[y]
        if whole:
            base = self._style(whole)
        segments = [Segment(text, base if whole else self._style(token)) for text, token in runs]
        used = runs_width(runs)
        if used < width:
            segments.append(Segment(" " * (width - used), base))
        return Strip(segments, max(used, width)).crop(0, width)

    def _style(self, name: str) -> Style:
        known = self._styles_by_name.get(name)
        if known is None:
            known = self._styles_by_name[name] = self.screen.get_component_rich_style(f"style--{name}")
        return known
