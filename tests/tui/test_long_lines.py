"""Lines of megabytes: read by whoever is asked, the last one asked for first, and shortened to what a screen shows."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tau2_tui.events import MessageEvent, StateChangeEvent, ToolExecutionEvent
from tau2_tui.logging import ExecutionLogger
from tau2_tui.runlog import RunLog
from tau2_tui.runlog.long_line import LONG_BYTES, read_event
from tau2_tui.runlog.refs import UnreadableLine
from tau2_tui.runlog.shortened import whole_length
from tau2_tui.tui import long_lines
from tau2_tui.tui.format.summary import summarise
from tau2_tui.tui.screens.conversation.rows import read_conversation
from tau2_tui.tui.screens.state.reading import read_history
from tau2_tui.tui.screens.state.state import Against, Layout, rows_of
from tau2_tui.tui.screens.timeline.detail import DetailState
from tau2_tui.tui.screens.timeline.rows import RowWriter
from tau2_tui.tui.screens.timeline.state import TimelineState
from tau2_tui.tui.source import EventSource

ITEMS = [{"id": number, "text": "some text", "inner": [1, {"a": number}]} for number in range(30_000)]
CHANGES = [
    {"op": "replace", "path": f"/users/u{number}/name", "old": "a", "value": "b" * 20} for number in range(20_000)
]
WHERE = {"simulation_id": "s", "task_id": "t", "trial": 0}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[RunLog]:
    path = tmp_path / "run.jsonl"
    call = {**WHERE, "tool_name": "list_all", "tool_call_id": "c"}
    with ExecutionLogger(path) as logger:
        logger.log_event(MessageEvent(**WHERE, role="user", content="list all"))  # type: ignore[arg-type]
        logger.log_event(ToolExecutionEvent(**call, result=ITEMS, state_changed=True))  # type: ignore[arg-type]
        logger.log_event(StateChangeEvent(**WHERE, state_type="database", tool_call_id="c", changes=CHANGES))  # type: ignore[arg-type]
        logger.log_event(ToolExecutionEvent(**call, result=json.dumps(ITEMS)))  # type: ignore[arg-type]
    with RunLog.open(path, index="now") as log:
        yield log


def texts(detail: DetailState) -> list[str]:
    return ["".join(run.text for run in row.runs) for y in range(60) if (row := detail.row(y)) is not None]


def test_it_is_read_by_whoever_was_asked_the_last_one_first(log: RunLog) -> None:
    source, asked = EventSource(log), []
    source.long.ask = lambda: asked.append(1)
    for line in (1, 2, 1):
        entry = source.entry(line)
        assert type(entry).__name__ == "ExecutionEvent" and entry.simulation_id == "s" and entry.seq == line
        assert "reading " in entry.message and entry.timestamp > 0
    assert isinstance(source.entry(0), MessageEvent) and len(asked) == 2
    taken = source.long.take()
    assert taken is not None and taken[1] == 2
    source.long.put(taken[0], read_event(log, 2))
    assert isinstance(source.entry(2), StateChangeEvent) and len(asked) == 2


def test_what_is_kept_is_what_a_screen_shows(log: RunLog) -> None:
    event = read_event(log, 1)
    assert isinstance(event, ToolExecutionEvent) and event.result[:2] == ITEMS[:2]
    assert len(event.result) == 2_000 and whole_length(event.result) == 30_000
    change = read_event(log, 2)
    assert "20,000 changes" in summarise(change).text  # type: ignore[arg-type]
    parsed = read_event(log, 3)
    assert isinstance(parsed, ToolExecutionEvent) and whole_length(parsed.result) == 30_000
    assert gc.isenabled()


def test_only_a_few_are_kept_at_a_time(log: RunLog) -> None:
    source = EventSource(log)
    long = source.long.of(1)
    assert long is not None and source.long.of(0) is None
    source.entry(1)
    for number in range(4):
        source.long.put(long._replace(generation=number + 1), UnreadableLine(9, 0, 0, ""))
    assert not source.long.knows(long)


def test_the_detail_comes_when_the_line_and_its_changes_are_read(log: RunLog) -> None:
    source = EventSource(log)
    source.long.ask = lambda: None
    detail = DetailState(source)
    detail.resize(80, 60)
    detail.show(1)
    assert any("reading " in text for text in texts(detail))
    for line in (2, 1):
        long = source.long.of(line)
        assert long is not None and long.end - long.start > LONG_BYTES
        source.long.put(long, read_event(log, line))
        detail.line_read(line)
    shown = texts(detail)
    assert "only the start is shown" in shown[0] and "[ 30,000 items … ]" in shown
    assert any("/users/u14/name" in text for text in shown)
    detail.toggle_raw()
    assert "only the start is shown" in texts(detail)[0] and texts(detail)[1] == "{"


def test_an_unfolded_array_says_what_is_left_out(log: RunLog) -> None:
    detail = DetailState(EventSource(log))
    detail.resize(80, 60)
    detail.show(1)
    detail.rows.goto(texts(detail).index("[ 30,000 items … ]"))
    assert detail.toggle_fold()
    detail.last()
    assert any("… 28,000 more items" in row.text for row in detail._made)


def test_a_row_of_the_list_reads_its_line_once(log: RunLog) -> None:
    source = EventSource(log)
    asked: list[int] = []
    source.long.ask = lambda: asked.append(1)
    writer = RowWriter(TimelineState(source))
    assert "reading" in "".join(run.text for run in writer.runs(1, 100))
    long = source.long.of(1)
    assert long is not None
    writer.line_read(1, long, read_event(log, 1))
    source.long.take()
    for _ in range(2):
        assert "list_all()" in "".join(run.text for run in writer.runs(1, 100))
        writer.forget()
    assert len(asked) == 1


def test_a_row_whose_line_had_to_make_room_is_asked_for_again(log: RunLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_lines, "_MOST_WAITING", 1)
    source = EventSource(log)
    source.long.ask = lambda: None
    writer = RowWriter(TimelineState(source))
    for _ in range(3):
        for row in (1, 2, 3):
            writer.runs(row, 100)
        taken = source.long.take()
        assert taken is not None
        writer.line_read(taken[1], taken[0], read_event(log, taken[1]))
    assert not any("reading" in "".join(run.text for run in writer.runs(row, 100)) for row in (1, 2, 3))


def test_other_screens_keep_little_and_say_what_they_leave_out(log: RunLog) -> None:
    reading = read_conversation(log, "s")
    results = [call.execution.result for turn in reading.turns for call in turn.calls if call.execution is not None]
    assert results and all(len(result) <= 2_000 for result in results)
    history = read_history(log, "s")
    assert len(history.steps[0].changes) == 2_000 and history.steps[0].more == 18_000
    for against in (Against.STEP, Against.START):
        said = "\n".join("".join(run.text for run in row.runs) for row in rows_of(history, against, Layout(80, False)))
        assert "18,000 more changes" in said or "18,000 changes that are too many" in said.replace("\n", " ")
