"""The timeline's keys that find the first mistake, and that take something along."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.tui.inspection import Failed
from tests.tui.logs import airline, hostile
from tests.tui.screens.walking import inspector, shown, until, until_shown


async def test_d_goes_to_where_a_failed_simulation_went_wrong_and_says_how(tmp_path: Path) -> None:
    async with inspector(tmp_path, (120, 24)) as (app, pilot):
        state: Any = app.screen.state  # type: ignore[attr-defined]
        await pilot.press("colon", *"7:1", "enter", "d")
        await until(pilot, lambda: state.line == 18)
        assert state.entry.tool_name == "cancel_reservation"
        assert shown(app).splitlines()[-1].startswith("wrong argument: cancel_reservation with wrong reason")


async def test_d_says_why_there_is_nothing_to_go_to(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("d")
        await until_shown(app, pilot, "no simulation here")
        await pilot.press("colon", *"7:0", "enter", "d")
        await until_shown(app, pilot, "this simulation has not failed")


async def test_d_says_that_it_could_not_be_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with inspector(tmp_path) as (app, pilot):
        monkeypatch.setattr(app, "fact", lambda *_, **__: Failed("ValueError: no \x1b[31mway"))
        await pilot.press("d")
        assert "no ␛[31mway" in shown(app)


async def test_y_copies_the_event_as_json_and_in_the_detail_its_line(tmp_path: Path) -> None:
    async with inspector(tmp_path) as (app, pilot):
        copied: list[str] = []
        app.copy = copied.append  # type: ignore[method-assign]
        await pilot.press("j", "j", "y")
        assert json.loads(copied[0])["event_type"] == "SimulationStartEvent"
        assert "event copied" in shown(app)
        await pilot.press("tab", "J", "j", "y")
        assert copied[1] == '"seq": 2,'
        assert "line copied, 9 characters" in shown(app)


async def test_y_copies_the_whole_of_a_wrapped_line_and_nothing_that_acts(tmp_path: Path) -> None:
    async with inspector(tmp_path, write=lambda path: hostile(path, size=3_000)) as (app, pilot):
        state: Any = app.screen.state  # type: ignore[attr-defined]
        copied: list[str] = []
        app.copy = copied.append  # type: ignore[method-assign]
        for line in range(state.source.count):
            state.goto_line(line)
            await pilot.press("y")
        assert len(copied) > 15
        assert not [text for text in copied if set(text) & set("\x1b\x9b\x00\x85\u202e\u2066\u200b\ufeff\n")]
        state.goto_line(8)
        await pilot.press("tab", "J", "G")
        wide = next(row for row in range(len(state.detail._made)) if "xxxx" in state.detail._made[row].text)
        state.detail.rows.goto(wide + 3)
        await pilot.press("y")
        assert copied[-1].count("x") >= 2_000


async def test_what_is_too_long_for_a_terminal_is_not_copied(tmp_path: Path) -> None:
    async with inspector(tmp_path, write=lambda path: hostile(path, size=50_000)) as (app, pilot):
        state: Any = app.screen.state  # type: ignore[attr-defined]
        state.goto_line(8)
        await pilot.press("y")
        assert "a terminal takes 74,994; x exports it" in shown(app)


async def test_a_line_of_megabytes_is_not_read_to_find_that_it_is_too_long_to_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inspector(tmp_path, write=hostile) as (app, pilot):
        state: Any = app.screen.state  # type: ignore[attr-defined]
        state.goto_line(8)
        monkeypatch.setattr(state.source, "data", lambda line: pytest.fail("it is read, which takes long"))
        await pilot.press("y")
        assert "too long to copy: 2.1 MB; x exports it" in shown(app)


async def test_x_writes_what_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with inspector(tmp_path) as (app, pilot):
        await pilot.press("f", *"type:tool", "enter")
        await until_shown(app, pilot, "3 of 31")
        await pilot.press("x")
        assert shown(app).splitlines()[-1].startswith("export 3 events to: run-events.jsonl")
        await pilot.press("enter")
        await until_shown(app, pilot, "3 events written to run-events.jsonl")
        lines = (tmp_path / "run-events.jsonl").read_bytes().splitlines()
        assert [json.loads(line)["event_type"] for line in lines] == ["ToolExecutionEvent"] * 3
        await pilot.press("x", "enter")
        await until_shown(app, pilot, "nothing written, this is there already: run-events.jsonl")
        await pilot.press("x", "ctrl+u", *"no/such/place", "enter")
        await until_shown(app, pilot, "nothing written, No such file or directory: no/such/place")
        await pilot.press("x", "escape")
        assert len(list(tmp_path.iterdir())) == 2


def test_the_log_is_as_the_tests_believe(tmp_path: Path) -> None:
    line = airline(tmp_path / "run.jsonl").read_bytes().splitlines()[18]
    assert json.loads(line)["tool_args"]["reservation_id"] == "XEWRD9"
