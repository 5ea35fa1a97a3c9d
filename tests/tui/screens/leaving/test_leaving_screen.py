"""Leaving the inspector while the recording that it shows is running, and the line that says how far it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tau2_tui.runlog import RunLog
from tau2_tui.runlog.opening import await_log
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.recording import Phase, Recording, RecordingStatus
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline
from tests.tui.screens.walking import shown, until_shown


class Made(Recording):
    """A recording that goes as a test says."""

    def __init__(self, begun: bool) -> None:
        self.now = RecordingStatus(Phase.RUNNING if begun else Phase.LOADING, ("2/3", "passed 1 of 2 = 50 %"))
        self.done: list[str] = []
        self._begun = begun
        self._changed: Callable[[], object] = lambda: None

    @property
    def status(self) -> RecordingStatus:
        return self.now

    @property
    def begun(self) -> bool:
        return self._begun

    def on_change(self, callback: Callable[[], object]) -> None:
        self._changed = callback

    def stop(self) -> None:
        self.done.append("stop")

    def keep(self) -> None:
        self.done.append("keep")

    def move(self, phase: Phase, *parts: str) -> None:
        self.now = RecordingStatus(phase, parts or self.now.parts)
        self._changed()


@asynccontextmanager
async def watched(
    tmp_path: Path, *, begun: bool = True, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[InspectorApp, Pilot[None], Made]]:
    recording, path = Made(begun), tmp_path / "run.jsonl"
    log = RunLog.open(airline(path), index="off") if begun else await_log(path, ready=lambda: recording.begun)
    with log:
        app = InspectorApp(EventSource(log), follow=True, recording=recording)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            yield app, pilot, recording


@pytest.mark.parametrize(
    ("keys", "done"),
    [(["b"], ["keep"]), (["s"], ["stop"]), (["j", "enter"], ["keep"]), (["j", "j", "enter"], ["stop"])],
)
async def test_what_becomes_of_the_recording_is_asked(tmp_path: Path, keys: list[str], done: list[str]) -> None:
    async with watched(tmp_path) as (app, pilot, recording):
        await pilot.press("q")
        text = await until_shown(app, pilot, "goes on in the background")
        assert text.startswith("● recording 2/3, passed 1 of 2 = 50 %")
        await pilot.press(*keys)
        await pilot.pause()
        assert recording.done == done and not app.is_running


@pytest.mark.parametrize("key", ["q", "escape", "enter"])
async def test_one_may_stay(tmp_path: Path, key: str) -> None:
    async with watched(tmp_path) as (app, pilot, recording):
        await pilot.press("ctrl+q")
        await until_shown(app, pilot, "stay and watch")
        await pilot.press(key)
        await until_shown(app, pilot, "whole run")
        assert app.is_running and not recording.done


async def test_nothing_is_asked_when_it_has_ended(tmp_path: Path) -> None:
    async with watched(tmp_path) as (app, pilot, recording):
        await pilot.press("q")
        await until_shown(app, pilot, "stay and watch")
        recording.move(Phase.DONE, "3/3", "passed 2 of 3 = 67 %")
        await until_shown(app, pilot, "✓ recorded: 3/3, passed 2 of 3 = 67 %")
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running and not recording.done


async def test_each_main_screen_says_how_far_it_is(tmp_path: Path) -> None:
    async with watched(tmp_path) as (app, pilot, recording):
        for number in "1234567":
            await pilot.press(number)
            await until_shown(app, pilot, "● recording 2/3")
        recording.move(Phase.FAILED, "no room on the disk")
        await until_shown(app, pilot, "✗ recording failed: no room on the disk")


async def test_the_screens_bear_a_log_that_is_not_there_yet(tmp_path: Path) -> None:
    async with watched(tmp_path, begun=False) as (app, pilot, recording):
        await until_shown(app, pilot, "waiting for run.jsonl: it is not there yet")
        for key in ["1", "2", "4", "5", "6", "7", "3", "j", "G", "e", "d", "c", "y", "enter", "escape", "bracketleft"]:
            await pilot.press(key)
            await pilot.pause()
        assert app.is_running and "● waiting for the recording" in shown(app)
        recording.move(Phase.FAILED, "no such domain")
        await pilot.pause()
        assert not app.is_running


async def test_the_log_is_shown_from_its_first_event_when_it_is_there(tmp_path: Path) -> None:
    async with watched(tmp_path, begun=False) as (app, pilot, recording):
        await until_shown(app, pilot, "waiting for run.jsonl")
        airline(tmp_path / "run.jsonl")
        await pilot.pause(0.5)
        assert "waiting for run.jsonl" in shown(app)  # it may be an older one that is about to be replaced
        recording._begun = True
        text = await until_shown(app, pilot, "event 30 of 31")
        assert "airline" in text and "another file" not in text


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (300, 100)])
async def test_any_size_will_do(tmp_path: Path, size: tuple[int, int]) -> None:
    async with watched(tmp_path, size=size) as (app, pilot, _):
        await pilot.press("1", "q")
        await until_shown(app, pilot, "stay and watch")
        await pilot.press("escape", "3")
        assert app.is_running
