"""A main screen: one view on the logs, among those that the number keys change between."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Any, cast

from textual import events
from textual.timer import Timer

from tau2_tui.runlog.log import RunLog
from tau2_tui.tui.format.runs import Run, both_ends, one_line
from tau2_tui.tui.inspection import Failed, Inspection
from tau2_tui.tui.recording import recording_runs
from tau2_tui.tui.screens.prompting import PromptingScreen
from tau2_tui.tui.widgets.bar import Bar
from tau2_tui.tui.widgets.painting import DrawnRows

if TYPE_CHECKING:
    from tau2_tui.tui.app import InspectorApp

_LEAST_SECONDS = 0.25
"""Least time between two drawings because of what comes by itself."""

Compute = Callable[[RunLog], Any]
"""Finds something out about a log that is indexed whole, in a worker's thread."""


class MainScreen(PromptingScreen):
    """A view that knows the logs, the place that all views speak of, and what workers found out."""

    def __init__(self, inspection: Inspection) -> None:
        super().__init__()
        self.inspection = inspection
        self.message = ""
        self._drawn: list[DrawnRows] = []
        self._synced = 0.0
        self._syncing: Timer | None = None

    def on_mount(self) -> None:
        """Know what there is to draw."""
        self._drawn = list(self.query(DrawnRows))
        recording = self.inspection.recording
        if recording is not None and not self.query("#recording"):  # Textual also calls this for each base class
            bar = Bar(lambda width: recording_runs(recording.status, width), id="recording")
            self.mount(bar, before="#bottom")
            self._drawn.append(bar)

    def on_screen_resume(self) -> None:
        """Show what was chosen on another screen meanwhile."""
        self.shown()
        self.sync()

    def shown(self) -> None:
        """Take note that the screen is in sight, and of the place that was chosen meanwhile."""

    def log_grew(self) -> None:
        """Take note that more of the log is indexed, or that it was written to."""

    def fact_known(self, name: Hashable) -> None:
        """Take note that a worker found something out."""

    def recording_moved(self) -> None:
        """Say it."""
        self.sync()

    def fact(self, name: Hashable, compute: Compute, *, log: int = 0, partial: bool = False) -> Any:
        """Return what is known under a name, and have a worker find it out when it is not; None until it has.

        Args:
            name: by which it is kept; the same on every screen that needs it.
            compute: finds it out.
            log: place of the log among those that are open.
            partial: also of the part of the log that is indexed so far, and again as that grows.

        Returns:
            What ``compute`` returned, or a :class:`Failed`.
        """
        return self.inspector.fact(self.inspection, (name, log), compute, log, partial=partial)

    def asked(self, question: str, *details: Hashable) -> Any:
        """Return the answer to a question about the whole log, a :class:`Failed`, or None until it is known.

        Args:
            question: one of :mod:`~tau2_tui.tui.study.answers`.
            details: what it is about.
        """
        studies = self.inspector.studies
        return self.fact((question, *details), lambda log: studies.answer(log, question, *details))

    @property
    def inspector(self) -> InspectorApp:
        """The app."""
        return cast("InspectorApp", self.app)

    def title_line(self, left: Iterable[Run], right: Iterable[Run], width: int) -> tuple[Run, ...]:
        """Return a title of two ends, and what of the log cannot be read."""
        failure = self.inspection.source.log.failure
        trouble = [Run(f"  ✗ {one_line(failure, 100)}", "error")] if failure is not None else []
        return both_ends([*left, *trouble], right, width)

    def say(self, message: str) -> None:
        """Tell the user something, until the next key."""
        self.message = message

    def key_pressed(self) -> None:
        """Take note that a key was pressed: what was said before is off."""
        self.message = ""

    def sync(self) -> None:
        """Draw what has changed."""
        for widget in self._drawn:
            widget.update()

    def sync_soon(self) -> None:
        """Draw what has changed, but not right after the last time.

        For what comes by itself, perhaps without a pause: Textual paints when nothing else is to be done.
        """
        rest = _LEAST_SECONDS - (time.monotonic() - self._synced)
        if rest <= 0:
            self._synced = time.monotonic()
            self.sync()
        elif self._syncing is None:
            self._syncing = self.set_timer(rest, self._sync_now)

    def _sync_now(self) -> None:
        self._syncing = None
        self._synced = time.monotonic()
        self.sync()

    def on_resize(self, event: events.Resize) -> None:
        """Draw for another size of the terminal."""
        self.call_after_refresh(self.sync)


def failure_of(value: object) -> str | None:
    """Return why something could not be found out, None when it could or is not known yet."""
    return value.reason if isinstance(value, Failed) else None
