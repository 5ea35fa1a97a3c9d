"""The table of simulations through its keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.tui.screens.simulations.screen import SimulationsScreen
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tests.tui.logs import airline, hostile, telecom
from tests.tui.screens.walking import inspector, shown, until, until_shown


async def test_it_says_what_became_of_each_simulation(tmp_path: Path) -> None:
    async with inspector(tmp_path, (120, 30)) as (app, pilot):
        await pilot.press("2")
        screen = await until_shown(app, pilot, "✓ passed")
        rows = [line for line in screen.splitlines() if " 7 " in line or " 12 " in line]
        assert len(rows) == 3 and "✓ passed" in rows[0] and "✗ failed" in rows[1] and "error" in rows[2]
        assert "✓ 1" in screen.splitlines()[0] and "✗ 2" in screen.splitlines()[0]


async def test_in_80_columns_tasks_with_long_names_can_be_told_apart(tmp_path: Path) -> None:
    async with inspector(tmp_path, (80, 24), telecom) as (app, pilot):
        await pilot.press("2")
        page = (await until_shown(app, pilot, "✗ failed")).splitlines()
        names = [line[6:24].strip() for line in page[2:12]]
        assert len(set(names)) == 10 and all("…" in name or "|" in name for name in names)
        assert [line.split()[0] for line in page[2:12]] == [str(number) for number in range(1, 11)]
        assert "#1 airplane_mode_on|bad_vpn" in page[0]
        await pilot.press("j")
        assert "#2 " in shown(app).splitlines()[0] and "data_mode_off" in shown(app).splitlines()[0]


async def test_a_failed_one_is_opened_at_its_end_and_is_selected_on_return(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("2")
        await until_shown(app, pilot, "✗ failed")
        await pilot.press("}", "enter")
        timeline = app.screen
        assert isinstance(timeline, TimelineScreen)
        await until(pilot, lambda: timeline.state.view.ref is not None)
        assert timeline.state.view.ref is not None and timeline.state.view.ref.simulation_id == "sim-b"
        assert type(timeline.state.entry).__name__ == "SimulationEndEvent"
        await pilot.press("]", "2")
        table = app.screen
        assert isinstance(table, SimulationsScreen) and table.table.selected is not None
        assert table.table.selected.counts.simulation_id == "sim-c"
        await pilot.press("escape")
        assert app.screen is timeline


async def test_it_is_ordered_by_any_column(tmp_path: Path) -> None:
    async with inspector(tmp_path, (160, 30)) as (app, pilot):
        await pilot.press("2")
        await until_shown(app, pilot, "✗ failed")
        await pilot.press("<")  # the last column
        assert "ordered by cost" in shown(app)
        await pilot.press(">", ">", "r")
        screen = app.screen
        assert isinstance(screen, SimulationsScreen)
        numbers = [row.number for row in screen.table.rows]
        assert numbers == [3, 2, 1]


async def test_a_click_selects_and_a_second_one_opens(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("2")
        await until_shown(app, pilot, "✗ failed")
        await pilot.click("#rows", offset=(3, 1), times=2)
        await until(pilot, lambda: isinstance(app.screen, TimelineScreen))
        assert app.inspection.simulation_id == "sim-b"


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (300, 100)])
@pytest.mark.parametrize("write", [airline, hostile])
async def test_any_size_and_any_content_is_drawn(tmp_path: Path, size: tuple[int, int], write: object) -> None:
    async with inspector(tmp_path, size, write) as (app, pilot):  # type: ignore[arg-type]
        await pilot.press("2")
        await until(pilot, lambda: bool(app.screen.table.rows))  # type: ignore[attr-defined]
        await pilot.press("j", "G", "g", "o", "r", "pagedown", "}", "question_mark", "escape")
        assert "\x1b" not in shown(app) and app.failure is None
