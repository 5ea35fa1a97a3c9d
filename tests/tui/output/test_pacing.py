from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.geometry import Region

from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.output import pacing
from tau2_tui.tui.output.pacing import FRAME_SECONDS, PacedScreen, Pacer
from tau2_tui.tui.source import EventSource
from tau2_tui.tui.widgets.painting import DrawnRows
from tests.tui.logs import airline
from tests.tui.screens.walking import inspector, until_shown


class Loop:
    """An event loop of which the test turns the clock."""

    def __init__(self) -> None:
        self.now = 100.0
        self.calls: list[tuple[float, Callable[[], object]]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, moment: float, call: Callable[[], object]) -> Any:
        self.calls.append((moment, call))
        return SimpleNamespace(
            cancel=lambda: self.calls.remove((moment, call)) if (moment, call) in self.calls else None
        )

    def go_on(self, seconds: float) -> None:
        self.now += seconds
        due = [call for call in self.calls if call[0] <= self.now]
        self.calls = [call for call in self.calls if call not in due]
        for _, call in due:
            call()


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = Loop()
    monkeypatch.setattr(pacing.asyncio, "get_running_loop", lambda: loop)
    return loop


@pytest.fixture
def painted(loop: Loop) -> list[float]:
    return []


@pytest.fixture
def pacer(loop: Loop, painted: list[float]) -> Pacer:
    def paint() -> None:
        pacer.pause()
        painted.append(loop.now)

    pacer = Pacer(paint)
    return pacer


def test_after_a_rest_it_is_painted_at_once(pacer: Pacer, loop: Loop, painted: list[float]) -> None:
    for _ in range(3):
        pacer.resume()
        pacer.resume()
        loop.go_on(0)
        loop.go_on(1)
    assert painted == [100, 101, 102]


def test_what_a_painting_changes_is_painted_at_once_but_no_more(pacer: Pacer, loop: Loop, painted: list[float]) -> None:
    for _ in range(3):
        pacer.resume()
        loop.go_on(0)
    assert painted == [100, 100]
    loop.go_on(FRAME_SECONDS)
    assert painted == [100, 100, 100 + FRAME_SECONDS]


def test_a_held_key_is_painted_no_more_often_than_a_screen_shows(
    pacer: Pacer, loop: Loop, painted: list[float]
) -> None:
    for _ in range(1000):
        pacer.resume()
        loop.go_on(0.001)
    assert 58 <= len(painted) <= 62


def test_nothing_is_painted_when_there_is_nothing_left_to_paint(pacer: Pacer, loop: Loop, painted: list[float]) -> None:
    pacer.resume()
    pacer.pause()
    loop.go_on(1)
    assert painted == []


async def test_the_inspectors_screens_are_painted_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="now") as log:
        async with InspectorApp(EventSource(log)).run_test(size=(120, 40)) as pilot:
            asked = 0
            resume = Pacer.resume

            def counted(pacer: Pacer) -> None:
                nonlocal asked
                asked += 1
                resume(pacer)

            monkeypatch.setattr(Pacer, "resume", counted)
            await pilot.press("j", "question_mark", "j")
            await pilot.pause()
            assert asked >= 3


async def test_a_screen_below_another_one_is_not_painted_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("4", "question_mark")
        paintings: list[Any] = []
        display = app._display
        monkeypatch.setattr(app, "_display", lambda *given: (paintings.append(given), display(*given)))
        for below in app.screen_stack[:-1]:
            below.refresh()
        await pilot.pause(20 * FRAME_SECONDS)
        assert len(paintings) <= 4


async def test_what_changes_together_with_a_screen_below_is_painted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("2")
        await until_shown(app, pilot, "✗ failed")
        above, painted = app.screen, set()
        rows = above.query_one("#rows", DrawnRows)
        assert isinstance(above, PacedScreen)
        monkeypatch.setattr(above, "_compositor_refresh", lambda: painted.update(above._compositor._dirty_regions))
        rows._set_dirty(Region(0, 4, 80, 1))
        above._dirty_widgets.add(rows)
        above.refresh(Region(0, 22, 80, 1))  # as the screen below does
        above._on_timer_update()
        assert {region.y for region in painted} == {rows.region.y + 4, 22}
