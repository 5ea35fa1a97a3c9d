"""Several open logs, each with screens of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.memory import LastPlace, Memory
from tau2_tui.tui.messages import FactKnown
from tau2_tui.tui.screens.simulations.screen import SimulationsScreen
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline, long_run
from tests.tui.screens.walking import inspector, shown, until, until_shown


async def test_each_log_keeps_its_place_for_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    first, second = airline(tmp_path / "first.jsonl"), long_run(tmp_path / "second.jsonl")
    with RunLog.open(first, index="off") as one, RunLog.open(second, index="off") as other:
        app = InspectorApp(EventSource(one), more=[EventSource(other)], remembers=True)
        async with app.run_test(size=(100, 24)) as pilot:
            await until(pilot, lambda: one.complete)
            await pilot.press("j", "L")
            await until(pilot, lambda: other.complete)
            await pilot.press("j", "j", "j", "L")
        assert Memory(one).place() == LastPlace(1) and Memory(other).place() == LastPlace(3)


async def test_the_screen_that_is_looked_at_stays_when_the_log_changes(tmp_path: Path) -> None:
    with (
        RunLog.open(airline(tmp_path / "a.jsonl"), index="off") as one,
        RunLog.open(long_run(tmp_path / "b.jsonl"), index="off") as other,
    ):
        app = InspectorApp(EventSource(one), more=[EventSource(other)])
        async with app.run_test(size=(100, 24)) as pilot:
            await pilot.press("2")
            await until_shown(app, pilot, "2 simulations  3")
            await pilot.press("L")
            await until_shown(app, pilot, "2 simulations  120")
            await pilot.press("escape")
            timeline = app.screen
            assert isinstance(timeline, TimelineScreen) and timeline.state.source.log is other
            await pilot.press("L", "2")
            screen = app.screen
            assert isinstance(screen, SimulationsScreen) and screen.inspection.source.log is one


async def test_alone_there_is_nothing_to_change_to(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("L")
        assert "one log is open: o opens another one" in shown(app)


async def test_what_comes_after_the_last_screen_is_gone_is_no_harm(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, _pilot):
        inspection = app.inspection
    assert app.in_sight is None
    app.post_message(FactKnown(inspection, "fact", (), None, 0.0))
    app._tell(inspection, "fact")
    app.log_grew(inspection)
    app._recording_moved()
