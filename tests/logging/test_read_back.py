"""What was logged is there again, from memory or from the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tau2_tui.errors import LogFormatError
from tau2_tui.events import ExecutionEvent, ToolExecutionEvent
from tau2_tui.logging import ExecutionLogger
from tests.events.strategies import any_event


@settings(max_examples=30)
@given(events=st.lists(any_event(), max_size=8))
def test_any_events_are_read_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, events: list[ExecutionEvent]
) -> None:
    path = tmp_path_factory.mktemp("log") / "run.jsonl"
    with ExecutionLogger(path) as logger:
        for event in events:
            event.extra.pop("chain", None)
            logger.log_event(event)
    assert ExecutionLogger.load_events_from_file(path) == events


def test_memory_keeps_only_recent_events_and_the_rest_is_read_back(log: Path) -> None:
    with ExecutionLogger(log, recent=5) as logger:
        for number in range(50):
            logger.log_tool_execution("get_user", success=number % 10 != 0, execution_time=0.1)
        assert logger.get_statistics()["memory_events"] == 5
        assert len(logger.get_events_by_type(ToolExecutionEvent)) == 50
        statistics = logger.get_statistics()
    assert statistics["total_events"] == 50
    assert statistics["event_counts"] == {
        "total": 50,
        "tool_executions": 50,
        "state_changes": 0,
        "context_reductions": 0,
        "errors": 5,
    }


def test_a_logger_without_a_file_keeps_the_recent_events() -> None:
    logger = ExecutionLogger(recent=2)
    for number in range(4):
        logger.log_event(ExecutionEvent(message=str(number)))
    assert [event.message for event in logger.events()] == ["2", "3"]
    assert [event.seq for event in logger.events()] == [2, 3]


def test_events_of_a_time_range(log: Path) -> None:
    with ExecutionLogger(log) as logger:
        for second in range(5):
            logger.log_event(ExecutionEvent(timestamp=100.0 + second))
        assert [event.timestamp for event in logger.get_events_in_time_range(101, 103)] == [101, 102, 103]


def test_unreadable_lines_are_error_events_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(b'{"event_type":"ExecutionEvent","message":"ok"}\n\xff\xfe\n{"a":\n')
    events = ExecutionLogger.load_events_from_file(path)
    assert [event.event_type for event in events] == ["ExecutionEvent", "UnreadableLine", "UnreadableLine"]
    assert events[1].metadata["offset"] == 47 and events[2].metadata["line"] == 3
    with pytest.raises(LogFormatError, match="No such file"):
        ExecutionLogger.load_events_from_file(tmp_path / "none.jsonl")


def test_a_users_event_class_is_written_and_read_back(log: Path) -> None:
    @dataclass
    class LoopEvent(ExecutionEvent):
        length: int = 0

    with ExecutionLogger(log) as logger:
        logger.log_event(LoopEvent(length=4))
        (read,) = logger.get_events_by_type(LoopEvent)
    assert isinstance(read, LoopEvent) and read.length == 4
