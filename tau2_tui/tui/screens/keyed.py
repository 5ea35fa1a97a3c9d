"""A screen whose keys come from the registry of actions."""

from __future__ import annotations

from inspect import isawaitable
from typing import ClassVar

from textual import events
from textual.screen import Screen

from tau2_tui.tui.actions import Action, keys_of
from tau2_tui.tui.widgets.painting import STYLE_CLASSES


class KeyedScreen(Screen[None], inherit_bindings=False):
    """A screen that obeys the registry's keys itself, one after the other.

    Textual's bindings run in the app, which has by then handed the keys that follow to the screen: of ``/abc`` typed
    in one go, ``abc`` would arrive before the prompt is open.
    """

    NAME: ClassVar[str]
    """The screen's name in the registry."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(STYLE_CLASSES)
    ALLOW_SELECT = False
    AUTO_FOCUS = ""

    async def on_key(self, event: events.Key) -> None:
        """Obey a key, unless the screen takes it as text."""
        if self.takes(event):
            event.stop()
            return
        action = keys_of(self.NAME).get(event.key)
        if action is not None:
            event.stop()
            await self._perform(action)

    def takes(self, event: events.Key) -> bool:
        """Take a key as text that is typed; False when the screen does not ask for any."""
        return False

    async def _perform(self, action: Action) -> None:
        name = f"action_{action.name}"
        method = getattr(self, name, None) or getattr(self.app, name)
        result = method() if action.argument is None else method(action.argument)
        if isawaitable(result):
            await result
