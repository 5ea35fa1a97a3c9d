"""The screen of reference actions through its keys."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.tui.actions import ACTIONS, TIMELINE, valid_on
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.messages import IndexProgress
from tau2_tui.tui.screens.gold.screen import GoldScreen
from tau2_tui.tui.screens.state.screen import StateScreen
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline, hostile
from tests.tui.screens.gold.scenes import reference_log
from tests.tui.screens.walking import inspector, shown, until, until_shown


def row_of(app: Any, text: str) -> int:
    rows = app.screen.rows
    return next(place for place, row in enumerate(rows) if text in "".join(run.text for run in row.runs))


@pytest.mark.parametrize("screen", [GoldScreen, StateScreen])
def test_every_key_does_something_and_one_thing_only(screen: Any) -> None:
    for action in valid_on(screen.NAME):
        assert hasattr(screen, f"action_{action.name}") or hasattr(InspectorApp, f"action_{action.name}"), action
    own = [key for action in ACTIONS if screen.NAME in action.where for key in action.keys]
    assert len(own) == len(set(own))


async def test_it_says_what_was_expected_and_what_was_done(tmp_path: Path) -> None:
    async with inspector(tmp_path, (80, 24), reference_log) as (app, pilot):
        await pilot.press("5")
        page = await until_shown(app, pilot, "✓ passed")
        assert "5 gold  #1 task 7 trial 0" in page and "as the reference" in page and "3 of 3 actions made" in page
        await pilot.press("}")
        page = await until_shown(app, pilot, "✗ failed")
        assert "task 7 trial 1" in page and "confidence" in page and "3 differences" in page
        assert "▸ 2 extra reads: get x2" in page and "+ agent" in page and "✗ user" in page
        assert '- id: "HATHAT"' in page and '+ id: "XEWRD9"' in page


async def test_a_page_asked_for_while_the_log_is_indexed_comes_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed = threading.Event()
    monkeypatch.setattr(EventSource, "complete", property(lambda source: indexed.is_set() and source.log.complete))
    async with inspector(tmp_path, (80, 24), reference_log) as (app, pilot):
        await pilot.press("5")
        assert "indexing" in shown(app)
        indexed.set()
        app.desk.screens[TIMELINE].post_message(IndexProgress())  # as the indexing thread does at its end
        await until_shown(app, pilot, "3 of 3 actions made")


async def test_d_goes_to_the_first_divergence_and_enter_from_there_to_the_call(tmp_path: Path) -> None:
    async with inspector(tmp_path, (80, 24), reference_log) as (app, pilot):
        await pilot.press("5")
        await until_shown(app, pilot, "✓ passed")
        await pilot.press("d")
        assert "it never parted from the reference" in shown(app)
        await pilot.press("]")
        await until_shown(app, pilot, "▶ first divergence: wrong arguments")
        await pilot.press("d")
        gold = app.screen
        assert isinstance(gold, GoldScreen) and gold.window.cursor == row_of(app, "▶ first divergence")
        await pilot.press("enter")
        timeline = app.screen
        assert isinstance(timeline, TimelineScreen)
        await until(pilot, lambda: timeline.state.view.ref is not None)
        entry: Any = timeline.state.entry
        assert entry.tool_name == "cancel" and entry.tool_args["id"] == "XEWRD9"
        assert timeline.state.view.ref is not None and timeline.state.view.ref.simulation_id == "otherwise"


async def test_e_goes_from_difference_to_difference(tmp_path: Path) -> None:
    async with inspector(tmp_path, (80, 24), reference_log) as (app, pilot):
        await pilot.press("5", "}")
        await until_shown(app, pilot, "✗ failed")
        gold: Any = app.screen
        found = []
        for _ in range(4):
            await pilot.press("e")
            found.append("".join(run.text for run in gold.rows[gold.window.cursor].runs)[4])
        assert found == ["≠", "+", "✗", "≠"]


async def test_space_shows_extra_reads_one_by_one_and_keeps_the_cursor_on_its_call(tmp_path: Path) -> None:
    async with inspector(tmp_path, (80, 24), reference_log) as (app, pilot):
        await pilot.press("5", "}")
        await until_shown(app, pilot, "▸ 2 extra reads")
        await pilot.press("e", "space")
        page = shown(app)
        assert "▸" not in page and page.count("· agent") == 2
        gold: Any = app.screen
        assert "cancel" in "".join(run.text for run in gold.rows[gold.window.cursor].runs)
        await pilot.press("space")
        assert "▸ 2 extra reads" in shown(app)


@pytest.mark.parametrize(("width", "beside"), [(99, False), (100, True)])
async def test_reference_and_calls_are_beside_each_other_where_there_is_room(
    tmp_path: Path, width: int, beside: bool
) -> None:
    async with inspector(tmp_path, (width, 30), reference_log) as (app, pilot):
        await pilot.press("5", "}")
        page = await until_shown(app, pilot, "✗ failed")
        assert ("│ calls that were made" in page) is beside
        await pilot.press("v")
        assert ("│ calls that were made" in shown(app)) is not beside


async def test_the_simulation_that_another_screen_chose_is_shown(tmp_path: Path) -> None:
    async with inspector(tmp_path, (80, 24), reference_log) as (app, pilot):
        await pilot.press("5")
        await until_shown(app, pilot, "✓ passed")
        await pilot.press("2")
        await until_shown(app, pilot, "✗ failed")
        await pilot.press("}", "5")
        await until_shown(app, pilot, "task 7 trial 1")
        await pilot.press("]")
        assert "no further simulation" in shown(app)
        await pilot.press("[")
        await until_shown(app, pilot, "task 7 trial 0")


async def test_a_reference_that_only_the_evaluation_names_is_taken(tmp_path: Path) -> None:
    async with inspector(tmp_path, (80, 24), airline) as (app, pilot):
        await pilot.press("5", "}")
        page = await until_shown(app, pilot, "✗ failed")
        assert "0 of 1 actions made" in page and '- reservation_id: "HATHAT"' in page


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (300, 100)])
@pytest.mark.parametrize("write", [airline, hostile, reference_log])
async def test_any_size_and_any_content_is_drawn(tmp_path: Path, size: tuple[int, int], write: Any) -> None:
    async with inspector(tmp_path, size, write) as (app, pilot):
        await pilot.press("5")
        await until(pilot, lambda: bool(app.screen.rows))  # type: ignore[attr-defined]
        await pilot.press("j", "G", "g", "d", "e", "E", "space", "v", "pagedown", "}", "]", "[", "question_mark")
        await pilot.press("escape", "4", "5", "enter")
        assert "\x1b" not in shown(app) and app.failure is None and isinstance(app.screen, TimelineScreen)
