"""The statistics through their keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.tui.screens.sheet.items import Sheet
from tau2_tui.tui.screens.statistics import writing
from tau2_tui.tui.screens.statistics.screen import StatisticsScreen
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tests.tui.logs import airline, hostile
from tests.tui.screens.walking import inspector, shown, until, until_shown


async def test_panes_come_one_after_the_other(tmp_path: Path) -> None:
    async with inspector(tmp_path, (100, 30)) as (app, pilot):
        await pilot.press("6")
        page = await until_shown(app, pilot, "new tasks like these")
        assert "[overview]" in page and "6 statistics  run.jsonl" in page
        await pilot.press("tab")
        assert "[tasks]" in await until_shown(app, pilot, "Tasks by trial")
        await pilot.press("right", "right")
        assert "[errors]" in await until_shown(app, pilot, "Errors of tool calls")
        await pilot.press("shift+tab", "left", "h", "h")
        assert "[sensitive data]" in await until_shown(app, pilot, "Sensitive data in arguments")


async def test_a_pane_is_computed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    compute = writing.write_sheet

    def counted(pane: writing.Pane, run: writing.Run) -> Sheet:
        made.append(pane.section)
        return compute(pane, run)

    monkeypatch.setattr(writing, "write_sheet", counted)
    async with inspector(tmp_path, (100, 30)) as (app, pilot):
        await pilot.press("6")
        await until_shown(app, pilot, "new tasks like these")
        await pilot.press("tab")
        await until_shown(app, pilot, "Tasks by trial")
        await pilot.press("shift+tab", "3", "6", "tab", "shift+tab")
        assert "new tasks like these" in shown(app) and made == ["overview", "tasks"]


async def test_from_a_number_to_its_meaning_and_to_an_event(tmp_path: Path) -> None:
    async with inspector(tmp_path, (100, 40)) as (app, pilot):
        await pilot.press("6", "tab", "tab", "tab")
        await until_shown(app, pilot, "error rate")
        await pilot.press("enter")
        page = shown(app)
        assert "What kind of mistake is it" in page and "formula" in page and "→ task 7 trial 1" in page
        screen = app.screen
        assert isinstance(screen, StatisticsScreen)
        while screen.view.row.place is None:
            await pilot.press("j")
        place = screen.view.row.place
        await pilot.press("enter")
        timeline = app.screen
        assert isinstance(timeline, TimelineScreen)
        await until(pilot, lambda: timeline.state.view.ref is not None)
        assert timeline.state.line == place.line and app.inspection.simulation_id == "sim-b"
        await pilot.press("6")
        assert screen.view.row.place == place  # where it was left
        await pilot.press("escape")
        assert app.screen is screen and "formula" not in shown(app)
        await pilot.press("escape")
        assert isinstance(app.screen, TimelineScreen)


async def test_a_pane_that_cannot_be_computed_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(pane: writing.Pane, run: writing.Run) -> Sheet:
        raise ValueError("no \x1b[31mnumbers")

    monkeypatch.setattr(writing, "write_sheet", broken)
    async with inspector(tmp_path, (80, 24)) as (app, pilot):
        await pilot.press("6")
        page = await until_shown(app, pilot, "ValueError: no ")
        assert "\x1b" not in page
        await pilot.press("enter", "j", "tab", "3")
        assert isinstance(app.screen, TimelineScreen)


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (300, 100)])
@pytest.mark.parametrize("make", [airline, hostile])
async def test_any_size_and_any_content_is_drawn(tmp_path: Path, size: tuple[int, int], make: object) -> None:
    async with inspector(tmp_path, size, make) as (app, pilot):  # type: ignore[arg-type]
        await pilot.press("6")
        screen = app.screen
        assert isinstance(screen, StatisticsScreen)
        for _ in screen.panes:
            await until(pilot, lambda: screen.view.sheet is not None or screen.failure is not None)
            assert screen.failure is None
            await pilot.press("enter", "j", "G", "enter", "g", "pagedown", "tab")
            assert "\x1b" not in shown(app)
        await pilot.press("question_mark", "escape", "3")
        assert app.failure is None and isinstance(app.screen, TimelineScreen)
