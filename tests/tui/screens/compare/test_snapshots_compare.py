"""What the screen looks like; the pictures are in ``__snapshots__``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tau2_tui.events import ExecutionEvent, RunStartEvent
from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.source import EventSource
from tests.tui.logs import simulation, write
from tests.tui.screens.pictures import at_every_size, in_both_themes, press_when_known
from tests.tui.screens.walking import until

OUTCOMES = {"before.jsonl": (False, False, True, True), "after.jsonl": (True, True, True, False)}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[InspectorApp]:
    for name, passed in OUTCOMES.items():
        events: list[ExecutionEvent] = [RunStartEvent(domain="airline")]
        for number, success in enumerate(passed):
            events += simulation(f"sim-{number}", str(number), 0, passed=success)
        write(tmp_path / name, events)
    before, after = (tmp_path / name for name in OUTCOMES)
    with RunLog.open(before, index="off") as one, RunLog.open(after, index="off") as other:
        yield InspectorApp(EventSource(one), more=[EventSource(other)])


async def show(pilot: Pilot[None]) -> None:
    app: Any = pilot.app
    await press_when_known(pilot, "7")
    await until(pilot, lambda: app.screen.view.sheet is not None)


async def show_task(pilot: Pilot[None]) -> None:
    await show(pilot)
    app: Any = pilot.app
    rows = app.screen.view.rows
    app.screen.window.goto(next(place for place, row in enumerate(rows) if row.task is not None))
    await pilot.press("enter")
    await until(pilot, lambda: len(app.screen.page_rows) > 1)


@in_both_themes
def test_screen(size: tuple[int, int], theme: str, app: InspectorApp, snap_compare: Any) -> None:
    app.theme = theme
    assert snap_compare(app, terminal_size=size, run_before=show)


@at_every_size
def test_two_simulations(size: tuple[int, int], app: InspectorApp, snap_compare: Any) -> None:
    assert snap_compare(app, terminal_size=size, run_before=show_task)
