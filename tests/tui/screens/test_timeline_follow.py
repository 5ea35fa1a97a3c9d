"""The timeline while its log is being written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.screens.timeline.state import TimelineState
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline
from tests.tui.screens.walking import shown, until, until_shown

HALF = 15


class Growing:
    """A log of which more and more is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines = airline(path).read_bytes().splitlines(keepends=True)
        self._written = 0
        path.write_bytes(b"")
        self.write(HALF)

    def write(self, count: int, *, torn: bool = False) -> None:
        """Append lines, the last one without its end when ``torn``."""
        part = b"".join(self._lines[self._written : self._written + count])
        with self.path.open("ab") as file:
            file.write(part[:-20] if torn else part)
        self._written += count

    def finish_line(self) -> None:
        """Append what a torn line lacks."""
        with self.path.open("ab") as file:
            file.write(self._lines[self._written - 1][-20:])


@asynccontextmanager
async def following(
    tmp_path: Path, expression: str = ""
) -> AsyncIterator[tuple[InspectorApp, Pilot[None], TimelineState, Growing]]:
    growing = Growing(tmp_path / "run.jsonl")
    with RunLog.open(growing.path, index="off") as log:
        app = InspectorApp(EventSource(log), expression=expression, follow=True)
        async with app.run_test(size=(100, 24)) as pilot:
            screen: Any = app.screen
            await until(pilot, lambda: log.complete and screen.state.outcomes_known)
            yield app, pilot, screen.state, growing


async def test_the_end_stays_in_sight_as_the_log_grows(tmp_path: Path) -> None:
    async with following(tmp_path) as (app, pilot, state, growing):
        await until(pilot, lambda: state.line == HALF - 1)
        assert "following" in shown(app)
        growing.write(4)
        await until(pilot, lambda: state.line == HALF + 3)
        growing.write(12)
        await until(pilot, lambda: state.line == 30)
        await until_shown(app, pilot, "3 simulations: ✓ 1  ✗ 2")


async def test_moving_up_pauses_and_says_how_many_events_are_new(tmp_path: Path) -> None:
    async with following(tmp_path) as (app, pilot, state, growing):
        await until(pilot, lambda: state.line == HALF - 1)
        await pilot.press("k", "k")
        assert "paused, G follows" in shown(app)
        growing.write(3)
        await until_shown(app, pilot, "3 new, G follows")
        assert state.line == HALF - 3
        growing.write(2)
        await until_shown(app, pilot, "5 new, G follows")
        await pilot.press("G")
        assert state.line == HALF + 4 and "following" in shown(app)
        growing.write(1)
        await until(pilot, lambda: state.line == HALF + 5)


async def test_f_turns_following_off(tmp_path: Path) -> None:
    async with following(tmp_path) as (app, pilot, state, growing):
        await pilot.press("F")
        assert "not following any more" in shown(app)
        await pilot.press("j")
        assert "following" not in shown(app)
        await pilot.press("F")
        growing.write(5)
        await until(pilot, lambda: state.line == HALF + 4)


async def test_a_filter_goes_on_as_the_log_grows(tmp_path: Path) -> None:
    async with following(tmp_path, "type:tool") as (app, pilot, state, growing):
        await until_shown(app, pilot, f"filter type:tool · 1 of {HALF} events")
        growing.write(16)
        await until_shown(app, pilot, "filter type:tool · 3 of 31 events")
        assert state.line == 21


async def test_a_line_that_was_torn_is_read_again_when_it_is_whole(tmp_path: Path) -> None:
    async with following(tmp_path) as (app, pilot, state, growing):
        growing.write(1, torn=True)
        await until(pilot, lambda: state.source.count == HALF + 1 or "following" in shown(app))
        growing.finish_line()
        await until(pilot, lambda: state.line == HALF and "torn" not in shown(app))
        assert state.entry is not None and state.entry.message == ""


async def test_another_file_in_the_logs_place_is_shown_from_its_start(tmp_path: Path) -> None:
    async with following(tmp_path) as (app, pilot, state, growing):
        await pilot.press("colon", *"7:0", "enter")
        other = airline(tmp_path / "other.jsonl", finished=False)
        other.replace(growing.path)
        await until_shown(app, pilot, "another file has taken the log's place")
        await until(pilot, lambda: state.source.complete and state.view.count == 30)
        assert state.view.whole


async def test_a_log_that_is_shortened_is_shown_anew(tmp_path: Path) -> None:
    async with following(tmp_path, "type:message") as (app, pilot, state, growing):
        await until(pilot, lambda: state.view.count == 5)
        lines = growing.path.read_bytes().splitlines(keepends=True)
        growing.path.write_bytes(b"".join(lines[:6]))
        await until_shown(app, pilot, "another file has taken the log's place")
        await until_shown(app, pilot, "1 of 6 events")


async def test_a_log_that_is_gone_ends_following_with_a_word_about_it(tmp_path: Path) -> None:
    async with following(tmp_path) as (app, pilot, _state, growing):
        growing.path.unlink()
        growing.path.mkdir()
        await until_shown(app, pilot, "following ended")
        await pilot.press("k")


async def test_nothing_is_drawn_while_nothing_is_written(tmp_path: Path) -> None:
    async with following(tmp_path) as (app, pilot, _state, _growing):
        drawn: list[object] = ["the first screen"]
        original = app._display
        app._display = lambda screen, what: (drawn.append(what), original(screen, what))[1]  # type: ignore[method-assign,func-returns-value]
        while drawn:  # what was found out at the start may still come in on a busy machine
            drawn.clear()
            await pilot.pause(0.5)
        await pilot.pause(1.0)
        assert drawn == []
