"""What keys send to a terminal of 120x40 with 256 colours: counted, not timed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from textual.pilot import Pilot

from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.screens.timeline import screen
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline
from tests.tui.output.test_textual_output import captured
from tests.tui.screens.walking import until


class Typist:
    """Presses keys and counts what is written."""

    def __init__(self, pilot: Pilot[None], driver: Any) -> None:
        self._pilot, self._written = pilot, driver.written

    async def sends(self, *keys: str) -> int:
        self._written.clear()
        await self._pilot.press(*keys)
        await self._pilot.pause()
        return len("".join(self._written).encode())

    async def draws(self, action: Callable[[], None]) -> int:
        self._written.clear()
        action()
        await self._pilot.pause()
        return len("".join(self._written).encode())

    @property
    def timeline(self) -> TimelineScreen:
        shown = self._pilot.app.screen
        assert isinstance(shown, TimelineScreen)
        return shown


@asynccontextmanager
async def inspector(path: Path) -> AsyncIterator[Typist]:
    with RunLog.open(airline(path), index="now") as log:
        source = EventSource(log)
        async with captured(InspectorApp(source), (120, 40)) as (pilot, driver):
            await until(pilot, lambda: bool(source.outcomes))
            await pilot.app.workers.wait_for_complete()
            driver.written.append("")
            while driver.written:  # until what the workers of the start found out is painted
                driver.written.clear()
                await pilot.pause(0.1)
            yield Typist(pilot, driver)


async def test_a_cursor_move_sends_two_rows_and_what_differs_in_the_status(tmp_path: Path) -> None:
    async with inspector(tmp_path / "run.jsonl") as typist:
        assert 50 < median([await typist.sends("j") for _ in range(9)]) <= 400


async def test_a_move_with_the_detail_open_sends_as_little_until_the_cursor_rests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "REST_SECONDS", 600.0)
    async with inspector(tmp_path / "run.jsonl") as typist:
        opening = await typist.sends("v")
        moves = [await typist.sends("j") for _ in range(20)]
        assert 50 < median(moves) <= 400 and max(moves) <= 700
        assert not typist.timeline.rests
        following = await typist.draws(typist.timeline.sync_now)
        assert 0 < following < opening
        assert typist.timeline.rests and await typist.sends() == 0


async def test_the_detail_follows_when_the_cursor_rests(tmp_path: Path) -> None:
    async with inspector(tmp_path / "run.jsonl") as typist:
        await typist.sends("v", "G", "k")
        while not typist.timeline.rests:
            await asyncio.sleep(0.01)
        assert typist.timeline._detail_drawn == typist.timeline.state.line == typist.timeline.state.detail.line


async def test_the_detail_is_drawn_at_once_for_whoever_goes_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "REST_SECONDS", 600.0)
    async with inspector(tmp_path / "run.jsonl") as typist:
        await typist.sends("v", "j", "j")
        assert not typist.timeline.rests
        await typist.sends("tab")
        assert typist.timeline.rests and typist.timeline._detail_drawn == typist.timeline.state.line


async def test_going_to_the_other_end_sends_less_than_the_whole_screen(tmp_path: Path) -> None:
    async with inspector(tmp_path / "run.jsonl") as typist:
        await typist.sends("G")
        assert await typist.sends("ctrl+l") > await typist.sends("g")


async def test_nothing_is_sent_for_a_key_that_changes_nothing_or_for_none(tmp_path: Path) -> None:
    async with inspector(tmp_path / "run.jsonl") as typist:
        assert await typist.sends("g") == 0
        assert await typist.sends() == 0
