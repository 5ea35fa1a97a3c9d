from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tau2_tui.tui.screens.conversation.screen import ConversationScreen
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tests.tui.logs import hostile
from tests.tui.screens.walking import inspector, shown, until, until_shown


async def test_c_shows_the_conversation_at_the_event_and_enter_goes_to_another(tmp_path: Path) -> None:
    async with inspector(tmp_path, (100, 40)) as (app, pilot):
        state: Any = app.screen.state  # type: ignore[attr-defined]
        await pilot.press("colon", *"7:1", "enter", "d")
        await until(pilot, lambda: state.line == 18)
        await pilot.press("c")
        text = await until_shown(app, pilot, "conversation")
        assert text.splitlines()[0].startswith("#2 task 7 trial 1")
        screen: Any = app.screen
        assert "cancel_reservation" in "".join(run.text for run in screen._rows[screen.window.cursor].runs)
        await pilot.press("g", "j", "j", "enter")
        await until(pilot, lambda: isinstance(app.screen, TimelineScreen))
        assert state.line == 15 and state.view.ref.simulation_id == "sim-b"


async def test_c_again_and_escape_go_back_where_one_was(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        state: Any = app.screen.state  # type: ignore[attr-defined]
        await pilot.press("c")
        assert "no simulation here" in shown(app)
        await pilot.press("j", "j", "j", "j")
        for key in ("c", "escape", "q"):
            await pilot.press("c")
            await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
            await pilot.press("G", key)
            await until(pilot, lambda: isinstance(app.screen, TimelineScreen))
        assert state.line == 4


async def test_the_cursor_stays_at_its_event_when_the_terminal_is_resized(tmp_path: Path) -> None:
    async with inspector(tmp_path, (100, 30)) as (app, pilot):
        await pilot.press("colon", *"7:1", "enter", "c")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        screen: Any = app.screen
        await pilot.press("G")
        line = screen._line_at_cursor()
        await pilot.resize_terminal(30, 8)
        await until(pilot, lambda: screen._width == 30)
        assert screen._line_at_cursor() == line


@pytest.mark.parametrize("size", [(20, 5), (80, 24), (300, 100)])
async def test_hostile_text_at_any_size(size: tuple[int, int], tmp_path: Path) -> None:
    async with inspector(tmp_path, size, lambda path: hostile(path, size=5_000)) as (app, pilot):
        await pilot.press("j", "c")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        await pilot.press("pagedown", "G", "pageup", "g")
        assert "\x1b" not in shown(app)
