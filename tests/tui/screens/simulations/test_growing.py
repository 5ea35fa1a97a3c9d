"""The table of a log that is written to while it is looked at."""

from __future__ import annotations

from pathlib import Path

from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.screens.simulations.screen import SimulationsScreen
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline
from tests.tui.screens.walking import shown, until, until_shown


async def test_simulations_come_and_end_while_the_table_is_in_sight(tmp_path: Path) -> None:
    lines = airline(tmp_path / "whole.jsonl").read_bytes().splitlines(keepends=True)
    growing = tmp_path / "run.jsonl"
    growing.write_bytes(b"".join(lines[:6]))
    with RunLog.open(growing, index="off") as log:
        app = InspectorApp(EventSource(log), follow=True)
        async with app.run_test(size=(120, 24)) as pilot:
            await until(pilot, lambda: log.complete)
            await pilot.press("2")
            screen = app.screen
            assert isinstance(screen, SimulationsScreen)
            await until_shown(app, pilot, "… not ended")
            assert len(screen.table.rows) == 1
            with growing.open("ab") as file:
                file.writelines(lines[6:])
            await until_shown(app, pilot, "✗ failed")
            await until(pilot, lambda: len(screen.table.rows) == 3)
            assert "✓ 1" in shown(app).splitlines()[0]


async def test_a_part_of_the_log_is_shown_before_all_of_it_is_indexed(tmp_path: Path) -> None:
    path = airline(tmp_path / "run.jsonl")
    with RunLog.open(path, index="now") as log:
        source = EventSource(log)
        app = InspectorApp(source)
        async with app.run_test(size=(120, 24)) as pilot:
            app.inspection.source.__class__ = _Unfinished
            await pilot.press("2")
            await until_shown(app, pilot, "✗ failed")
            assert "indexing" in shown(app).splitlines()[0]


class _Unfinished(EventSource):
    @property
    def complete(self) -> bool:
        return False
