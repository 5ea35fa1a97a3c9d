"""A screen whose keys come from the registry of actions."""

from __future__ import annotations

from inspect import isawaitable
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, on
from textual.await_complete import AwaitComplete

from tau2_tui.tui.actions import Action, hinted, hints, keys_of
from tau2_tui.tui.output.pacing import PacedScreen
from tau2_tui.tui.screens.hinting import hint_at, hint_runs
from tau2_tui.tui.widgets.painting import DrawnRows

if TYPE_CHECKING:
    from tau2_tui.tui.output.textual_output import FrameOutput


class KeyedScreen(PacedScreen, inherit_bindings=False):
    """A screen that obeys the registry's keys itself, one after the other.

    Textual's bindings run in the app, which has by then handed the keys that follow to the screen: of ``/abc`` typed
    in one go, ``abc`` would arrive before the prompt is open.
    """

    NAME: ClassVar[str]
    """The screen's name in the registry."""

    ALLOW_SELECT = False
    AUTO_FOCUS = ""

    async def on_key(self, event: events.Key) -> None:
        """Obey a key, unless the screen takes it as text, or is out of sight since the key was pressed."""
        if not self.is_active:
            event.stop()
            in_sight = cast("FrameOutput[None]", self.app).in_sight
            if in_sight is not None:  # otherwise the inspector is being left
                in_sight.post_message(events.Key(event.key, event.character))
            return
        if not self.children:
            return  # the inspector is being left
        if self.takes(event):
            event.stop()
            return
        action = keys_of(self.NAME).get(event.key)
        if action is not None:
            event.stop()
            await self.perform(action)

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Go back to the screen below; a second key or click before that is in sight does nothing more."""
        return super().dismiss(result) if self.is_active else AwaitComplete()

    def on_resize(self, event: events.Resize) -> None:
        """Take the size that the terminal has now.

        A screen's layout sends the screen an event with its own size, which may by then be that of a while ago, and may
        have replaced a newer one in the queue.
        """
        if event.size != self.app.size:
            event.prevent_default().stop()
            self.post_message(events.Resize(self.app.size, self.app.size))

    def takes(self, event: events.Key) -> bool:
        """Take a key as text that is typed; False when the screen does not ask for any."""
        return False

    def recording_moved(self) -> None:
        """Take note that there is something new to say of the recording that writes the log."""

    @on(DrawnRows.Picked)
    async def _hint_picked(self, message: DrawnRows.Picked) -> None:
        """Do what the hint says that was clicked."""
        cells = message.widget.size.width
        if message.widget.id == "bottom" and message.widget.drawn(0) == hint_runs(hints(self.NAME), cells):
            place = hint_at(hints(self.NAME), cells, message.x)
            if place is not None:
                await self.perform(hinted(self.NAME)[place])

    async def perform(self, action: Action) -> None:
        """Do what an action of the registry says."""
        name = f"action_{action.name}"
        method = getattr(self, name, None) or getattr(self.app, name)
        result = method() if action.argument is None else method(action.argument)
        if isawaitable(result):
            await result
