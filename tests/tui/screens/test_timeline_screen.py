"""The timeline through its keys."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.message import Message
from textual.pilot import Pilot

from tau2_tui.events import SimulationEndEvent, ToolExecutionEvent
from tau2_tui.runlog import RunLog
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.messages import IndexProgress, OutcomesKnown, SimulationsKnown
from tau2_tui.tui.screens.help.screen import HelpScreen
from tau2_tui.tui.screens.timeline import screen as screen_module
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tau2_tui.tui.screens.timeline.state import Pane, TimelineState
from tau2_tui.tui.source import EventSource
from tau2_tui.tui.widgets.painting import DrawnRows
from tests.tui.logs import airline, hostile

Write = Callable[[Path], Path]


@asynccontextmanager
async def inspector(
    tmp_path: Path, size: tuple[int, int] = (80, 24), *, write: Write = airline, at: str = "", settled: bool = True
) -> AsyncIterator[tuple[InspectorApp, Pilot[None], TimelineState]]:
    with RunLog.open(write(tmp_path / "run.jsonl"), index="off") as log:
        app = InspectorApp(EventSource(log), at=at)
        async with app.run_test(size=size) as pilot:
            screen = app.screen
            assert isinstance(screen, TimelineScreen)
            if settled:
                await settle(pilot, lambda: screen.state.source.complete and screen.state.outcomes_known)
            yield app, pilot, screen.state


def shown(app: InspectorApp) -> str:
    """Return the text on the screen."""
    return "\n".join(
        "".join(segment.text for segment in strip).rstrip() for strip in app.screen._compositor.render_strips()
    )


async def settle(pilot: Pilot[None], done: Callable[[], bool]) -> None:
    """Wait for a worker."""
    for _ in range(6_000):
        await pilot.pause(0.01)
        if done():
            return
    raise AssertionError("nothing happened")


class Unfinished(EventSource):
    """A source that says that not everything is indexed."""

    @property
    def complete(self) -> bool:
        return False


async def test_a_jump_that_waits_hears_of_the_index_sooner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen_module, "_PROGRESS_SECONDS", 3600.0)
    monkeypatch.setattr(screen_module, "_WAITING_SECONDS", 0.0)
    async with inspector(tmp_path) as (app, _, state):
        screen = app.screen
        assert isinstance(screen, TimelineScreen)
        state.source = Unfinished(state.source.log)
        screen._telling, screen._told = False, time.monotonic()
        screen._tell_progress()
        assert not screen._telling
        state.waiting = lambda: None
        screen._tell_progress()
        assert screen._telling


async def test_moving_draws_only_the_rows_that_change(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot, state):
        refreshed: list[str] = []
        for widget in app.screen.query(DrawnRows):
            original = widget.refresh

            def refresh(
                *regions: object,
                widget: DrawnRows = widget,
                original: Callable[..., object] = original,
                **options: object,
            ) -> object:
                refreshed.extend(f"{widget.id} {region}" for region in regions or ("all",))
                return original(*regions, **options)

            widget.refresh = refresh  # type: ignore[assignment,method-assign]
        await pilot.press("j")
        assert state.line == 1
        assert len([entry for entry in refreshed if entry.startswith("list")]) == 2
        assert not [entry for entry in refreshed if entry.startswith(("title", "bottom", "detail"))]


async def test_keys_reach_the_cause_of_a_failure_in_three(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot, state):
        await pilot.press("}", "enter", "enter")
        assert isinstance(state.entry, SimulationEndEvent)
        text = shown(app)
        assert "because of database" in text and "#2 task 7 trial 1" in text


async def test_keys_of_the_list(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (_, pilot, state):
        await pilot.press("down", "j", "k")
        assert state.line == 1
        await pilot.press("G")
        assert state.line == 30
        await pilot.press("pageup", "home", "pagedown")
        assert state.line == 19
        await pilot.press("g", "e")
        assert isinstance(state.entry, ToolExecutionEvent) and not state.entry.success
        await pilot.press("s", "S", "]", "[", "t")
        assert state.time_format.name == "RELATIVE"


async def test_search_shows_the_first_hit_while_it_is_typed_and_escape_returns(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot, state):
        await pilot.press("j", "slash", *"urgent")
        await settle(pilot, lambda: state.line == 4)
        assert shown(app).splitlines()[-1].startswith("/urgent")
        await pilot.press("escape")
        assert state.line == 1 and state.search.pattern == ""


async def test_search_and_its_next_hits(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot, state):
        await pilot.press("slash", *"STOP", "enter")
        await settle(pilot, lambda: state.line == 11)
        await pilot.press("n")
        await settle(pilot, lambda: state.line == 23)
        await pilot.press("n")
        await settle(pilot, lambda: "from the start again" in state.message)
        assert state.line == 11
        await pilot.press("N")
        await settle(pilot, lambda: state.line == 23)
        await pilot.press("slash", *"nowhere", "enter")
        await settle(pilot, lambda: "not found: nowhere" in shown(app))


async def test_a_whole_search_typed_in_one_go_is_not_taken_for_commands(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot, state):
        from textual.events import Key

        for key, character in [("slash", "/"), *((letter, letter) for letter in "qGeSTOP"), ("backspace", None)]:
            app.post_message(Key(key, character))
        await settle(pilot, lambda: shown(app).splitlines()[-1].startswith("/qGeSTO"))
        assert state.line == 0


async def test_colon_goes_to_a_simulation(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot, state):
        await pilot.press("colon", *"12:0", "enter")
        assert state.view.ref is not None and state.view.ref.task_id == "12"
        await pilot.press("colon", *"nowhere", "enter")
        assert "no event number" in shown(app)
        await pilot.press("j")
        assert "no event number" not in shown(app)


@pytest.mark.parametrize(("at", "line"), [("7:1", 13), ("20", 20)])
async def test_it_opens_at_the_place_asked_for(at: str, line: int, tmp_path: Path) -> None:
    async with inspector(tmp_path, at=at) as (_, pilot, state):
        await settle(pilot, lambda: state.line == line)


async def test_detail_stands_beside_the_list_where_there_is_room_and_below_elsewhere(tmp_path: Path) -> None:
    async with inspector(tmp_path, (80, 24)) as (app, pilot, state):
        assert not state.detail_shown
        await pilot.press("tab")
        below = app.screen.query_one("#detail").region
        assert below.x == 0 and below.y > app.screen.query_one("#list").region.y
        await pilot.resize_terminal(120, 30)
        await pilot.pause()
        assert app.screen.query_one("#detail").region.x > 40
        await pilot.press("escape")
        assert not app.screen.query_one("#detail").display
        await pilot.resize_terminal(160, 40)
        await pilot.pause()
        assert app.screen.query_one("#detail").display and state.pane is Pane.LIST


async def test_the_line_above_the_detail_tells_of_all_its_rows_once_the_keys_came_to_it(
    tmp_path: Path,
) -> None:
    async with inspector(tmp_path, (44, 10)) as (app, pilot, state):
        await pilot.press("v")
        few = state.detail.rows.height
        await pilot.press("tab")
        await settle(pilot, lambda: state.detail.rows.height > few)
        await pilot.pause()
        title = app.screen.query_one("#detail-title", DrawnRows).drawn(0)
        assert f"1-{state.detail.rows.height} of" in "".join(run.text for run in title)


async def test_json_and_folding(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot, _state):
        await pilot.press("tab", "J")
        assert '"event_type": "RunStartEvent"' in shown(app)
        await pilot.press("space")
        assert "keys … }" in shown(app)
        await pilot.press("J")
        assert "RunStartEvent" in shown(app) and "keys … }" not in shown(app)


async def test_help_names_the_keys_and_comes_back(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot, state):
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        assert "Next row" in shown(app)
        await pilot.press("G")
        assert "from the task's own history" in shown(app)
        await pilot.press("q")
        assert isinstance(app.screen, TimelineScreen)
        await pilot.press("j")
        assert state.line == 1


async def test_the_wheel_scrolls_and_a_click_selects(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (_app, pilot, state):
        await pilot.click("#list", offset=(5, 4))
        assert state.line == 4
        await pilot.click("#list", offset=(5, 4), times=2)
        assert not state.view.whole
        await pilot.press("escape", "tab")
        await pilot.click("#detail-rows", offset=(5, 3))
        assert state.detail.rows.cursor == 3


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (12, 3), (40, 12), (99, 9), (100, 10), (139, 24), (300, 100)])
async def test_any_size_is_drawn(size: tuple[int, int], tmp_path: Path) -> None:
    async with inspector(tmp_path, size, write=lambda path: hostile(path, size=2_000)) as (app, pilot, _state):
        for key in ("tab", "J", "G", "w", "tab", "e", "enter", "slash", "x", "escape", "question_mark", "escape", "v"):
            await pilot.press(key)
        assert len(app.screen._compositor.render_strips()) == size[1]


async def test_it_can_be_resized_all_the_time(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot, _):
        await pilot.press("tab")
        for size in [(20, 5), (300, 100), (99, 24), (100, 24), (3, 2), (160, 9), (80, 24)]:
            await pilot.resize_terminal(*size)
            await pilot.press("j")
        assert "detail" in shown(app)


async def test_a_torn_log_that_still_runs_is_shown(tmp_path: Path) -> None:
    def running(path: Path) -> Path:
        airline(path, finished=False)
        with path.open("ab") as file:
            file.write(b'{"seq":30,"timestamp":17')
        return path

    async with inspector(tmp_path, write=running) as (app, pilot, state):
        await pilot.press("G")
        assert "torn" in shown(app)
        await pilot.press("E")
        assert isinstance(state.entry, SimulationEndEvent)


async def test_progress_is_told_seldom_but_the_end_always(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with inspector(tmp_path) as (app, pilot, state):
        screen = app.screen
        assert isinstance(screen, TimelineScreen)
        screen._stop_telling()  # of what is still checked
        await settle(pilot, lambda: not screen._telling)
        told: list[IndexProgress] = []
        post = screen.post_message

        def notice(message: Message) -> bool:
            if isinstance(message, IndexProgress):
                told.append(message)
                return True
            return post(message)

        with monkeypatch.context() as patch:
            patch.setattr(screen, "post_message", notice)
            screen._tell_progress()
            screen._tell_progress()
            assert len(told) == 1  # not again before the first one is heard
            screen._index_progressed()
            screen._tell_progress()
            assert len(told) == 2
            screen._index_progressed()
            patch.setattr(type(state.source), "complete", False)
            screen._tell_progress()
        assert len(told) == 2


async def test_how_simulations_of_another_file_ended_is_not_taken_for_this_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen_module, "_OUTCOMES_SECONDS", 0.01)
    async with inspector(tmp_path) as (app, pilot, state):
        find, found = state.source.log.outcomes, []
        monkeypatch.setattr(state.source.log, "outcomes", lambda: found.append(1) or find())
        app.screen.post_message(SimulationsKnown(state.source.log.generation - 1, []))
        app.screen.post_message(OutcomesKnown((state.source.log.generation - 1, 0), [], {}))
        await settle(pilot, lambda: found == [1])  # they are found out again
        assert len(state.source.simulations()) == 3 and state.source.tally.failed == 2


async def test_outcomes_are_found_out_again_when_lines_turn_out_to_be_no_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inspector(tmp_path) as (app, pilot, state):
        screen = app.screen
        assert isinstance(screen, TimelineScreen)
        find, found = state.source.log.outcomes, []
        monkeypatch.setattr(state.source.log, "outcomes", lambda: found.append(1) or find())
        screen._index_progressed()
        await pilot.pause(0.1)
        assert found == []
        generation, revision = state.source.state
        monkeypatch.setattr(EventSource, "state", property(lambda _: (generation, revision + 1)))
        screen._index_progressed()
        await settle(pilot, lambda: found == [1])
        screen._index_progressed()
        await pilot.pause(0.1)
        assert found == [1]


async def test_a_worker_that_fails_is_reported_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def outcomes(self: RunLog) -> object:
        raise RuntimeError("out of \x1b[31morder")

    monkeypatch.setattr(RunLog, "outcomes", outcomes)
    async with inspector(tmp_path, settled=False) as (app, pilot, state):
        await settle(pilot, lambda: "outcomes failed: RuntimeError: out of ␛[31morder" in shown(app))
        await pilot.press("j")
        assert state.line == 1


async def test_control_c_leaves_with_130(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot, _):
        await pilot.press("slash", "x", "ctrl+c")
        await pilot.pause()
        assert app.return_code == 130
