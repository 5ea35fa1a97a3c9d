from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.events import MessageEvent, ToolExecutionEvent
from tau2_tui.runlog import RunLog
from tau2_tui.tui.format.runs import runs_width
from tau2_tui.tui.screens.conversation.rows import conversation_rows, read_conversation
from tau2_tui.tui.screens.overlay import OverlayRow
from tests.tui.logs import airline, belonging, hostile, write


def rows_of(path: Path, simulation_id: str, width: int = 80) -> list[OverlayRow]:
    with RunLog.open(path, index="now") as log:
        return conversation_rows(read_conversation(log, simulation_id), width)


def text(rows: list[OverlayRow]) -> str:
    return "\n".join("".join(run.text for run in row.runs).rstrip() for row in rows)


def test_who_says_what_with_calls_results_and_changes(tmp_path: Path) -> None:
    said = text(rows_of(airline(tmp_path / "run.jsonl"), "sim-b", 120))
    assert "user    Hi, please cancel my reservation to Boston.\n        It is urgent!" in said
    assert 'agent   → cancel_reservation(reservation_id="XEWRD9", reason="change of plan")' in said
    assert '        ← {"reservation_id":"XEWRD9","status":"cancelled"' in said
    assert "        Δ database, 2 changes" in said
    assert "        ✗ TypeError: get_reservation_details() missing 1 required argument" in said
    assert said.splitlines()[-1].startswith("end     reward 0")


def test_a_row_knows_its_event(tmp_path: Path) -> None:
    rows = rows_of(airline(tmp_path / "run.jsonl"), "sim-b")
    known = {row.line: "".join(run.text for run in row.runs) for row in reversed(rows) if row.line is not None}
    assert "please cancel" in known[15] and "cancel_reservation" in known[18] and known[24].startswith("end")


def test_errors_of_models_and_notes_are_in_it(tmp_path: Path) -> None:
    said = text(rows_of(airline(tmp_path / "run.jsonl"), "sim-c"))
    assert "model" in said and "timed out" in said and "the judge was skipped" in said


def test_long_results_are_cut_with_a_word_about_it(tmp_path: Path) -> None:
    call = {"id": "1", "name": "look", "arguments": {}}
    events = [
        MessageEvent(role="assistant", tool_calls=[call]),
        ToolExecutionEvent(tool_name="look", tool_call_id="1", result="word " * 3_000),
        MessageEvent(role="user", content="line\n" * 3_000),
    ]
    rows = rows_of(write(tmp_path / "run.jsonl", belonging(list(events), "s", "1", 0)), "s")
    assert text(rows).count("… enter shows the whole") == 2 and len(rows) < 220


@pytest.mark.parametrize("width", [1, 20, 80, 300])
def test_nothing_in_it_acts_on_the_terminal_at_any_width(width: int, tmp_path: Path) -> None:
    path = hostile(tmp_path / "run.jsonl", size=5_000)
    with RunLog.open(path, index="now") as log:
        name = log.simulations()[0].simulation_id
        rows = conversation_rows(read_conversation(log, name), width)
    assert not set(text(rows)) & set("\x1b\x9b\x00\x85\u202e\u2066\u200b\ufeff\r\t")
    if width >= 20:
        assert max(runs_width(row.runs) for row in rows) <= width
