"""The inspector's app: which screen, which theme, and how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from tau2_tui.tui import pauses
from tau2_tui.tui.actions import TIMELINE, chords
from tau2_tui.tui.desks import DesksApp
from tau2_tui.tui.messages import RecordingMoved
from tau2_tui.tui.output.stylesheet import SteadyStylesheet
from tau2_tui.tui.recording import Recording
from tau2_tui.tui.screens.keyed import KeyedScreen
from tau2_tui.tui.screens.main import MainScreen
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tau2_tui.tui.source import EventSource
from tau2_tui.tui.themes import CHOICES, THEMES, Choice, choice_named, choose

_INTERRUPTED = 130

_HERE = Path(__file__).parent


class InspectorApp(DesksApp, inherit_bindings=False):
    """Shows run logs."""

    BINDINGS: ClassVar[list[BindingType]] = list[BindingType](chords())
    # Textual does not load the style sheet of the screen that an app begins with.
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        _HERE / "inspector.tcss",
        _HERE / "screens" / "timeline" / "timeline.tcss",
    ]
    ENABLE_COMMAND_PALETTE = False
    TITLE = "tau2-tui"

    def __init__(
        self,
        source: EventSource,
        *,
        more: Sequence[EventSource] = (),
        failures: Sequence[str] = (),
        at: str = "",
        expression: str = "",
        follow: bool = False,
        remembers: bool = False,
        recording: Recording | None = None,
        theme: str | None = None,
    ) -> None:
        """Make the app.

        Args:
            source: the log.
            more: further logs, to compare it with.
            failures: what could not be opened, and why, a line each; untrusted.
            at: the place to go to at first, as the user would type it after ``:``.
            expression: the filter of the timeline to begin with.
            follow: to follow the log as it grows.
            remembers: to keep bookmarks and place of the log for the next time.
            recording: writes the log.
            theme: the name of the theme to begin with; None to choose by what is kept and by the terminal.
        """
        super().__init__(ansi_color=True)
        self.animation_level = "none"
        self.remembers = remembers
        self.lay_out([source, *more], failures)
        self.inspection.recording = self._recording = recording
        self._place = at
        self._expression = expression
        self._follow = follow
        self._mouse_is_ours = False
        self._closes_logs = False
        for known in THEMES:
            self.register_theme(known)
        self._choice = choose(os.environ, theme, self.preferences.theme() if remembers else None)
        self.theme = self._choice.theme(os.environ).name
        self.stylesheet = SteadyStylesheet(variables=self.get_css_variables())

    def get_default_screen(self) -> TimelineScreen:
        """Return the screen that the inspector opens with."""
        timeline = TimelineScreen(self.inspection, self._place, self._expression, self._follow, self.remembers)
        self.install_screen(timeline, TIMELINE)
        self.desk.screens[TIMELINE] = timeline
        return timeline

    def on_mount(self) -> None:
        """Leave the terminal as it was when the process is asked to end."""
        pauses.shorten()
        self.call_after_refresh(pauses.collect_again)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, partial(self.exit, return_code=128 + number))
        if self._recording is not None:
            self._recording.on_change(lambda: self.post_message(RecordingMoved()))
            self.post_message(RecordingMoved())  # it may have failed before

    def on_unmount(self) -> None:
        """Let workers that still read a log come to their end: the process waits for them."""
        self.studies.close()
        if self._closes_logs:
            for source in self.inspection.sources:
                source.log.close()

    def show(self, *, mouse: bool) -> int:
        """Run until the user leaves; return the exit code.

        Args:
            mouse: the mouse is for the inspector, not for the terminal's own selection.
        """
        self._mouse_is_ours = mouse
        self._closes_logs = True
        try:
            pauses.run(self.run_async(mouse=mouse))
        finally:
            self.close_logs()
        return self.return_code or 0

    def action_interrupt(self) -> None:
        """Leave at once."""
        self.exit(return_code=_INTERRUPTED)

    async def action_quit(self) -> None:
        """Leave; what becomes of a recording that is still running is asked before."""
        recording = self._recording
        if recording is None or recording.status.ended:
            self.exit()
        else:
            from tau2_tui.tui.screens.leaving.screen import LeavingScreen

            if not isinstance(self.screen, LeavingScreen):
                self.push_screen(LeavingScreen(recording, self.exit))

    @on(RecordingMoved)
    def _recording_moved(self) -> None:
        recording, screen = self._recording, self.in_sight
        if recording is not None and recording.status.ended and not recording.begun and len(self.desks) == 1:
            self.exit()  # there is nothing to look at, and what went wrong is said on the terminal
        elif isinstance(screen, KeyedScreen):
            screen.recording_moved()

    def action_redraw(self) -> None:
        """Write the whole screen again."""
        self.redraw()

    def action_palette(self) -> None:
        """Show everything that can be done here, to choose from."""
        from tau2_tui.tui.screens.palette.commands import commands, simulations
        from tau2_tui.tui.screens.palette.screen import PaletteScreen

        if isinstance(self.screen, KeyedScreen) and not self._is_open(PaletteScreen):
            self.push_screen(PaletteScreen(commands(self, self.screen), simulations(self)))

    def _is_open(self, kind: type[KeyedScreen]) -> bool:
        """Return whether such a screen lies over the others already: a key that is held must not pile them up."""
        return any(isinstance(screen, kind) for screen in self.screen_stack)

    def theme_choices(self) -> Sequence[Choice]:
        """Return the themes that there are."""
        return CHOICES

    @property
    def theme_name(self) -> str:
        """The theme in use, as the user names it."""
        return self._choice.name

    def choose_theme(self, name: str) -> None:
        """Use another theme, and keep that for the next time."""
        choice = choice_named(name)
        if choice is not None:
            self._choice = choice
            self.theme = choice.theme(os.environ).name
            if self.remembers:
                self.preferences.keep_theme(name)

    def action_help(self) -> None:
        """Show what the keys of this screen do."""
        from tau2_tui.tui.screens.help.screen import HelpScreen

        if isinstance(self.screen, HelpScreen):
            self.screen.dismiss()
        elif isinstance(self.screen, KeyedScreen) and not self._is_open(HelpScreen):
            self.push_screen(HelpScreen(self.screen.NAME))

    def action_mouse(self) -> None:
        """Give the mouse to the inspector, or back to the terminal."""
        self._mouse_is_ours = self.set_mouse(not self._mouse_is_ours)
        screen = self.screen
        if isinstance(screen, MainScreen):
            owner = "the inspector" if self._mouse_is_ours else "the terminal"
            screen.say(f"the mouse belongs to {owner}")
            screen.sync()
