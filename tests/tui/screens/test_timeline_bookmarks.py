"""The timeline's bookmarks, and what of a log is there again when it is opened the next time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.screens.bookmarks import BookmarksScreen
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tau2_tui.tui.screens.timeline.state import TimelineState
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline
from tests.tui.screens.walking import shown, until, until_shown


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "tau2-tui"


@asynccontextmanager
async def opened(path: Path, **options: Any) -> AsyncIterator[tuple[InspectorApp, Pilot[None], TimelineState]]:
    if not path.exists():
        airline(path)
    with RunLog.open(path, index="off") as log:
        app = InspectorApp(EventSource(log), remembers=True, **options)
        async with app.run_test(size=(100, 24)) as pilot:
            screen: Any = app.screen
            await until(pilot, lambda: log.complete and screen.state.outcomes_known)
            yield app, pilot, screen.state


async def test_a_bookmark_with_its_note_is_marked_listed_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    async with opened(path) as (app, pilot, state):
        await pilot.press("j", "j", "j", "m", *"look here", "enter")
        assert "bookmarked" in shown(app)
        await pilot.press("j", "j", "m", "enter", "k")
        assert [row[:1] for row in shown(app).splitlines()[5:8]] == ["*", "▌", "*"]
        await pilot.press("k")
        assert "* look here" in shown(app).splitlines()[-2]
    async with opened(path) as (app, pilot, state):
        await pilot.press("g", "apostrophe")
        await until(pilot, lambda: isinstance(app.screen, BookmarksScreen))
        text = shown(app)
        assert "bookmarks  2 events" in text and "look here" in text
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TimelineScreen))
        assert state.line == 3
        await pilot.press("apostrophe", "j", "j", "q")
        assert state.line == 3


async def test_m_on_a_bookmark_changes_its_note_or_takes_it_away(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    async with opened(path) as (app, pilot, state):
        await pilot.press("m", *"one", "enter", "m", *" two", "enter")
        assert state.bookmarks[0].note == "one two"
        await pilot.press("m", "escape")
        assert state.bookmarks
        await pilot.press("m", "ctrl+u", "enter")
        assert "bookmark taken away" in shown(app)
        await pilot.press("apostrophe")
        assert "no bookmark yet" in shown(app)
    async with opened(path) as (_, _, state):
        assert state.bookmarks == {}


async def test_a_bookmark_that_the_filter_hides_takes_it_off(tmp_path: Path) -> None:
    async with opened(tmp_path / "run.jsonl") as (app, pilot, state):
        await pilot.press("m", "enter", "f", *"type:tool", "enter")
        await until_shown(app, pilot, "3 of 31")
        await pilot.press("apostrophe", "enter")
        await until(pilot, lambda: state.line == 0)
        assert not state.view.filtered


async def test_place_and_filter_are_there_again(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    async with opened(path) as (app, pilot, state):
        await pilot.press("colon", *"7:1", "enter", "f", *"type:tool", "enter")
        await until_shown(app, pilot, "2 of 12")
        await pilot.press("G")
        assert state.line == 21
    async with opened(path) as (app, pilot, state):
        await until_shown(app, pilot, "#2 task 7 trial 1 · filter type:tool · 2 of 12 events")
        assert state.line == 21 and "where you left it" in shown(app)
    async with opened(path, at="7:0") as (app, pilot, state):
        assert state.view.ref is not None and state.view.ref.trial == 0 and not state.view.filtered
    async with opened(path, at="4") as (app, pilot, state):
        await until(pilot, lambda: state.line == 4)
    async with opened(path) as (app, pilot, state):
        await until(pilot, lambda: state.line == 4)
        assert state.view.whole and not state.view.filtered


async def test_a_place_that_is_no_more_is_no_harm(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "run.jsonl"
    async with opened(path, at="30"):
        pass
    (kept,) = (data / "places").iterdir()
    for content in (b'"line":99999,"simulation_id":"none"', b'"line":3,"filter":"nonsense:"'):
        text = kept.read_bytes()
        kept.write_bytes(text[: text.index(b'"line"')] + b'"filter":"",' + content + b"}\n")
        async with opened(path) as (app, pilot, _state):
            await pilot.pause(0.1)
            assert "whole run" in shown(app)


async def test_bookmarks_that_cannot_be_kept_are_there_until_the_end(tmp_path: Path, data: Path) -> None:
    path = airline(tmp_path / "run.jsonl")
    path.with_name(".run.jsonl.bookmarks").mkdir()
    data.parent.write_text("in the way")
    async with opened(path) as (app, pilot, state):
        await pilot.press("m", "enter")
        assert "for now only, it cannot be kept: Not a directory" in shown(app)
        assert 0 in state.bookmarks


async def test_without_memory_nothing_is_written(tmp_path: Path, data: Path) -> None:
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="off") as log:
        app = InspectorApp(EventSource(log))
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("m", "enter", "j")
            assert shown(app).splitlines()[2].startswith("*")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["run.jsonl"]
