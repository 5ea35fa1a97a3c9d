"""A main screen: one view on the logs, among those that the number keys change between."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, cast

from tau2_tui.runlog.log import RunLog
from tau2_tui.tui.inspection import Failed, Inspection
from tau2_tui.tui.screens.prompting import PromptingScreen
from tau2_tui.tui.widgets.painting import DrawnRows

if TYPE_CHECKING:
    from tau2_tui.tui.app import InspectorApp

Compute = Callable[[RunLog], Any]
"""Finds something out about a log that is indexed whole, in a worker's thread."""


class MainScreen(PromptingScreen):
    """A view that knows the logs, the place that all views speak of, and what workers found out."""

    def __init__(self, inspection: Inspection) -> None:
        super().__init__()
        self.inspection = inspection
        self.message = ""
        self._drawn: list[DrawnRows] = []

    def on_mount(self) -> None:
        """Know what there is to draw."""
        self._drawn = list(self.query(DrawnRows))

    def on_screen_resume(self) -> None:
        """Show what was chosen on another screen meanwhile."""
        self.shown()
        self.sync()

    def shown(self) -> None:
        """Take note that the screen is in sight, and of the place that was chosen meanwhile."""

    def fact_known(self, name: Hashable) -> None:
        """Take note that a worker found something out."""

    def fact(self, name: Hashable, compute: Compute, *, log: int = 0) -> Any:
        """Return what is known under a name, and have a worker find it out when it is not; None until it has.

        Args:
            name: by which it is kept; the same on every screen that needs it.
            compute: finds it out.
            log: place of the log among those that are open.

        Returns:
            What ``compute`` returned, or a :class:`Failed`.
        """
        return self.inspector.fact((name, log), compute, log)

    @property
    def inspector(self) -> InspectorApp:
        """The app."""
        return cast("InspectorApp", self.app)

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

    def on_resize(self) -> None:
        """Draw for another size of the terminal."""
        self.call_after_refresh(self.sync)


def failure_of(value: object) -> str | None:
    """Return why something could not be found out, None when it could or is not known yet."""
    return value.reason if isinstance(value, Failed) else None
