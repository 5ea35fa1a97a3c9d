"""The palette through its keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tau2_tui.tui.actions import valid_on
from tau2_tui.tui.screens.help.screen import HelpScreen
from tau2_tui.tui.screens.palette import state as state_module
from tau2_tui.tui.screens.palette.screen import PaletteScreen
from tau2_tui.tui.screens.simulations.screen import SimulationsScreen
from tau2_tui.tui.screens.statistics.screen import StatisticsScreen
from tau2_tui.tui.screens.statistics.sections import PANES
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline, hostile, long_run
from tests.tui.screens.walking import inspector, shown, until, until_shown


async def palette(app: Any, pilot: Any, text: str) -> str:
    await pilot.press("ctrl+p")
    await until(pilot, lambda: isinstance(app.screen, PaletteScreen))
    await pilot.press(*(" " if letter == " " else letter for letter in text))
    return shown(app)


async def test_it_offers_every_action_of_the_screen_with_its_keys(tmp_path: Path) -> None:
    async with inspector(tmp_path, (120, 40)) as (app, pilot):
        await palette(app, pilot, "")
        screen: Any = app.screen
        commands = [screen.state.command(row) for row in range(screen.state.left)]
        offered = {(command.title, command.keys) for command in commands}
        for action in valid_on("timeline"):
            assert action.name == "palette" or (action.label, action.key_text) in offered
        assert not any(command.title == "against" for command in commands)  # is another screen's


async def test_an_action_is_done_on_the_screen_below(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await palette(app, pilot, "next err")
        await pilot.press("escape")
        timeline = app.screen
        assert isinstance(timeline, TimelineScreen)
        await palette(app, pilot, "search")
        await pilot.press("enter", *"Boston")
        assert app.screen is timeline and timeline.asking and "/Boston" in shown(app)


async def test_it_leads_to_a_screen_a_section_and_a_simulation(tmp_path: Path) -> None:
    async with inspector(tmp_path, (100, 30)) as (app, pilot):
        await palette(app, pilot, "screen 2")
        await pilot.press("enter")
        assert isinstance(app.screen, SimulationsScreen)
        await palette(app, pilot, "statistics latency")
        await pilot.press("enter")
        screen = app.screen
        assert isinstance(screen, StatisticsScreen) and PANES[screen.pane].title == "latency"
        await until(pilot, lambda: bool(app.inspection.source.outcomes))
        assert "✗ 7:1" in await palette(app, pilot, "7:1")
        await pilot.press("enter")
        timeline: Any = app.screen
        await until(pilot, lambda: timeline.state.view.ref is not None)
        assert timeline.state.view.ref.simulation_id == "sim-b"


async def test_of_many_simulations_the_last_one_is_found_in_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_module, "_TURN", 5)
    async with inspector(tmp_path, write=long_run) as (app, pilot):
        await palette(app, pilot, "59:1")
        screen = await until_shown(app, pilot, " 59:1 ")
        assert "#120" in screen
        await until_shown(app, pilot, "1 of")
        await pilot.press("enter")
        timeline: Any = app.screen
        await until(pilot, lambda: timeline.state.view.ref is not None)
        assert timeline.state.view.ref.simulation_id == "sim-59-1"


async def test_a_simulation_has_the_number_by_which_it_can_be_gone_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EventSource, "simulation_number", lambda self, name: {"sim-b": 42}.get(name, 1))
    async with inspector(tmp_path) as (app, pilot):
        assert "#42" in await palette(app, pilot, "7:1")


async def test_what_does_not_exist_is_not_done(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        assert "nothing is called that" in await palette(app, pilot, "zzzz")
        await pilot.press("enter")
        assert isinstance(app.screen, PaletteScreen)
        await pilot.press("ctrl+u", "down", "up", "pagedown", "pageup", "escape")
        assert isinstance(app.screen, TimelineScreen)


async def test_over_the_help_a_simulation_takes_the_help_away(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await palette(app, pilot, "12:0")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TimelineScreen))


async def test_a_theme_is_chosen_and_said(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await palette(app, pilot, "theme contrast")
        await pilot.press("enter")
        assert app.theme == "tau2-contrast" and app.theme_name == "contrast"
        assert "in use" in await palette(app, pilot, "theme contrast")


async def test_a_click_does_what_the_row_says(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await palette(app, pilot, "screen 2")
        await pilot.click("#rows", offset=(20, 0))
        await until(pilot, lambda: isinstance(app.screen, SimulationsScreen))


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (300, 100)])
@pytest.mark.parametrize("write", [airline, hostile])
async def test_any_size_and_any_content_is_drawn(tmp_path: Path, size: tuple[int, int], write: Any) -> None:
    async with inspector(tmp_path, size, write) as (app, pilot):
        await until(pilot, lambda: bool(app.inspection.source.outcomes))
        await palette(app, pilot, "")
        await pilot.press("pagedown", "pagedown", "e")
        await pilot.pause()
        screen = shown(app)
        assert "\x1b" not in screen and "\u202e" not in screen and app.failure is None
