"""Lines of megabytes: another process parses them, and what comes back is what the line holds, shortened."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tau2_tui.events import MessageEvent, ToolExecutionEvent
from tau2_tui.logging import ExecutionLogger
from tau2_tui.runlog import RunLog, long_line
from tau2_tui.runlog.long_line import holds_object, read_event
from tau2_tui.runlog.merged import MergedLog
from tau2_tui.runlog.refs import UnreadableLine
from tau2_tui.runlog.shortened import ShortDict, shortened, whole_length


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "run.jsonl"
    result = [{"number": 10**30, "text": "é" * 60} for _ in range(20_000)]
    with ExecutionLogger(path) as logger:
        logger.log_event(MessageEvent(content="before"))
        logger.log_event(ToolExecutionEvent(simulation_id="s", tool_name="t", result=result))
    with path.open("ab") as file:
        file.write(b'{"event_type": "MessageEvent", "content": "' + b"x" * (3 << 20) + b'"\n')
    return path


def nowhere(_: object) -> None:
    """There is no room for another process."""


@pytest.mark.parametrize("elsewhere", [None, nowhere])
def test_a_long_line_is_read_elsewhere_or_else_here(
    path: Path, monkeypatch: pytest.MonkeyPatch, elsewhere: Callable[[object], None] | None
) -> None:
    if elsewhere is not None:
        monkeypatch.setattr(long_line, "_read_elsewhere", elsewhere)
    with RunLog.open(path, index="now") as log:
        if elsewhere is None:
            monkeypatch.setattr(RunLog, "decoded", None)  # not here
        event, broken = read_event(log, 1), read_event(log, 2)
    assert isinstance(event, ToolExecutionEvent) and (event.simulation_id, event.seq) == ("s", 1)
    assert event.result[0] == {"number": 10**30, "text": "é" * 60} and whole_length(event.result) == 20_000
    assert isinstance(broken, UnreadableLine) and broken.reason == "not JSON: it breaks off"
    assert (broken.line, len(broken.data)) == (2, 1 << 16) and broken.size > 3 << 20


def test_a_line_of_one_of_several_logs(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    with ExecutionLogger(other) as logger:
        logger.log_event(MessageEvent(content="the other"))
    with MergedLog([RunLog.open(path, index="now"), RunLog.open(other, index="now")]) as log:
        found = [read_event(log, line) for line in range(len(log))]
    assert [whole_length(one.result) for one in found if isinstance(one, ToolExecutionEvent)] == [20_000]
    assert [one.line for one in found if isinstance(one, UnreadableLine)] != []


def test_a_short_line_is_what_it_is(path: Path) -> None:
    with RunLog.open(path, index="now") as log:
        assert read_event(log, 0) == log.event(0)


def test_values_are_shortened_as_a_whole() -> None:
    small = {"a": [1, {"b": "c"}], "d": None}
    assert shortened(small) == small and type(shortened(small)) is dict
    wide = shortened({str(number): list(range(100)) for number in range(5_000)})
    assert isinstance(wide, ShortDict) and whole_length(wide) == 5_000 and len(wide) <= 2_000
    assert len(json.dumps(wide)) < 200_000
    assert shortened("x" * 2_000_000) == "x" * 1_000_000 + "…"
    deep: list[object] = []
    for _ in range(500):
        deep = [deep]
    assert len(json.dumps(shortened(deep))) < 200


@pytest.mark.parametrize("size", [1 << 10, 5 << 20])
def test_whether_it_is_an_object_is_told_elsewhere_too(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    text = b'{"event_type": "X", "content": "' + b"x" * size
    if size > 1 << 20:
        monkeypatch.setattr(long_line, "is_object", None)  # not here
    assert holds_object(text + b'"}') and not holds_object(text + b'"') and not holds_object(b"[" + text + b'"}]')


def test_whether_it_is_an_object_is_told_where_there_is_no_other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_line, "_run", lambda *_: None)
    assert holds_object(b'{"a": "' + b"x" * (5 << 20) + b'"}')
