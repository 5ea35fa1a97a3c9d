from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.events import StateChangeEvent, ToolExecutionEvent
from tau2_tui.runlog import RunLog
from tau2_tui.tui.format.runs import runs_width
from tau2_tui.tui.screens.timeline.detail import DetailState
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline, hostile, write


@pytest.fixture
def detail(log: RunLog) -> DetailState:
    state = DetailState(EventSource(log))
    state.resize(60, 12)
    state.show(0)
    return state


def texts(detail: DetailState) -> list[str]:
    rows = (detail.row(y) for y in range(detail.rows.height))
    return ["".join(run.text for run in detail.drawn(row)).rstrip() for row in rows if row is not None]


def test_only_the_rows_in_sight_are_made(detail: DetailState) -> None:
    assert detail.unfinished
    assert detail.rows.count < 20
    detail.last()
    assert not detail.unfinished
    assert texts(detail)[-1] == "Be kind."


def test_raw_json_folds_at_the_cursor_and_at_the_part_around_it(detail: DetailState) -> None:
    detail.toggle_raw()
    assert texts(detail)[0] == "{"
    place = next(y for y in range(200) if move_to(detail, y).strip().startswith('"config"'))
    detail.move(1)
    assert detail.toggle_fold()
    assert detail.rows.cursor == place
    assert move_to(detail, place).strip().startswith('"config": { 4 keys … }')
    assert detail.toggle_fold()
    assert move_to(detail, place).strip() == '"config": {'


def move_to(detail: DetailState, row: int) -> str:
    detail.move(row - detail.rows.cursor)
    found = detail.row(detail.rows.cursor - detail.rows.top)
    assert found is not None
    return "".join(run.text for run in found.runs)


def test_a_closing_bracket_folds_its_own_part(detail: DetailState) -> None:
    detail.toggle_raw()
    place = next(y for y in range(200) if move_to(detail, y).strip().startswith('"config"'))
    end = next(y for y in range(place, 200) if move_to(detail, y).strip() in ("}", "},"))
    assert end > place
    detail.toggle_fold()
    assert detail.rows.cursor == place


def test_text_has_nothing_to_fold(detail: DetailState) -> None:
    assert not detail.toggle_fold()


def test_cut_lines_move_sideways_and_wrapped_ones_do_not(detail: DetailState) -> None:
    detail.resize(20, 12)
    detail.move_sideways(8)
    assert detail.sideways == 0
    detail.toggle_wrap()
    before = texts(detail)[1]
    detail.move_sideways(8)
    assert before.startswith("event 0 · 2025") and texts(detail)[1].startswith("· 2025")


def test_another_event_starts_at_its_top_unfolded(detail: DetailState) -> None:
    detail.toggle_raw()
    detail.toggle_fold()
    detail.show(1)
    assert detail.rows.cursor == 0 and len(texts(detail)) > 1


@pytest.mark.parametrize("width", [1, 2, 3, 10, 40, 200])
def test_rows_fit_into_any_width(width: int, tmp_path: Path) -> None:
    with RunLog.open(hostile(tmp_path / "run.jsonl", size=3_000), index="now") as log:
        detail = DetailState(EventSource(log))
        detail.resize(width, 30)
        for line in range(len(log)):
            detail.show(line)
            for _ in range(2):
                for y in range(30):
                    row = detail.row(y)
                    assert row is None or runs_width(detail.drawn(row)) <= width
                detail.toggle_raw()


def test_the_changes_of_a_call_are_shown_with_it_though_others_lie_between(tmp_path: Path) -> None:
    def change(simulation: str, call: str, key: str) -> StateChangeEvent:
        changes = [{"op": "add", "path": f"/{key}", "value": 1}]
        return StateChangeEvent(simulation_id=simulation, tool_call_id=call, changes=changes)

    def call(name: str) -> ToolExecutionEvent:
        return ToolExecutionEvent(simulation_id="a", tool_call_id=name, tool_name="f", state_changed=True)

    events = [
        call("c1"),
        change("b", "c1", "other_simulation"),
        change("a", "c9", "other_call"),
        change("a", "c1", "its_own"),
        call("c2"),
        change("a", "c1", "too_late"),
    ]
    with RunLog.open(write(tmp_path / "run.jsonl", events), index="now") as log:
        detail = DetailState(EventSource(log))
        detail.resize(80, 40)
        detail.show(0)
        shown = "\n".join(texts(detail))
        detail.show(4)
        assert "no state change event near by" in "\n".join(texts(detail))
    assert "Changes in the agent's database\n/its_own  added\n+ 1" in shown
    assert not [key for key in ("other_simulation", "other_call", "too_late") if key in shown]


def test_an_unreadable_line_shows_its_reason_and_bytes(tmp_path: Path) -> None:
    path = airline(tmp_path / "run.jsonl")
    with path.open("ab") as file:
        file.write(b"{broken \x1b[31m\n")
    with RunLog.open(path, index="now") as log:
        detail = DetailState(EventSource(log))
        detail.resize(80, 20)
        detail.show(len(log) - 1)
        shown = texts(detail)
    assert shown[0] == "✗ unreadable line"
    assert shown[-1] == "{broken ␛[31m"
