"""The overview through its keys."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tau2_tui.analysis.data.records import Run
from tau2_tui.events import RunStartEvent
from tau2_tui.tui.screens.overview import numbers
from tau2_tui.tui.screens.overview.screen import OverviewScreen
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tests.tui.logs import airline, hostile, simulation, write
from tests.tui.screens.walking import inspector, shown, until, until_shown


async def test_it_says_how_good_the_run_is(tmp_path: Path) -> None:
    async with inspector(tmp_path, (120, 40)) as (app, pilot):
        await pilot.press("1")
        page = await until_shown(app, pilot, "on the same tasks again")
        assert "1 of 2 simulations passed, 2 tasks, 1 left out" in page
        assert "50 %" in page and "airline" in page and "complete" in page
        assert "Tasks x trials (2 x 2)" in page and "7    ✓✗ ⇅" in page and "12   !-" in page


async def test_from_the_overview_to_the_evidence_of_a_failure(tmp_path: Path) -> None:
    async with inspector(tmp_path, (100, 40)) as (app, pilot):
        await pilot.press("1")
        await until_shown(app, pilot, "Failed simulations")
        overview = app.screen
        assert isinstance(overview, OverviewScreen)
        await pilot.press("enter")
        assert "goes to a failed simulation" in shown(app)
        await pilot.press("}")
        place = overview.rows[overview.window.cursor].place
        assert place is not None and place.simulation_id == "sim-b"
        await pilot.press("enter")
        timeline = app.screen
        assert isinstance(timeline, TimelineScreen)
        await until(pilot, lambda: timeline.state.view.ref is not None)
        assert place.line is None or timeline.state.line == place.line
        assert place.why and place.why[:90] in shown(app).splitlines()[-1]
        await pilot.press("j")
        assert place.why[:90] not in shown(app)


async def test_another_size_of_the_terminal_leaves_the_same_simulation_selected(tmp_path: Path) -> None:
    def many(path: Path) -> Path:
        runs = [simulation(f"sim-{n}", f"a task of many letters {n}", 0, passed=n > 2) for n in range(40)]
        return write(path, [RunStartEvent(domain="airline"), *(event for events in runs for event in events)])

    async with inspector(tmp_path, (60, 40), many) as (app, pilot):
        await pilot.press("1")
        await until_shown(app, pilot, "on the same tasks again")
        overview = app.screen
        assert isinstance(overview, OverviewScreen)
        await pilot.press("}", "}")
        rows = len(overview.rows)
        for size in ((200, 60), (60, 40)):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda: (len(overview.rows) < rows) is (overview.size.width == 200))
            place = overview.row.place
            assert place is not None and place.simulation_id == "sim-1"


async def test_the_page_keeps_its_place_when_the_numbers_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compute, go_on = numbers.find_numbers, threading.Event()

    def late(run: Run) -> numbers.Numbers:
        go_on.wait(60)
        return compute(run)

    monkeypatch.setattr(numbers, "find_numbers", late)
    async with inspector(tmp_path, (80, 14)) as (app, pilot):
        await pilot.press("1")
        await until_shown(app, pilot, "computing the intervals")
        await pilot.press("G")
        assert "Tasks x trials" in shown(app)
        go_on.set()
        overview = app.screen
        assert isinstance(overview, OverviewScreen)
        rows = len(overview.rows)
        await until(pilot, lambda: len(overview.rows) > rows)
        assert "Tasks x trials" in shown(app) and overview.window.cursor == overview.window.last


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (300, 100)])
@pytest.mark.parametrize("write", [airline, hostile])
async def test_any_size_and_any_content_is_drawn(tmp_path: Path, size: tuple[int, int], write: object) -> None:
    async with inspector(tmp_path, size, write) as (app, pilot):  # type: ignore[arg-type]
        await pilot.press("1")
        await until(pilot, lambda: bool(app.screen.rows))  # type: ignore[attr-defined]
        await pilot.press("j", "G", "g", "pagedown", "}", "question_mark", "escape", "2", "1", "3")
        assert "\x1b" not in shown(app) and app.failure is None and isinstance(app.screen, TimelineScreen)
