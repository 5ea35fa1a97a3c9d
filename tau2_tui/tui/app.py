"""The inspector's app: which screen, which theme, and how it ends."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Hashable, Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import Any, ClassVar

from textual import on
from textual.binding import BindingType
from textual.worker import get_current_worker

from tau2_tui.tui.actions import TIMELINE, chords
from tau2_tui.tui.inspection import Failed, Inspection
from tau2_tui.tui.messages import FactKnown
from tau2_tui.tui.output.textual_output import FrameOutput
from tau2_tui.tui.screens.catalogue import named, numbered
from tau2_tui.tui.screens.keyed import KeyedScreen
from tau2_tui.tui.screens.main import Compute, MainScreen
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tau2_tui.tui.source import EventSource
from tau2_tui.tui.themes import DARK, LIGHT, theme_for

_INTERRUPTED = 130

_PATIENCE_SECONDS = 0.2
"""How long a worker waits for the index before it asks whether it is still wanted."""

_HERE = Path(__file__).parent


def _collect_garbage_again() -> None:
    """End the rest that the command gave the garbage collector for the start; what was loaded is never looked at."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


class InspectorApp(FrameOutput[None], inherit_bindings=False):
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
        at: str = "",
        expression: str = "",
        follow: bool = False,
        remembers: bool = False,
    ) -> None:
        """Make the app.

        Args:
            source: the log.
            more: further logs, to compare it with.
            at: the place to go to at first, as the user would type it after ``:``.
            expression: the filter of the timeline to begin with.
            follow: to follow the log as it grows.
            remembers: to keep bookmarks and place of the log for the next time.
        """
        super().__init__(ansi_color=True)
        self.animation_level = "none"
        self.inspection = Inspection([source, *more])
        self._at = at
        self._expression = expression
        self._follow = follow
        self._remembers = remembers
        self._screens: dict[str, MainScreen] = {}
        self._mouse_is_ours = False
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.theme = theme_for(os.environ)

    def get_default_screen(self) -> TimelineScreen:
        """Return the screen that the inspector opens with."""
        timeline = TimelineScreen(self.inspection, self._at, self._expression, self._follow, self._remembers)
        self.install_screen(timeline, TIMELINE)
        self._screens[TIMELINE] = timeline
        return timeline

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
        """Show what the keys of this screen do."""
        from tau2_tui.tui.screens.help.screen import HelpScreen

        if isinstance(self.screen, KeyedScreen):
            self.push_screen(HelpScreen(self.screen.NAME))

    def action_screen(self, number: int) -> None:
        """Show the main screen with that number."""
        found = numbered(number)
        if found is not None:
            self.show_screen(found.name)

    def show_screen(self, name: str) -> None:
        """Show a main screen, as it was when it was left."""
        current = self.screen
        if name not in self._screens:
            self._screens[name] = named(name).make(self.inspection)
            self.install_screen(self._screens[name], name)
        if not isinstance(current, MainScreen) or current is self._screens[name]:
            return
        if name == TIMELINE:
            self.pop_screen()  # the timeline lies under all others
        elif current.NAME == TIMELINE:
            self.push_screen(name)
        else:
            self.switch_screen(name)

    # What workers find out

    def fact(self, name: Hashable, compute: Compute, log: int = 0) -> Any:
        """Return what is known under a name; see :meth:`.MainScreen.fact`."""
        source, facts = self.inspection.sources[log], self.inspection.facts
        version = source.version
        if source.complete and facts.is_wanted(name, version):

            def find_out() -> None:
                worker = get_current_worker()
                while not source.log.wait(_PATIENCE_SECONDS, checked=False):
                    if worker.is_cancelled:
                        return
                try:
                    value: Any = compute(source.log)
                except Exception as error:  # whatever it is, the rest of the inspector goes on and says so
                    value = Failed(f"{type(error).__name__}: {error}")
                if not worker.is_cancelled:
                    self.post_message(FactKnown(name, version, value))

            self.run_worker(find_out, thread=True, group="facts", exit_on_error=False)
        return facts.get(name, version)

    @on(FactKnown)
    def _fact_known(self, message: FactKnown) -> None:
        self.inspection.facts.put(message.name, message.version, message.value)
        screen = self.screen
        if isinstance(screen, MainScreen):
            screen.fact_known(message.name)
            screen.sync()

    def action_mouse(self) -> None:
        """Give the mouse to the inspector, or back to the terminal."""
        self._mouse_is_ours = self.set_mouse(not self._mouse_is_ours)
        screen = self.screen
        if isinstance(screen, MainScreen):
            owner = "the inspector" if self._mouse_is_ours else "the terminal"
            screen.say(f"the mouse belongs to {owner}")
            screen.sync()
