"""The comparison through its keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tau2_tui.analysis.data import reading
from tau2_tui.analysis.data.reading import read_run
from tau2_tui.analysis.data.records import Run
from tau2_tui.events import ExecutionEvent, RunStartEvent
from tau2_tui.runlog import RunLog
from tau2_tui.tui.actions import COMPARE
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.screens.compare.screen import CompareScreen, names_of
from tau2_tui.tui.screens.facts import RUN
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tau2_tui.tui.source import EventSource
from tests.tui.logs import hostile, simulation, write
from tests.tui.screens.walking import inspector, shown, until, until_shown

Make = Callable[[Path], Path]


def _run(*passed: bool) -> Make:
    """Return what writes a run with one trial of each of so many tasks."""

    def make(path: Path) -> Path:
        events: list[ExecutionEvent] = [RunStartEvent(domain="airline")]
        for number, success in enumerate(passed):
            events += simulation(f"sim-{number}", f"task {number}", 0, passed=success)
        return write(path, events)

    return make


WORSE, BETTER = _run(False, False, True, True, False, True), _run(True, True, True, False, True, True)


@asynccontextmanager
async def comparing(
    tmp_path: Path, makes: Sequence[Make], size: tuple[int, int] = (100, 40)
) -> AsyncIterator[tuple[InspectorApp, Pilot[None]]]:
    """Open several logs; the index of the first is complete when the test begins, those of the others are not begun."""
    with ExitStack() as stack:
        paths = [make(tmp_path / f"{'abcdef'[place]}.jsonl") for place, make in enumerate(makes)]
        logs = [stack.enter_context(RunLog.open(path, index="off")) for path in paths]
        first, *more = map(EventSource, logs)
        app = InspectorApp(first, more=more)
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: logs[0].complete)
            yield app, pilot


async def test_with_one_log_it_says_how_to_open_two(tmp_path: Path) -> None:
    async with inspector(tmp_path, (80, 24)) as (app, pilot):
        await pilot.press("7")
        page = shown(app)
        assert "nothing to compare it with" in page and "tau2-tui open BEFORE AFTER" in page
        await pilot.press("enter", "tab", "escape")
        assert isinstance(app.screen, TimelineScreen)


async def test_how_much_better_and_whether_that_is_luck(tmp_path: Path) -> None:
    async with comparing(tmp_path, [WORSE, BETTER]) as (app, pilot):
        await pilot.press("7")
        page = await until_shown(app, pilot, "b against a")
        assert "7 compare  b.jsonl against a.jsonl" in page
        assert "difference           +33 points" in page and "95 % interval" in page
        assert "3 better, 1 worse, 2 equal  of 6 common tasks" in page
        assert "by chance?" in page and "the smallest possible here is 0.12" in page and "could have found" in page


async def test_of_a_log_that_grows_only_the_last_comparison_is_kept(tmp_path: Path) -> None:
    async with comparing(tmp_path, [WORSE, BETTER]) as (app, pilot):
        await pilot.press("7")
        await until_shown(app, pilot, "b against a")
        screen = app.screen
        assert isinstance(screen, CompareScreen)
        facts = screen.inspection.facts
        version, run, _ = facts._known[RUN, 0]

        def kept() -> list[object]:
            return [name for name in facts._known if isinstance(name, tuple) and name[0][0] == COMPARE]

        many = len(kept())
        for _ in range(4):
            facts.put((RUN, 0), version, replace(run))  # as read again from the log when it has grown
            former = kept()
            screen.sync()
            await until(pilot, lambda former=former: not set(former) & set(kept()) and len(kept()) == many)  # type: ignore[misc]


async def test_a_log_that_did_not_change_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def reading_once(log: RunLog) -> Run:
        read.append(log.path.name)
        return read_run(log)

    monkeypatch.setattr(reading, "read_run", reading_once)
    async with comparing(tmp_path, [WORSE, BETTER]) as (app, pilot):
        await pilot.press("7")
        await until_shown(app, pilot, "b against a")
        await pilot.press("6")
        await until_shown(app, pilot, "6 statistics")
        facts = app.inspection.facts
        version, run, _ = facts._known[RUN, 0]
        await pilot.press("7")
        facts.put((RUN, 0), version, replace(run))  # as read again from the log when it has grown
        app.screen.sync()
        await until(pilot, lambda: any(name[0][:2] == (COMPARE, 2) for name in facts._known))  # type: ignore[index]
        assert sorted(read) == ["a.jsonl", "b.jsonl"]


async def test_tasks_stand_with_both_rates_the_largest_gain_first(tmp_path: Path) -> None:
    async with comparing(tmp_path, [WORSE, BETTER], (100, 60)) as (app, pilot):
        await pilot.press("7")
        await until_shown(app, pilot, "Tasks, the largest gain first")
        screen = app.screen
        assert isinstance(screen, CompareScreen)
        rows = [row for row in screen.view.rows if row.task is not None]
        assert [row.task for row in rows] == [f"task {number}" for number in (0, 1, 4, 2, 5, 3)]
        first = "".join(run.text for run in rows[0].runs).split()
        assert first[:12] == ["task", "0", "0", "of", "1", "1", "of", "1", "▲", "better", "+100", "points"]


async def test_from_a_task_to_two_simulations_and_to_an_event(tmp_path: Path) -> None:
    async with comparing(tmp_path, [WORSE, BETTER], (100, 60)) as (app, pilot):
        await pilot.press("7")
        await until_shown(app, pilot, "Tasks, the largest gain first")
        screen = app.screen
        assert isinstance(screen, CompareScreen)
        while screen.view.row.task != "task 1":
            await pilot.press("j")
        await pilot.press("enter")
        page = await until_shown(app, pilot, "here they part")
        assert (
            "esc goes back" in page and "7 compare  task task 1" in page and "✗ failed" in page and "✓ passed" in page
        )
        await pilot.press("enter")
        assert "enter on a step of the first log" in shown(app)
        await pilot.press("j", "enter")
        timeline = app.screen
        assert isinstance(timeline, TimelineScreen)
        await until(pilot, lambda: timeline.state.view.ref is not None)
        assert app.inspection.simulation_id == "sim-1"
        await pilot.press("7", "escape")
        assert screen.chosen_task is None and screen.view.row.task == "task 1"
        await pilot.press("escape")
        assert app.screen is timeline


async def test_of_three_logs_every_pair_and_each_against_the_first(tmp_path: Path) -> None:
    async with comparing(tmp_path, [WORSE, BETTER, WORSE]) as (app, pilot):
        await pilot.press("7")
        page = await until_shown(app, pilot, "Every pair")
        assert "[all runs] b.jsonl  c.jsonl" in page and "7 compare  3 logs" in page
        await pilot.press("tab", "tab")
        page = await until_shown(app, pilot, "c against a")
        assert "0 better, 0 worse, 6 equal" in page


async def _enter_a_task(app: InspectorApp, pilot: Pilot[None]) -> CompareScreen:
    """Show the simulations of the first task of the list beside each other."""
    await until_shown(app, pilot, "Tasks, the largest gain first")
    screen = app.screen
    assert isinstance(screen, CompareScreen)
    while screen.view.row.task is None:
        await pilot.press("j")
    await pilot.press("enter")
    return screen


async def test_another_pane_is_shown_in_place_of_two_simulations(tmp_path: Path) -> None:
    async with comparing(tmp_path, [WORSE, BETTER, WORSE], (100, 60)) as (app, pilot):
        await pilot.press("7", "tab")
        screen = await _enter_a_task(app, pilot)
        await until_shown(app, pilot, "here they part")
        await pilot.click("#panes", offset=(2, 0))  # all runs
        assert "7 compare  3 logs" in await until_shown(app, pilot, "Every pair")
        await pilot.press("tab", "G")
        assert screen.window.cursor == len(screen.view.rows) - 1


async def test_the_name_of_a_task_is_cut_where_one_sees_it(tmp_path: Path) -> None:
    name = f"[mobile_data_issue]{'airplane_mode_on|' * 4}off[PERSONA:Hard]"

    def make(path: Path) -> Path:
        tasks = [simulation(f"sim-{number}", f"{name}{number}", 0, passed=True) for number in (0, 1)]
        return write(path, [RunStartEvent(domain="telecom"), *tasks[0], *tasks[1]])

    async with comparing(tmp_path, [make, make], (80, 40)) as (app, pilot):
        await pilot.press("7")
        await _enter_a_task(app, pilot)
        title = (await until_shown(app, pilot, "first log")).splitlines()[0]
        assert "task [mobile_data_issue]" in title and "…" in title and title.endswith("[PERSONA:Hard]0")


async def test_a_log_that_cannot_be_compared_says_so(tmp_path: Path) -> None:
    def other(path: Path) -> Path:
        return write(path, [RunStartEvent(domain="retail"), *simulation("sim-0", "task 0", 0, passed=True)])

    async with comparing(tmp_path, [WORSE, other]) as (app, pilot):
        await pilot.press("7")
        assert "the runs are of different domains" in await until_shown(app, pilot, "nothing to compare")


async def test_tasks_that_are_not_compared_stand_there_with_the_reason(tmp_path: Path) -> None:
    async with comparing(tmp_path, [WORSE, _run(True, True)]) as (app, pilot):
        await pilot.press("7")
        page = await until_shown(app, pilot, "b against a")
        assert "left out             4 tasks: not in b  task 2, task 3, task 4, task 5" in page


async def test_tasks_are_named_that_leave_nothing_to_compare(tmp_path: Path) -> None:
    def other(path: Path) -> Path:
        return write(path, [RunStartEvent(domain="airline"), *simulation("sim-9", "task 9", 0, passed=True)])

    async with comparing(tmp_path, [_run(True), other]) as (app, pilot):
        await pilot.press("7")
        page = await until_shown(app, pilot, "left out")
        assert "1 task: not in b  task 0" in page and "1 task: not in a  task 9" in page


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (300, 100)])
@pytest.mark.parametrize("make", [WORSE, hostile])
async def test_any_size_and_any_content_is_drawn(tmp_path: Path, size: tuple[int, int], make: Make) -> None:
    async with comparing(tmp_path, [make, make], size) as (app, pilot):
        await pilot.press("7")
        screen = app.screen
        assert isinstance(screen, CompareScreen)
        await until(pilot, lambda: screen.view.sheet is not None or screen.failure is not None)
        assert screen.failure is None
        await pilot.press("enter", "G", "enter", "g", "pagedown")
        tasks = [place for place, row in enumerate(screen.view.rows) if row.task is not None]
        if tasks:
            screen.view.window.goto(tasks[0])
            await pilot.press("enter")
            await until(pilot, lambda: len(screen.page_rows) > 1)
            await pilot.press("j", "G", "g", "tab", "shift+tab", "escape")
        assert "\x1b" not in shown(app)
        await pilot.press("question_mark", "escape", "3")
        assert app.failure is None and isinstance(app.screen, TimelineScreen)


def test_files_of_equal_name_are_told_apart_by_their_folders() -> None:
    paths = [Path("/x/before/run.jsonl"), Path("/x/after/run.jsonl"), Path("/x/\x1bb.jsonl")]
    assert names_of(paths) == ["before/run.jsonl", "after/run.jsonl", "␛b.jsonl"]
    (long,) = names_of([Path("v02_airline_gpt-oss-120b_langchain_50x1.json")])
    assert len(long) == 40 and "…" in long and long.startswith("v02_airline") and long.endswith("50x1.json")
