"""Lines of styled runs as widgets that draw them: only rows that changed are drawn again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tau2_tui.tui.format.runs import Run, runs_width
from tau2_tui.tui.looks import style_of

_WHEEL_ROWS = 3

_MOST_STRIPS = 256
"""Rows of which what was made for Textual is kept: some pages."""

_FEW_ROWS = 8
"""Rows that are each said to have changed; of more, all between the first and the last one, which costs less time."""

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

    @dataclass(eq=False, repr=False)
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

    @dataclass(eq=False, repr=False)
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
        self._strips: dict[Drawn, Strip] = {}
        """What was made of rows for Textual, in the width and style below."""
        self._strips_for: tuple[int, Style] | None = None
        self._own: tuple[Style, bool] | None = None
        """The widget's own style, and whether nothing is drawn around or over its rows; None to find that out."""
        self._screen_style: Style | None = None
        self._extent: tuple[Size, Size] | None = None
        """Its size with what is around the rows, and without: Textual finds that out anew whenever it is asked."""

    def update(self) -> None:
        """Ask for all rows and draw those again that are not what is on the screen."""
        width, height = self._cells()
        rows = self._rows()
        if len(self._drawn) != height:
            self._drawn = rows
            self.refresh()
            return
        changed = [y for y, row in enumerate(rows) if row != self._drawn[y]]
        for y in changed:
            self._drawn[y] = rows[y]
        if len(changed) > _FEW_ROWS:
            self.refresh(Region(0, changed[0], width, changed[-1] + 1 - changed[0]))
            return
        for y in changed:
            self.refresh(Region(0, y, width, 1))

    def drawn(self, y: int) -> tuple[Run, ...]:
        """Return what a row says now, nothing for one that there is not."""
        return self._drawn[y][0] if y < len(self._drawn) else ()

    def _rows(self) -> list[Drawn]:
        width, height = self._cells()
        if width < 1 or height < 1:
            return []
        if self._fit is not None:
            self._fit(width, height)
        return [self._source(y, width) for y in range(height)]

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        """Fill the new size at once, so that the painting which follows shows it.

        Textual 8.2 tells of a new size only after that, and lays everything out again because of the virtual size,
        which is the same here.
        """
        before = self._size
        changed = super()._size_updated(size, virtual_size, container_size, layout=False)
        if size != before:
            self._drawn = []
            width, height = self._cells()
            if self._fit is not None and width > 0 and height > 0:
                self._fit(width, height)
        return changed

    def on_resize(self) -> None:
        """Draw the rows, should they not have been painted in the new size."""
        if not self._drawn:
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
        self._strips.clear()
        self._own = self._screen_style = self._extent = None

    def _cells(self) -> Size:
        """Return columns and rows."""
        outer = self.outer_size
        if self._extent is None or self._extent[0] != outer:
            self._extent = outer, self.size
        return self._extent[1]

    def _base(self) -> Style:
        """Return the screen's own style, to which each look adds something."""
        if self._screen_style is None:
            self._screen_style = self.screen.rich_style
        return self._screen_style

    def _own_style(self) -> tuple[Style, bool]:
        if self._own is None:
            self._own = self.rich_style, not (self.gutter or self.opacity < 1 or self.get_line_filters())
        return self._own

    def prepare(self, rows: Iterable[Drawn]) -> list[Strip]:
        """Make for Textual what these rows will be when they are on the screen, and return it."""
        return [self._strip(row) for row in rows]

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return rows for Textual: without its borders, paddings and filters where there are none, which saves time."""
        _, is_plain = self._own_style()
        if not is_plain:
            return super().render_lines(crop)
        self._drawn = self._drawn or self._rows()
        rows: list[Drawn] = [self._drawn[y] if y < len(self._drawn) else ((), "") for y in crop.line_range]
        strips = [self._strip(row) for row in rows]
        if crop.x or crop.width != self._cells().width:
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """Return a row for Textual."""
        if not self._drawn:
            self._drawn = self._rows()
        return self._strip(self._drawn[y] if y < len(self._drawn) else ((), ""))

    def _strip(self, row: Drawn) -> Strip:
        """Return a row for Textual, the same one for the same row."""
        made_for = (self._cells().width, self._own_style()[0])
        if made_for != self._strips_for or len(self._strips) >= _MOST_STRIPS:
            self._strips, self._strips_for = {}, made_for
        strip = self._strips.get(row)
        if strip is None:
            strip = self._strips[row] = self._made(row, *made_for)
        return strip

    def _made(self, row: Drawn, width: int, base: Style) -> Strip:
        runs, whole = row
        if whole:
            base = self._style(whole)
        segments = [Segment(text, base if whole else self._style(token)) for text, token in runs]
        used = runs_width(runs)
        if used < width:
            segments.append(Segment(" " * (width - used), base))
        strip = Strip(segments, max(used, width))
        return strip if used <= width else strip.crop(0, width)

    def _style(self, name: str) -> Style:
        known = self._styles_by_name.get(name)
        if known is None:
            known = self._styles_by_name[name] = style_of(name, self._base(), self.app.theme_variables)
        return known
