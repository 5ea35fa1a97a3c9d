from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tau2_tui.errors import LogFormatError, LogWriteError
from tau2_tui.events import ExecutionEvent, MessageEvent, RunEndEvent, RunStartEvent, decode
from tau2_tui.runlog.spool import write_events
from tau2_tui.runlog.verify import verify


def some_events() -> Iterator[ExecutionEvent]:
    yield RunStartEvent(timestamp=10.0, domain="mock")
    yield MessageEvent(timestamp=9.5, role="user", content="\ud800 \x1b é", simulation_id="s", metadata={"n": 1 << 70})
    yield ExecutionEvent(timestamp=float("nan"), extra={"unknown": [1]})
    yield RunEndEvent(timestamp=11.0)


def test_the_log_verifies_and_holds_the_events(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    assert write_events(some_events(), path) == {
        "RunStartEvent": 1,
        "MessageEvent": 1,
        "ExecutionEvent": 1,
        "RunEndEvent": 1,
    }
    report = verify(path)
    assert report.ok and report.complete and report.lines == 4
    events = [decode(line) for line in path.read_bytes().splitlines()]
    assert [event.seq for event in events] == [0, 1, 2, 3]
    assert [event.timestamp for event in events] == [10.0, 9.5, 0.0, 11.0]
    message = events[1]
    assert (
        isinstance(message, MessageEvent) and message.content == "\ud800 \x1b é" and message.metadata == {"n": 1 << 70}
    )
    assert events[2].extra == {"unknown": [1]}


@pytest.mark.parametrize("time", [float("inf"), 10**400], ids=["inf", "large"])
def test_a_time_that_no_float_holds_is_that_of_the_epoch(tmp_path: Path, time: float) -> None:
    path = tmp_path / "run.jsonl"
    write_events([RunStartEvent(timestamp=1.0), ExecutionEvent(timestamp=time)], path)
    assert verify(path).ok
    assert [decode(line).timestamp for line in path.read_bytes().splitlines()] == [1.0, 0.0]


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    write_events(some_events(), tmp_path / "run.jsonl")
    assert stat.S_IMODE((tmp_path / "run.jsonl").stat().st_mode) == 0o600


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text("before")

    def failing() -> Iterator[ExecutionEvent]:
        yield ExecutionEvent()
        raise LogFormatError("the source broke")

    with pytest.raises(LogFormatError, match="the source broke"):
        write_events(failing(), path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.jsonl"] and path.read_text() == "before"


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(LogWriteError, match="cannot be written: No such file or directory"):
        write_events(some_events(), tmp_path / "none" / "run.jsonl")


def test_an_open_file_will_do() -> None:
    target = io.BytesIO()
    write_events(some_events(), target)
    assert target.getvalue().count(b"\n") == 4


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(LogWriteError, match="not a regular file"):
        write_events(some_events(), pipe)
    assert pipe.is_fifo()
