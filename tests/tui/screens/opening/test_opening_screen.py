"""Opening another log through the keys, and changing between several."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.runlog import RunLog, opening
from tau2_tui.tui.app import InspectorApp
from tau2_tui.tui.screens.compare.screen import CompareScreen
from tau2_tui.tui.screens.opening.screen import OpeningScreen
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline, long_run
from tests.tui.screens.walking import inspector, shown, until, until_shown


def keys(text: str) -> list[str]:
    return ["slash" if letter == "/" else letter for letter in text]


async def ask(app: InspectorApp, pilot: Any, text: str) -> None:
    await pilot.press("o")
    await until(pilot, lambda: isinstance(app.screen, OpeningScreen))
    await pilot.press(*keys(text))


async def test_a_log_is_opened_after_completion_and_both_stay_open(tmp_path: Path) -> None:
    other = long_run(tmp_path / "other.jsonl")
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("j", "j")
        await ask(app, pilot, f"{tmp_path}/ot")
        await pilot.press("tab")
        assert str(other) in shown(app).replace("\n", "") or other.name in shown(app)
        await pilot.press("enter")
        await until_shown(app, pilot, "log 2 of 2: other.jsonl")
        screen = app.screen
        assert isinstance(screen, TimelineScreen) and screen.state.source.name == "other.jsonl"
        await pilot.press("L")
        first = app.screen
        assert isinstance(first, TimelineScreen) and first.state.source.name == "run.jsonl"
        assert first.state.rows.cursor == 2  # as it was left
        await pilot.press("L")
        assert app.screen is screen


async def test_what_cannot_be_opened_says_why_and_asks_again(tmp_path: Path) -> None:
    (tmp_path / "none.txt").write_text("\x1b[31mno log\n")
    async with inspector(tmp_path, (160, 24)) as (app, pilot):
        await ask(app, pilot, f"{tmp_path}/none.txt")
        await pilot.press("enter")
        screen = await until_shown(app, pilot, "✗ ")
        assert isinstance(app.screen, OpeningScreen) and "none.txt" in screen and "\x1b" not in screen
        await pilot.press("x")
        assert "✗ " not in shown(app)  # until something else is typed
        await pilot.press("escape")
        assert isinstance(app.screen, TimelineScreen) and len(app.desks) == 1


async def test_whatever_goes_wrong_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **options: object) -> RunLog:
        raise KeyError("task\x1b_id")

    monkeypatch.setattr(opening, "open_log", broken)
    async with inspector(tmp_path, (160, 24)) as (app, pilot):
        await ask(app, pilot, f"{tmp_path}/other.jsonl")
        await pilot.press("enter")
        screen = await until_shown(app, pilot, "✗ KeyError: ")
        assert isinstance(app.screen, OpeningScreen) and "task" in screen and "\x1b" not in screen


async def test_a_directory_is_gone_into_and_a_foreign_format_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    end = {"id": "s1", "task_id": "0", "trial": 0, "termination_reason": "user_stop", "reward_info": {"reward": 1.0}}
    message = {"role": "user", "content": "Hi", "turn_idx": 0, "timestamp": "2025-01-01T00:00:00"}
    simulation = {**end, "messages": [message], "start_time": "2025-01-01T00:00:00", "end_time": "2025-01-01T00:00:01"}
    info = {
        "git_commit": "x",
        "num_trials": 1,
        "max_steps": 9,
        "max_errors": 9,
        "environment_info": {"domain_name": "mock"},
    }
    document = {"timestamp": "2025-01-01", "info": info, "tasks": [{"id": "0"}], "simulations": [simulation]}
    (folder / "tau2.json").write_text(json.dumps(document))
    async with inspector(tmp_path, (100, 24)) as (app, pilot):
        await ask(app, pilot, f"{tmp_path}/res")
        await pilot.press("down", "enter")  # the directory
        await until_shown(app, pilot, "tau2.json")
        await pilot.press("down", "enter")
        await until_shown(app, pilot, "log 2 of 2: tau2.json")


async def test_the_same_file_is_not_opened_twice(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await ask(app, pilot, f"{tmp_path}/run.jsonl")
        await pilot.press("enter")
        await until_shown(app, pilot, "log 1 of 1: run.jsonl")
        assert len(app.desks) == 1


async def test_the_comparison_takes_a_log_that_was_opened_later(tmp_path: Path) -> None:
    airline(tmp_path / "later.jsonl")
    async with inspector(tmp_path, (100, 30)) as (app, pilot):
        await pilot.press("7")
        await until_shown(app, pilot, "o opens another one")
        await ask(app, pilot, f"{tmp_path}/later.jsonl")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen) and app.screen.names[0] == "later.jsonl")
        await pilot.press("L")
        await until(
            pilot, lambda: isinstance(app.screen, CompareScreen) and app.screen.names == ["run.jsonl", "later.jsonl"]
        )


async def test_logs_looked_at_are_offered_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    first, second = airline(tmp_path / "first.jsonl"), airline(tmp_path / "second.jsonl")
    for path in (first, second):
        with RunLog.open(path, index="off") as log:
            app = InspectorApp(EventSource(log), remembers=True)
            async with app.run_test(size=(120, 24)) as pilot:
                await until(pilot, lambda log=log: log.complete)  # type: ignore[misc]
                await pilot.press("o")
                await until(pilot, lambda app=app: isinstance(app.screen, OpeningScreen))  # type: ignore[misc]
                screen = shown(app)
                assert ("lately" in screen) == ("first.jsonl" in screen) == (path == second)
                assert "second.jsonl" not in screen  # it is open, or was never


async def test_what_could_not_be_opened_at_the_start_is_said(tmp_path: Path) -> None:
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="off") as log:
        app = InspectorApp(EventSource(log), failures=["b\x1b.jsonl: no such file"])
        async with app.run_test(size=(100, 24)) as pilot:
            await until_shown(app, pilot, "not opened: b␛.jsonl: no such file")
            await pilot.press("7")
            await until_shown(app, pilot, "not opened: b␛.jsonl: no such file")
