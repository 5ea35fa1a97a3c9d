"""The timeline's filter through its key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.screens.timeline import filtering
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline
from tests.tui.screens.walking import inspector, shown, until, until_shown


async def test_f_asks_shows_and_leaves_the_filter(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("f", *"type:tool error", "enter")
        await until_shown(app, pilot, "whole run · filter type:tool error · 1 of 31 events")
        assert "get_reservation_details" in shown(app)
        await pilot.press("f")
        assert shown(app).splitlines()[-1].startswith("filter: type:tool error")
        await pilot.press("ctrl+u", "enter")
        assert "filter" not in shown(app).splitlines()[0]


async def test_a_mistake_is_asked_again_with_the_cursor_on_it(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("f", *"error tol:x", "enter")
        await until_shown(app, pilot, "✗ column 7: unknown name tol (did you mean tool?)")
        assert shown(app).splitlines()[-1].startswith("filter: error tol:x")
        await pilot.press("delete", "delete", "delete", *"tool")
        assert "column 7" not in shown(app)
        await pilot.press("backspace", "escape")
        screen: Any = app.screen
        assert not screen.state.view.filtered


async def test_a_mistake_leaves_the_filter_before_in_force(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("f", *"type:tool", "enter")
        await until_shown(app, pilot, "3 of 31")
        await pilot.press("f", "ctrl+u", *"type:", "enter")
        await until_shown(app, pilot, "✗ column 6")
        assert "filter type:tool · 3 of 31 events" in shown(app)


async def test_the_same_filter_again_leaves_the_selected_event_selected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filtering, "_FIRST_SECONDS", 0.0)
    monkeypatch.setattr(filtering, "_REPORT_SECONDS", 0.0)
    async with inspector(tmp_path) as (app, pilot):
        state: Any = app.screen.state  # type: ignore[attr-defined]
        await pilot.press("f", *"type:tool", "enter")
        await until(pilot, lambda: state.filtering.version is not None and state.view.count == 3)
        changes = state.filtering.changes
        await pilot.press("G", "f", "enter")
        await until(pilot, lambda: state.filtering.version is not None and state.filtering.changes > changes)
        assert state.line == 21


async def test_search_finds_only_what_is_shown(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        screen: Any = app.screen
        await pilot.press("f", *"role:user", "enter")
        await until_shown(app, pilot, "4 of 31")
        await pilot.press("slash", *"STOP", "enter")
        await until(pilot, lambda: screen.state.line == 11)
        await pilot.press("slash", *"HATHAT", "enter")
        await until_shown(app, pilot, "not found among the filtered events: HATHAT")


async def test_it_opens_with_a_filter(tmp_path: Path) -> None:
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="off") as log:
        app = InspectorApp(EventSource(log), expression="error")
        async with app.run_test(size=(80, 24)) as pilot:
            await until_shown(app, pilot, "filter error · 2 of 31 events")
