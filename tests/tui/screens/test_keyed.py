"""Keys that come when the screen that they were pressed on is gone."""

from __future__ import annotations

from pathlib import Path

from textual import events

from tau2_tui.tui.screens.keyed import KeyedScreen
from tests.tui.screens.walking import inspector


async def test_a_key_that_comes_after_the_last_screen_is_gone_does_nothing(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, _):
        screen, stack = app.screen, app._screen_stack
        assert isinstance(screen, KeyedScreen)
        kept = list(stack)
        stack.clear()  # as Textual does when the inspector is left
        await screen.on_key(events.Key("j", "j"))
        stack.extend(kept)
    assert app.failure is None
