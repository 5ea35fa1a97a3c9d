"""The lines that a filter selects from a log, held against asking it about every line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tau2_tui.events import ExecutionEvent, MessageEvent, ToolExecutionEvent
from tau2_tui.events.codec import loads
from tau2_tui.runlog import RunLog, UnreadableLine
from tau2_tui.runlog.filters import FilterError, parse, vocabulary_of
from tests.runlog.naive import damaged, log_of, recorded_events

values = st.sampled_from(
    ["0", "1", "-1", "5", "1.75e9", "sim-0", "*", "s*", "null", "true", "日本", "'ein,s'", "error*"]
)
fields = st.sampled_from(
    [
        *("tool:*a*", "success", "success:false", "role:user", "message~.", "content:*", "args:*", "trial", "turn"),
        *('"a"', "time>0", "time:null", "result_size>=0", "changes.op:add", "metadata:null", "tool_calls.id:*"),
    ]
)
signs = st.sampled_from([":", "=", "!="])
orders = st.sampled_from(["<", "<=", ">", ">="])
numbers = st.sampled_from(["0", "-1", "-2", "1", "2.5", "1750000000", "99999999999999999999"])


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """Filters over the envelope and a few keys of events."""
    kind = draw(st.integers(0, 9 if depth else 6))
    if kind == 0:
        return "error"
    if kind == 1:
        return draw(st.sampled_from(["type:tool", "type:message", "type:*State*", "type!=tool", "type~Tool"]))
    if kind == 2:
        return draw(st.sampled_from(["level:error", "level>=warning", "level<error", "level!=info", "level:null"]))
    if kind == 3:
        return draw(st.sampled_from(["simulation", "task"])) + draw(signs) + draw(values)
    if kind == 4:
        name = draw(st.sampled_from(["trial", "turn", "seq", "timestamp"]))
        return name + draw(orders) + draw(numbers)
    if kind == 5:
        name = draw(st.sampled_from(["trial", "turn", "seq"]))
        return name + draw(signs) + draw(numbers | st.just("null"))
    if kind == 6:
        return draw(fields)
    if kind == 7:
        return f"not ({draw(expressions(depth - 1))})"
    joint = " or " if kind == 8 else " "
    return f"({draw(expressions(depth - 1))}{joint}{draw(expressions(depth - 1))})"


def plainly(log: RunLog, text: str) -> list[int]:
    """Return the matching lines by asking about every line of the file."""
    wanted, chosen = parse(text), []
    for line in range(len(log)):
        event = log.event(line)
        if isinstance(event, UnreadableLine):
            fields: dict[str, Any] = {"event_type": "unreadable", "level": "error", "message": event.message}
        else:
            fields = loads(log.line(line))
            fields.pop("chain", None)
            trial, turn, seq = event.trial, event.turn_idx, event.seq
            fields |= {
                "event_type": event.event_type,
                "level": str(event.level),
                "trial": trial if trial is not None and -(2**31) <= trial < 2**31 else None,
                "turn_idx": turn if turn is not None and -(2**31) <= turn < 2**31 else None,
                "seq": seq,
            }
        if wanted.matches(fields):
            chosen.append(line)
    return chosen


def has_a_key_twice(line: bytes) -> bool:
    """Return whether a line is an object of which columns and parsers may take different values for one key."""
    repeated = False

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        repeated = repeated or len(dict(pairs)) < len(pairs)
        return dict(pairs)

    try:
        json.loads(line, object_pairs_hook=note)
    except (ValueError, RecursionError):
        return False
    return repeated


def opened(path: Path, data: bytes) -> RunLog | None:
    path.write_bytes(data)
    try:
        log = RunLog.open(path, index="now")
    except Exception:
        return None
    log.check()
    return log


@settings(max_examples=150)
@given(data=st.data(), events=recorded_events(), text=expressions())
def test_columns_bytes_and_parsing_agree_with_asking_about_every_line(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, events: list[ExecutionEvent], text: str
) -> None:
    raw = log_of(events)
    if data.draw(st.booleans()):
        raw = data.draw(damaged(raw))
    assume(not any(map(has_a_key_twice, raw.split(b"\n"))))
    log = opened(tmp_path_factory.mktemp("log") / "run.jsonl", raw)
    assume(log is not None)
    assert log is not None
    with log:
        wanted, expected = parse(text), plainly(log, text)
        assert wanted.select(log).tolist() == expected
        assert list(wanted.lines(log, backwards=True)) == expected[::-1]
        middle = data.draw(st.integers(0, len(log)))
        assert list(wanted.lines(log, start=middle)) == [line for line in expected if line >= middle]
        assert list(wanted.lines(log, stop=middle)) == [line for line in expected if line < middle]


def test_a_rare_text_is_found_in_a_long_log_in_both_directions(tmp_path: Path) -> None:
    events: list[ExecutionEvent] = []
    for number in range(3000):
        word = "refund please" if number in (17, 2900) else "hello"
        events.append(MessageEvent(timestamp=1.76e9, role="user", content=word, simulation_id="s"))
        events.append(ToolExecutionEvent(timestamp=1.76e9, tool_name="look", success=number % 500 != 1))
    log = opened(tmp_path / "run.jsonl", log_of(events))
    assert log is not None
    with log:
        for text in ('"refund"', "content:refund*", "content~refund", "role:user content:*refund*"):
            assert parse(text).select(log).tolist() == [34, 5800], text
            assert list(parse(text).lines(log, backwards=True)) == [5800, 34], text
        assert len(parse('error or "refund"').select(log)) == 8
        assert parse('not role:user not "look"').select(log).tolist() == []


def test_selecting_can_be_cancelled(tmp_path: Path) -> None:
    log = opened(tmp_path / "run.jsonl", log_of(MessageEvent(content="a", seq=n) for n in range(2000)))
    assert log is not None
    with log:
        asked: list[int] = []

        def cancelled() -> bool:
            asked.append(1)
            return len(asked) > 2

        assert 0 < len(parse("content~a").select(log, cancelled=cancelled)) < 2000


def test_a_log_knows_keys_and_types_of_its_own(tmp_path: Path) -> None:
    raw = b'{"seq":0,"timestamp":1.0,"event_type":"OddEvent","colour":"red"}\n' + log_of([MessageEvent(timestamp=1.0)])
    log = opened(tmp_path / "run.jsonl", raw)
    assert log is not None
    with log:
        vocabulary = vocabulary_of(log)
        assert parse("colour:red type:odd", vocabulary).select(log).tolist() == [0]
        with pytest.raises(FilterError):
            parse("colur:red", vocabulary)
        with pytest.raises(FilterError):
            parse("type:strange", vocabulary)
