"""The search of the timeline while a worker looks: presses are counted, it says how far it is, and it can be ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.messages import SearchDone
from tau2_tui.tui.screens.timeline import search_keys
from tau2_tui.tui.screens.timeline.search import Hit, Progress, Query, find
from tests.tui.screens.walking import inspector, shown, until, until_shown


class Slow:
    """A search that begins to look only when it may."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.looked_for: list[Query] = []
        self.share = 0.0
        self.error: Exception | None = None

    def find(
        self,
        log: RunLog,
        query: Query,
        shown: Callable[[int], bool],
        cancelled: Callable[[], bool],
        progress: Progress,
    ) -> Hit:
        self.looked_for.append(query)
        progress.begin(100)
        progress.add(int(self.share * 100))
        while not self.may.wait(0.01):
            if cancelled():
                return Hit(None)
        if self.error is not None:
            raise self.error
        return find(log, query, shown, cancelled)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    found = Slow()
    monkeypatch.setattr(search_keys, "find", found.find)
    monkeypatch.setattr(search_keys, "_SHARE_SECONDS", 0.02)
    yield found
    found.may.set()


async def searched(app: InspectorApp, pilot: Pilot[None], text: str, slow: Slow) -> tuple[Any, list[int]]:
    """Search a text, go to its first hit, and let no further search end; return the screen and all hits."""
    screen: Any = app.screen
    log = screen.state.source.log
    hits = [line for line in range(len(log)) if text.encode() in log.line(line)]
    slow.may.set()
    await pilot.press("slash", *text, "enter")
    await until(pilot, lambda: screen.state.line == hits[0] and screen._looking is None)
    slow.may.clear()
    return screen, hits


async def test_of_a_held_key_every_press_counts(tmp_path: Path, slow: Slow) -> None:
    async with inspector(tmp_path) as (app, pilot):
        screen, hits = await searched(app, pilot, "HATHAT", slow)
        await pilot.press("n", "n", "n", "n", "N")
        assert screen.state.line == hits[0]
        slow.may.set()
        await until(pilot, lambda: screen.state.line == hits[3] and screen._looking is None)
        assert screen.state.search.left == 0 and "again" not in shown(app)


@pytest.mark.parametrize("key", ["j", "e", "right_square_bracket", "G", "colon", "slash"])
async def test_another_key_takes_back_what_is_left(tmp_path: Path, slow: Slow, key: str) -> None:
    async with inspector(tmp_path) as (app, pilot):
        screen, hits = await searched(app, pilot, "HATHAT", slow)
        await pilot.press("n", "n", "n", key)
        line = screen.state.line
        asked = len(slow.looked_for)
        slow.may.set()
        if key == "j":  # moving about leaves the search alone
            await until(pilot, lambda: screen.state.line == hits[1])
        await pilot.pause(0.1)
        assert screen.state.line == (hits[1] if key == "j" else line) and len(slow.looked_for) == asked


async def test_it_says_how_far_it_is_and_escape_ends_it(tmp_path: Path, slow: Slow) -> None:
    async with inspector(tmp_path) as (app, pilot):
        screen, hits = await searched(app, pilot, "HATHAT", slow)
        slow.share = 0.43
        await pilot.press("n", "n")
        await until_shown(app, pilot, "searching 43%, esc stops")
        await pilot.press("escape")
        assert "search stopped" in shown(app) and "searching" not in shown(app)
        slow.may.set()
        await pilot.pause(0.1)
        assert screen.state.line == hits[0] and screen.state.search.pattern == "HATHAT"
        assert screen._telling_share is None
        await pilot.press("escape")
        assert screen.state.search.pattern == ""


async def test_only_the_status_is_drawn_while_it_looks(tmp_path: Path, slow: Slow) -> None:
    async with inspector(tmp_path) as (app, pilot):
        screen, _ = await searched(app, pilot, "HATHAT", slow)
        slow.share = 0.43
        await pilot.press("n")
        await until_shown(app, pilot, "searching 43%")
        drawn: list[object] = []
        for widget in screen.query("*"):
            widget.refresh = lambda *regions, **_: drawn.append(regions)
        await pilot.pause(0.2)
        assert drawn == []  # it is where it was
        slow.may.set()


async def test_after_a_search_that_failed_the_next_one_is_made(tmp_path: Path, slow: Slow) -> None:
    async with inspector(tmp_path) as (app, pilot):
        screen, hits = await searched(app, pilot, "HATHAT", slow)
        slow.error = OSError("gone")
        slow.may.set()
        await pilot.press("n", "n")
        await until_shown(app, pilot, "search failed: OSError: gone")
        slow.error = None
        await pilot.press("n")
        await until(pilot, lambda: screen.state.line == hits[1])


async def test_a_hit_in_a_file_that_was_replaced_is_none(tmp_path: Path, slow: Slow) -> None:
    async with inspector(tmp_path) as (app, pilot):
        screen, _ = await searched(app, pilot, "HATHAT", slow)
        await pilot.press("n", "n")
        screen.grown(True)
        assert screen._looking is None and screen.state.search.left == 0
        slow.may.set()
        await pilot.pause(0.1)
        assert screen.state.line == 0


async def test_where_other_lines_are_shown_meanwhile_it_looks_in_those(tmp_path: Path, slow: Slow) -> None:
    async with inspector(tmp_path) as (app, pilot):
        screen, hits = await searched(app, pilot, "STOP", slow)
        await pilot.press("n", "enter")
        assert screen.state.view.ref.simulation_id == "sim-a"
        slow.may.set()
        await until(pilot, lambda: screen._looking is None)
        assert screen.state.view.ref.simulation_id == "sim-a" and screen.state.line == hits[0]
        assert "from the start again in this simulation" in shown(app)


async def test_where_lines_got_other_numbers_meanwhile_it_looks_again(tmp_path: Path, slow: Slow) -> None:
    async with inspector(tmp_path) as (app, pilot):
        screen, hits = await searched(app, pilot, "HATHAT", slow)
        await pilot.press("n")
        await until(pilot, lambda: len(slow.looked_for) > 1)
        asked = len(slow.looked_for)
        screen.post_message(SearchDone(screen._looking, Hit(0), screen.state.source.log.generation - 1))
        await until(pilot, lambda: len(slow.looked_for) == asked + 1)
        assert screen.state.line == hits[0]
        slow.may.set()
        await until(pilot, lambda: screen.state.line == hits[1])
