"""The inspector's app: which screen, which theme, and how it ends."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from functools import partial
from pathlib import Path, PurePath
from typing import ClassVar

from textual.binding import BindingType

from tau2_tui.tui.actions import TIMELINE, chords
from tau2_tui.tui.output.textual_output import FrameOutput
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tau2_tui.tui.source import EventSource
from tau2_tui.tui.themes import DARK, LIGHT, theme_for

_INTERRUPTED = 130
_HERE = Path(__file__).parent


def _collect_garbage_again() -> None:
    """End the rest that the command gave the garbage collector for the start; what was loaded is never looked at."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


class InspectorApp(FrameOutput[None], inherit_bindings=False):
    """Shows one run log."""

    BINDINGS: ClassVar[list[BindingType]] = list[BindingType](chords())
    # Textual does not load the style sheet of the screen that an app begins with.
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        _HERE / "inspector.tcss",
        _HERE / "screens" / "timeline" / "timeline.tcss",
    ]
    ENABLE_COMMAND_PALETTE = False
    TITLE = "tau2-tui"

    def __init__(self, source: EventSource, *, at: str = "") -> None:
        """Make the app.

        Args:
            source: the log.
            at: the place to go to at first, as the user would type it after ``:``.
        """
        super().__init__(ansi_color=True)
        self.animation_level = "none"
        self._source = source
        self._at = at
        self._mouse_is_ours = False
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.theme = theme_for(os.environ)

    def get_default_screen(self) -> TimelineScreen:
        """Return the screen that the inspector opens with."""
        return TimelineScreen(self._source, self._at)

    def on_mount(self) -> None:
        """Leave the terminal as it was when the process is asked to end."""
        self.call_after_refresh(_collect_garbage_again)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, partial(self.exit, return_code=128 + number))

    def show(self, *, mouse: bool) -> int:
        """Run until the user leaves; return the exit code.

        Args:
            mouse: the mouse is for the inspector, not for the terminal's own selection.
        """
        self._mouse_is_ours = mouse
        self.run(mouse=mouse)
        return self.return_code or 0

    def action_interrupt(self) -> None:
        """Leave at once."""
        self.exit(return_code=_INTERRUPTED)

    def action_redraw(self) -> None:
        """Write the whole screen again."""
        self.redraw()

    def action_help(self) -> None:
        """Show what the keys do."""
        from tau2_tui.tui.screens.help.screen import HelpScreen

        self.push_screen(HelpScreen(TIMELINE))

    def action_mouse(self) -> None:
        """Give the mouse to the inspector, or back to the terminal."""
        self._mouse_is_ours = self.set_mouse(not self._mouse_is_ours)
        screen = self.screen
        if isinstance(screen, TimelineScreen):
            owner = "the inspector" if self._mouse_is_ours else "the terminal"
            screen.state.say(f"the mouse belongs to {owner}")
            screen.sync()
