"""The part of the app that holds the open logs: each has its own screens, which are as they were left."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on

from tau2_tui.runlog.log import RunLog
from tau2_tui.tui.actions import TIMELINE
from tau2_tui.tui.finding import FindingApp
from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.inspection import Inspection
from tau2_tui.tui.messages import LogOpened
from tau2_tui.tui.preferences import Preferences
from tau2_tui.tui.screens.catalogue import named, numbered
from tau2_tui.tui.screens.main import MainScreen
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tau2_tui.tui.source import EventSource

if TYPE_CHECKING:
    from tau2_tui.tui.screens.opening.screen import OpeningScreen


@dataclass
class Desk:
    """A log and the screens that show it.

    Attributes:
        inspection: the log, then the others that are open.
        screens: those that were looked at, by name.
    """

    inspection: Inspection
    screens: dict[str, MainScreen] = field(default_factory=dict)


class DesksApp(FindingApp, inherit_bindings=False):
    """An app that shows one of several logs."""

    remembers: bool = False
    """Whether anything is kept for the next time."""

    def lay_out(self, sources: Sequence[EventSource], failures: Sequence[str]) -> None:
        """Take the logs to begin with; the first one is shown.

        Args:
            sources: the logs, at least one.
            failures: what could not be opened, and why, a line each; untrusted.
        """
        self.preferences = Preferences()
        self._at = 0
        self._opened: list[RunLog] = []
        self.desks = [
            Desk(Inspection([source, *sources[:place], *sources[place + 1 :]], failures))
            for place, source in enumerate(sources)
        ]

    def on_mount(self) -> None:
        """Keep which logs are looked at, once they are on the screen."""
        sources = [desk.inspection.source for desk in self.desks]
        self.call_after_refresh(lambda: self._keep_recent(sources))

    @property
    def desk(self) -> Desk:
        """The log that is shown, with its screens."""
        return self.desks[self._at]

    @property
    def inspection(self) -> Inspection:
        """What the screens of the log that is shown share."""
        return self.desk.inspection

    def make_timeline(self, desk: Desk) -> TimelineScreen:
        """Return a new timeline of a log."""
        return TimelineScreen(desk.inspection, remembers=self.remembers)

    def _screen_of(self, desk: Desk, name: str) -> MainScreen:
        if name not in desk.screens:
            screen = self.make_timeline(desk) if name == TIMELINE else named(name).make(desk.inspection)
            desk.screens[name] = screen
            self.install_screen(screen, f"{name} {self.desks.index(desk)}")
        return desk.screens[name]

    def action_screen(self, number: int) -> None:
        """Show the main screen with that number."""
        found = numbered(number)
        if found is not None:
            self.show_screen(found.name)

    def show_screen(self, name: str) -> None:
        """Show a main screen of the log, as it was when it was left."""
        current, wanted = self.screen, self._screen_of(self.desk, name)
        if not isinstance(current, MainScreen) or current is wanted:
            return
        if name == TIMELINE:
            self.pop_screen()  # the timeline lies under all others
        elif current.NAME == TIMELINE:
            self.push_screen(wanted)
        else:
            self.switch_screen(wanted)

    def log_grew(self, inspection: Inspection) -> None:
        """Let the screen that is looked at, when it is not the timeline that says so, know more of its log."""
        screen = self.in_sight
        if isinstance(screen, MainScreen) and screen.inspection is inspection and screen.NAME != TIMELINE:
            screen.log_grew()
            screen.sync()

    def uncover(self) -> None:
        """Take away what lies over a main screen."""
        while not isinstance(self.screen, MainScreen):
            self.pop_screen()

    # Several logs

    def show_log(self, place: int) -> None:
        """Show another open log, on the screen that is looked at now."""
        self.uncover()
        name = self.screen.NAME if isinstance(self.screen, MainScreen) else TIMELINE
        if place != self._at:
            while len(self.screen_stack) > 1:
                self.pop_screen()
            self._at = place
            if place:  # the first log's timeline lies under all others
                self.push_screen(self._screen_of(self.desk, TIMELINE))
            self.show_screen(name)
        shown = self.screen
        if isinstance(shown, MainScreen):
            shown.say(f"log {place + 1} of {len(self.desks)}: {one_line(self.inspection.source.name, 200)}")

    def action_log(self, direction: int) -> None:
        """Show the next or previous open log."""
        if len(self.desks) > 1:
            self.show_log((self._at + direction) % len(self.desks))
        elif isinstance(self.screen, MainScreen):
            self.screen.say("one log is open: o opens another one")
            self.screen.sync()

    def add_log(self, log: RunLog) -> None:
        """Show a log that was opened meanwhile; one that is open already is shown as it was left."""
        for place, desk in enumerate(self.desks):
            if desk.inspection.source.log.path.absolute() == log.path.absolute():
                log.close()
                self.show_log(place)
                return
        source = EventSource(log)
        self._opened.append(log)
        others = [desk.inspection.source for desk in self.desks]
        for desk in self.desks:
            desk.inspection.sources.append(source)
        inspection = Inspection([source, *others], self.inspection.failures)
        inspection.recording = self.inspection.recording
        self.desks.append(Desk(inspection))
        self._keep_recent([source])
        self.show_log(len(self.desks) - 1)

    def action_open_log(self) -> None:
        """Ask for another log."""
        self.open_log()

    def open_log(self, path: Path | None = None) -> None:
        """Open a log, or ask which one; what is wrong with it is said where it is asked for."""
        from tau2_tui.tui.screens.opening.screen import OpeningScreen

        opened = [
            (place, desk.inspection.source.name) for place, desk in enumerate(self.desks) if desk is not self.desk
        ]
        text = "" if path is None else str(path)
        self.push_screen(OpeningScreen(opened, self.recent_logs(), self.show_log, self._bring, text))

    def recent_logs(self) -> list[Path]:
        """Return the logs looked at lately that are not open."""
        opened = {Path(os.path.abspath(desk.inspection.source.log.path)) for desk in self.desks}  # noqa: PTH100
        return [path for path in self.preferences.recent() if path not in opened]

    def _bring(self, screen: OpeningScreen, log: RunLog) -> None:
        """Pass a log on that a worker opened; after the end of the app nobody takes it."""
        if not self.post_message(LogOpened(screen, log)):
            log.close()

    @on(LogOpened)
    def _log_opened(self, message: LogOpened) -> None:
        screen = self.in_sight
        if screen is not None and screen is message.asked_by:
            screen.dismiss()
            self.add_log(message.log)
        else:
            message.log.close()  # nobody waits for it any more

    def close_logs(self) -> None:
        """Close what was opened here."""
        for log in self._opened:
            log.close()

    def _keep_recent(self, sources: Sequence[EventSource]) -> None:
        paths = [source.log.path for source in sources]

        def keep() -> None:
            self.preferences.keep_recent([Path(os.path.abspath(path)) for path in paths if path.exists()])  # noqa: PTH100

        if self.remembers:
            self.run_worker(keep, thread=True, group="keep", exit_on_error=False)
