"""The one place that relies on Textual's private parts: its frames are put through :mod:`.difference`.

Textual writes every region that was refreshed whole. Here its updates are drawn on a frame in memory instead, and only
what differs from the frame that the terminal shows is written. ``tests/tui/output`` compares the result with what
Textual itself would have written, cell by cell. What is not understood goes the stock way, followed by a full repaint.

Written against Textual 8.2; relied on are ``App._display``, ``App._build_driver``, how an app reports its failure, the
compositor's update classes, and the driver's mouse switches and writer thread.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from rich.color import ColorSystem
from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip

from tau2_tui.tui.output.caches import let_go
from tau2_tui.tui.output.clipboard import copying
from tau2_tui.tui.output.difference import encode
from tau2_tui.tui.output.frame import Frame, Row, cells_of
from tau2_tui.tui.output.keyboard import make_patient
from tau2_tui.tui.output.lost_terminal import ForgivingFile
from tau2_tui.tui.output.sgr import PLAIN, Sgr, parse
from tau2_tui.tui.output.stopped import come_back_whole

ReturnType = TypeVar("ReturnType")

_RETRY_SECONDS = 0.03
"""How long to wait before asking again whether a slow terminal has taken what was written."""

_MOST_WAITING = 2
"""Writes that may wait for a slow terminal. Beyond, frames are skipped: the next one drawn holds all that changed."""

_SYNCED_BYTES = 1024
"""Smaller frames arrive in one piece and are not wrapped in a synchronised update."""

_MOST_MISFITS = 3
"""Parts of an unknown whole that may come in a row while the whole is asked for; it is not asked for without end."""

_MOST_STRIPS = 512
"""Strips of which the cells are kept: some screens."""

_PLAINLY = "\x1b[m"

Placed = tuple[int, int, Strip]
"""Column, row and content of a piece of an update."""


def pieces(update: LayoutUpdate | ChopsUpdate) -> Iterator[Placed]:
    """Yield what an update draws, in the order in which Textual would write it."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in line:
                yield x, y, strip
                x += strip.cell_length
        return
    for y, start, stop in update.spans:
        for end, (x, chop) in zip(update.chop_ends[y], update.chops[y].items(), strict=True):
            if chop is None or x > stop or end <= start:
                continue
            whole = stop > x >= start and end <= stop
            yield x, y, chop if whole else chop.crop(0, min(end, stop) - x)


def _size_of(update: LayoutUpdate | ChopsUpdate) -> tuple[int, int]:
    """Return width and height of the screen to which an update belongs."""
    if isinstance(update, LayoutUpdate):
        return update.region.right, update.region.bottom
    return update.chop_ends[0][-1], len(update.chops)


class Painter:
    """Draws Textual's updates on a frame and tells what to write for it."""

    def __init__(self, color_system: ColorSystem, *, erases_in_colour: bool) -> None:
        self.color_system = color_system
        self.erases_in_colour = erases_in_colour
        self.wanted: Frame | None = None
        """What the terminal shall show, complete only after an update of the whole screen."""
        self.shown: Frame | None = None
        """What the terminal shows; None when that is not known."""
        self._sgr_now = PLAIN
        self._styles: dict[Style, Sgr] = {}
        self._cells: dict[int, tuple[Strip, Row]] = {}

    def forget(self) -> None:
        """Take it that the terminal may show anything: the next frame is written whole."""
        self.shown = None

    def draw(self, update: LayoutUpdate | ChopsUpdate) -> bool:
        """Draw an update; False when it is only a part of a screen of which the rest is not known."""
        size = _size_of(update)
        if self.wanted is None or (self.wanted.width, self.wanted.height) != size:
            if not isinstance(update, LayoutUpdate):
                return False
            self.wanted = Frame.blank(*size)
            self.shown = None
        for x, y, strip in pieces(update):
            self.wanted.put_cells(x, y, self.cells_of(strip))
        return True

    def take(self) -> str:
        """Return what must be written for the terminal to show what was drawn, and count it as shown."""
        if self.wanted is None:
            return ""
        data, self._sgr_now = encode(self.shown, self.wanted, self._sgr_now, erases_in_colour=self.erases_in_colour)
        self.shown = self.wanted.copy()
        return data

    def cells_of(self, strip: Strip) -> Row:
        """Return the cells of a strip; Textual hands over the same one as long as a row says the same."""
        known = self._cells.get(id(strip))
        if known is not None and known[0] is strip:
            return known[1]
        if len(self._cells) >= _MOST_STRIPS:
            self._cells.clear()
        cells = Row(cells_of(self._runs(strip)))
        self._cells[id(strip)] = strip, cells
        return cells

    def _runs(self, strip: Strip) -> list[tuple[str, Sgr]]:
        return [(segment.text, self._sgr(segment)) for segment in strip if not segment.control]

    def _sgr(self, segment: Segment) -> Sgr:
        style = segment.style
        if style is None:
            return PLAIN
        known = self._styles.get(style)
        if known is None:
            known = self._styles[style] = parse(Strip.render_ansi(style, self.color_system))
        return known


def erases_in_colour(environment: dict[str, str]) -> bool:
    """Return whether the terminal erases with the background colour; GNU screen alone does not."""
    return not environment.get("TERM", "").startswith("screen") or "TMUX" in environment


class FrameOutput(App[ReturnType]):
    """An app that writes only the cells that changed."""

    _painter: Painter | None = None
    _stock_only = False
    _misfits = 0
    _retrying = False

    def on_mount(self) -> None:
        """Start over whenever the terminal comes back from another program."""
        self.app_resume_signal.subscribe(self, self._on_terminal_resumed)

    def on_resize(self, event: events.Resize) -> None:
        """A terminal that was resized may have lost any part of what it showed."""
        now = self._size_now() or event.size
        if now != event.size:
            event.prevent_default().stop()
            self.post_message(events.Resize(now, now))
            return
        if self._painter is None:
            return
        self._painter.forget()
        drawn = self._painter.wanted
        if drawn is not None and (drawn.width, drawn.height) == event.size:
            self.redraw()  # it was resized there and back, which Textual takes for nothing

    def _size_now(self) -> Size | None:
        """Return the terminal's size, None when only its events tell.

        Textual posts sizes from a signal handler that the next signal can interrupt: the last one may be an old one.
        """
        driver: Any = self._driver
        if self.is_headless or not hasattr(driver, "_get_terminal_size"):
            return None
        if getattr(driver, "_in_band_window_resize", False):
            return None
        return Size(*driver._get_terminal_size())

    def _on_terminal_resumed(self, _: Any) -> None:
        self.redraw()

    @property
    def failure(self) -> BaseException | None:
        """What ended the app, None when the user did."""
        return self._exception

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()  # whoever ran the app reports the failure, in one line

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()

    def prepare(self, strips: Iterable[Strip]) -> None:
        """Find out what it takes to write rows that may be wanted soon, while nobody waits for them."""
        if self._painter is not None:
            for strip in strips:
                self._painter.cells_of(strip).get_ready()

    @property
    def in_sight(self) -> Screen[Any] | None:
        """The screen that lies over the others; None when what comes by itself comes after the last one is gone."""
        stack = self.screen_stack
        return stack[-1] if stack else None

    def redraw(self) -> None:
        """Write the whole screen again."""
        if self._painter is not None:
            self._painter.forget()
        self.refresh(layout=True)

    def copy(self, text: str) -> None:
        """Have the terminal take a harmless text to its clipboard.

        Raises:
            TooLong: it would not take it, or only a part of it.
        """
        data = copying(text)
        if self._driver is not None:
            self._driver.write(data)
            self._driver.flush()

    def set_mouse(self, enabled: bool) -> bool:
        """Let the mouse belong to the inspector or to the terminal; return whether it now is the inspector's."""
        driver: Any = self._driver
        if driver is None or not hasattr(driver, "_enable_mouse_support"):
            return False
        if enabled:
            driver._mouse = True
            driver._enable_mouse_support()
        else:
            driver._disable_mouse_support()
            driver._mouse = False
        return enabled

    def _build_driver(self, headless: bool, inline: bool, mouse: bool, size: tuple[int, int] | None) -> Driver:
        driver = super()._build_driver(headless, inline, mouse, size)
        make_patient()
        let_go()
        come_back_whole(driver)
        if not headless and sys.__stderr__ is not None and not sys.__stderr__.isatty() and hasattr(driver, "_file"):
            driver._file = sys.__stdout__  # standard error is redirected to a file: the screen does not belong there
        if not headless and hasattr(driver, "_file"):
            driver._file = ForgivingFile(driver._file)
        stop = driver.stop_application_mode

        def stop_plainly() -> None:
            driver.write(_PLAINLY)  # the last frame may have left a colour
            stop()

        driver.stop_application_mode = stop_plainly  # type: ignore[method-assign]
        return driver

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if not isinstance(renderable, (LayoutUpdate, ChopsUpdate)) or not self._writes_frames():
            super()._display(screen, renderable)
            return
        try:
            self._draw(renderable)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            self._stock_only = True
            if self._driver is not None:
                self._driver.write(_PLAINLY)
            super()._display(screen, renderable)
            self.refresh(layout=True)
            return
        self.post_display_hook()

    def _writes_frames(self) -> bool:
        driver = self._driver
        if self._stock_only or self._batch_count or not self._running or self._closed or driver is None:
            return False
        return not (self.is_headless or driver.is_inline)

    def _draw(self, update: LayoutUpdate | ChopsUpdate) -> None:
        if self._painter is None:
            # Colours of the themes are all among the 256, which are written in fewer bytes.
            system = min(self.console._color_system or ColorSystem.EIGHT_BIT, ColorSystem.EIGHT_BIT)
            self._painter = Painter(system, erases_in_colour=erases_in_colour(dict(os.environ)))
        if self._painter.draw(update):
            self._misfits = 0
            self._write_frame()
            return
        self._misfits += 1
        if self._misfits <= _MOST_MISFITS:
            self.refresh(layout=True)

    def _write_frame(self) -> None:
        """Write what changed, or come back later when the terminal has not yet taken what was written before."""
        writer = getattr(self._driver, "_writer_thread", None)
        if writer is not None and writer._queue.qsize() >= _MOST_WAITING:
            self._write_later()
            return
        data = self._painter.take() if self._painter is not None else ""
        if not data or self._driver is None:
            return
        if self._sync_available and len(data) > _SYNCED_BYTES:
            data = f"{SYNC_START}{data}{SYNC_END}"
        self._driver.write(data)
        self._driver.flush()

    def _write_later(self) -> None:
        if not self._retrying:
            self._retrying = True
            self.set_timer(_RETRY_SECONDS, self._retry)

    def _retry(self) -> None:
        self._retrying = False
        if self._writes_frames():
            self._write_frame()
        elif self._batch_count:
            self._write_later()  # after which Textual need not paint: what was drawn before would never be seen
