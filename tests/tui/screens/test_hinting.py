"""The hint line, drawn and clicked."""

from __future__ import annotations

from pathlib import Path

from tau2_tui.tui.actions import hints
from tau2_tui.tui.screens.help.screen import HelpScreen
from tau2_tui.tui.screens.hinting import hint_at, hint_runs
from tau2_tui.tui.screens.simulations.screen import SimulationsScreen
from tau2_tui.tui.screens.statistics.screen import StatisticsScreen
from tests.tui.screens.walking import inspector, shown, until, until_shown

PAIRS = [("enter", "open"), ("^p", "palette"), ("?", "keys")]


def test_as_many_hints_as_fit_whole() -> None:
    assert "".join(run.text for run in hint_runs(PAIRS, 80)) == "enter open  ^p palette  ? keys"
    assert "".join(run.text for run in hint_runs(PAIRS, 29)) == "enter open  ? keys"
    assert hint_runs(PAIRS, 5) == ()


def test_where_all_keys_are_listed_is_hinted_at_while_there_is_room_for_anything() -> None:
    for screen in ("timeline", "overview", "simulations", "state", "gold", "statistics", "compare"):
        for cells in range(6, 200):
            line = "".join(run.text for run in hint_runs(hints(screen), cells))
            assert "? keys" in line and len(line) <= cells


def test_a_column_belongs_to_the_hint_that_stands_in_it() -> None:
    line = "".join(run.text for run in hint_runs(PAIRS, 80))
    assert [hint_at(PAIRS, 80, line.index(word)) for word in ("enter", "palette", "?")] == [0, 1, 2]
    assert hint_at(PAIRS, 80, line.index("  ")) is None and hint_at(PAIRS, 80, 60) is None
    assert hint_at(PAIRS, 22, line.index("?")) is None  # it stands further to the left then
    assert hint_at(PAIRS, 22, "enter open  ? keys".index("?")) == 2


async def test_a_click_on_a_hint_does_what_it_says(tmp_path: Path) -> None:
    async with inspector(tmp_path, (120, 24)) as (app, pilot):
        await pilot.press("2")
        await until_shown(app, pilot, "✗ failed")
        at = shown(app).splitlines()[-1].index("? keys")
        await pilot.click("#bottom", offset=(at + 2, 0))
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))


async def test_the_help_says_how_much_more_there_is_and_is_left_by_a_click(tmp_path: Path) -> None:
    async with inspector(tmp_path, (80, 24)) as (app, pilot):
        await pilot.press("question_mark")
        await until_shown(app, pilot, "rows more below")
        await pilot.press("G")
        assert "more below" not in shown(app)
        at = shown(app).splitlines()[-1].index("q close")
        await pilot.click("#bottom", offset=(at, 0))
        await until(pilot, lambda: not isinstance(app.screen, HelpScreen))


async def test_a_click_on_a_message_is_no_click_on_the_hint_that_it_hides(tmp_path: Path) -> None:
    async with inspector(tmp_path, (120, 24)) as (app, pilot):
        await pilot.press("2")
        await until_shown(app, pilot, "✗ failed")
        at = shown(app).splitlines()[-1].index("? keys")
        await pilot.press(">")
        assert "ordered by" in shown(app)
        await pilot.click("#bottom", offset=(at, 0))
        assert isinstance(app.screen, SimulationsScreen)


async def test_a_click_on_a_heading_orders_and_a_second_one_turns_the_order(tmp_path: Path) -> None:
    async with inspector(tmp_path, (120, 24)) as (app, pilot):
        await pilot.press("2")
        await until_shown(app, pilot, "✗ failed")
        screen = app.screen
        assert isinstance(screen, SimulationsScreen)
        at = shown(app).splitlines()[1].index("task")
        await pilot.click("#header", offset=(at, 0))
        await until_shown(app, pilot, "task▲")
        await pilot.click("#header", offset=(at, 0))
        await until_shown(app, pilot, "task▼")
        assert [row.counts.task_id for row in screen.table.rows] == ["12", "7", "7"]


async def test_a_click_on_the_title_of_a_pane_shows_it(tmp_path: Path) -> None:
    async with inspector(tmp_path, (120, 24)) as (app, pilot):
        await pilot.press("6")
        await until_shown(app, pilot, "tools")
        at = shown(app).splitlines()[1].index("tools")
        await pilot.click("#panes", offset=(at, 0))
        await until_shown(app, pilot, "[tools]")
        assert isinstance(app.screen, StatisticsScreen) and app.screen.pane == 2
