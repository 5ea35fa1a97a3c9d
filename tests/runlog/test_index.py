from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tau2_tui.errors import LogFormatError
from tau2_tui.events import ENVELOPE, ExecutionEvent, MessageEvent, ToolExecutionEvent, encode
from tau2_tui.runlog import RunLog, UnreadableLine, index
from tau2_tui.runlog import blocks as blocks_module
from tau2_tui.runlog import envelope as envelope_module
from tau2_tui.runlog import line_events as line_events_module
from tau2_tui.runlog import log as log_module
from tau2_tui.runlog.columns import COLUMN_TYPES
from tau2_tui.runlog.envelope import Envelope, read_envelope
from tau2_tui.runlog.index import LineIndex
from tau2_tui.runlog.outline import outlined
from tau2_tui.runlog.scan import BlockScanner
from tau2_tui.runlog.source import LogFile
from tests.runlog.naive import (
    actual_rows,
    damaged,
    expected_rows,
    log_of,
    recorded_events,
    same,
    sealed,
    split_lines,
)


def indexed(path: Path, data: bytes) -> LineIndex:
    path.write_bytes(data)
    built = LineIndex(LogFile(path))
    for _ in built.extend():
        pass
    return built


def has_repeated_keys(line: bytes) -> bool:
    """Return whether a line, of two that ran into each other, says something twice: then each reader may choose."""
    return any(line.count(b'"%b":' % name.encode()) > 1 for name in ENVELOPE)


def typical(count: int) -> list[ExecutionEvent]:
    return [
        ToolExecutionEvent(
            timestamp=1_759_135_099 + number * 0.37,
            simulation_id=f"0b9b7a26-5b49-4d3c-9d0f-{number % 3:012d}",
            task_id=f"[mms_issue]bad_network|break_apn_{number % 3}[PERSONA:Hard]",
            trial=number % 4,
            turn_idx=number or None,
            tool_name="get_user",
            tool_args={"text": 'a "quoted", line\n' * number},
            result={"seq": 1, "level": "x"},
            success=number % 5 > 0,
        )
        for number in range(count)
    ]


@given(st.data())
def test_the_columns_equal_those_of_a_json_parser(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = log_of(data.draw(recorded_events()))
    built = indexed(tmp_path_factory.mktemp("log") / "run.jsonl", content)
    assert same(actual_rows(built.store.snapshot()), expected_rows(content))
    for _ in built.check():
        pass
    assert built.corrections == 0


@settings(max_examples=200)
@given(st.data())
def test_of_a_damaged_log_every_line_is_there_and_after_the_check_as_a_json_parser_sees_it(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = data.draw(damaged(log_of(data.draw(recorded_events()))))
    path = tmp_path_factory.mktemp("log") / "run.jsonl"
    path.write_bytes(content)
    try:
        log = RunLog.open(path, index="now")
    except LogFormatError:
        return
    with log:
        assert [(log.offset(i), log.line(i)) for i in range(len(log))] == split_lines(content)
        log.check()
        expected, actual = expected_rows(content), actual_rows(log.columns)
        assert [row.type == "unreadable" for row in actual] == [row.type == "unreadable" for row in expected]
        ordinary = [i for i, (_, line) in enumerate(split_lines(content)) if not has_repeated_keys(line)]
        assert same([actual[i] for i in ordinary], [expected[i] for i in ordinary])
        for line, row in enumerate(expected):
            event = log.event(line)
            assert isinstance(event, UnreadableLine) == (row.type == "unreadable")
            if isinstance(event, UnreadableLine):
                assert (event.line, event.offset) == (line, row.offset) and event.reason
                assert log.columns.levels[log.columns.level[line]] == "error"


@given(st.data(), st.integers(4096, 9000))
def test_where_blocks_end_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, block: int
) -> None:
    sizes = data.draw(st.lists(st.sampled_from([0, 10, 500, 3000, 5000, 9000, 20000]), min_size=1, max_size=12))
    events = [MessageEvent(timestamp=1.76e9, content="x" * size, trial=n) for n, size in enumerate(sizes)]
    content = log_of(events)[: data.draw(st.sampled_from([None, -1, -700]))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "BLOCK_BYTES", block)
        built = indexed(tmp_path_factory.mktemp("log") / "run.jsonl", content)
    assert same(actual_rows(built.store.snapshot()), expected_rows(content))


def test_lines_as_the_recorder_writes_them_need_no_parser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(line: bytes) -> None:
        raise AssertionError(f"parsed: {line[:80]!r}")

    monkeypatch.setattr(index, "read_envelope", refuse)
    content = log_of(typical(50))
    built = indexed(tmp_path / "run.jsonl", content)
    assert same(actual_rows(built.store.snapshot()), expected_rows(content))


def test_long_ids_are_parsed_only_until_the_scanner_has_made_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[bytes] = []

    def read(line: bytes) -> Envelope:
        parsed.append(line)
        return read_envelope(line)

    monkeypatch.setattr(index, "read_envelope", read)
    monkeypatch.setattr(index, "BLOCK_BYTES", 4096)
    events = typical(200)
    for event in events:
        event.task_id = "t" * 250
        event.turn_idx = 3
    content = log_of(events)
    assert same(actual_rows(indexed(tmp_path / "run.jsonl", content).store.snapshot()), expected_rows(content))
    assert 0 < len(parsed) < 5


@given(st.lists(st.floats(1e9, 9999999999, exclude_max=True), min_size=1, max_size=50))
def test_times_are_read_to_the_last_bit(times: list[float]) -> None:
    content = sealed(
        b'{"seq":%d,"timestamp":%b,"event_type":"X","simulation_id":null,"task_id":null,"trial":null,"turn_idx":null,'
        b'"level":"info","source":"","message":"","metadata":{}' % (number, repr(time).encode())
        for number, time in enumerate(times)
    )
    scanner = BlockScanner(len(content))
    scanner.buffer[:] = content
    scanned = scanner.scan(len(content))
    assert scanned is not None
    assert scanned.timestamp.tolist() == [times[row] for row in scanned.rows]
    assert scanned.seq.tolist() == scanned.rows.tolist()
    typical_times = [row for row, time in enumerate(times) if 1 <= len(repr(time).partition(".")[2]) <= 7]
    assert scanned.rows.tolist() == typical_times


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"tool_name":"get_user"', b'"tool_name":"get'),
        (b',"chain":"', b',"chaim":"'),
        (b'"get_user"', b'"get_\0ser"'),
        (b'"get_user"', b'"get\tuser"'),
        (b'{"seq":3', b'{"seq":03'),
        (b'"seq":3', b'"seq":'),
        (b'"turn_idx":3', b'"turn_idx":03'),
        (b'"turn_idx":3', b'"turn_idx":nul'),
        (b'"timestamp":1', b'"timestamp":01'),
        (b'"trial":3', b'"trial":03'),
        (b'"level":"info"', b'"level":"inf\\"'),
        (b'"event_type":"Tool', b'"event_type":"\\Tool'),
    ],
)
def test_what_the_scan_sees_it_does_not_leave_to_the_check(tmp_path: Path, old: bytes, new: bytes) -> None:
    lines = log_of(typical(6)).split(b"\n")
    assert old in lines[3]
    if new.endswith(b'"get'):
        lines[3] = lines[3].partition(old)[0] + new
    else:
        lines[3] = lines[3].replace(old, new, 1)
    content = b"\n".join(lines)
    columns = indexed(tmp_path / "run.jsonl", content).store.snapshot()
    assert same(actual_rows(columns), expected_rows(content))
    assert columns.unreadable().any() == (b"chaim" not in new)


def test_a_line_longer_than_the_limit_is_an_entry_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (index, log_module, line_events_module, envelope_module, blocks_module):
        monkeypatch.setattr(module, "LINE_LIMIT", 1 << 20)
    monkeypatch.setattr(index, "BLOCK_BYTES", 1 << 20)
    events = [MessageEvent(timestamp=1.76e9, content="x" * size) for size in (10, 5 << 20, 20)]
    path = tmp_path / "run.jsonl"
    path.write_bytes(log_of(events))
    with RunLog.open(path, index="now") as log:
        log.check()
        assert log.columns.unreadable().tolist() == [False, True, False]
        entry = log.event(1)
        assert isinstance(entry, UnreadableLine) and "longer than 1 MiB" in entry.reason
        assert entry.size == len(encode(events[1])) + 44 - 1
        assert len(log.line(1)) == 1 << 20 and log.line(2).endswith(b'"}')
        assert [offset for offset, _ in log.head(9)] == log.columns.offset.tolist()
        assert [offset for offset, _ in log.tail(9)] == log.columns.offset.tolist()
        assert list(log.search(b"x" * 11)) == [1, 2]


def test_damage_inside_a_line_is_found_by_the_check(tmp_path: Path) -> None:
    lines = log_of(typical(9)).split(b"\n")
    lines[4] = lines[4].replace(b'"tool_args":{', b'"tool_args":[', 1)
    lines[7] = lines[7].replace(b"get_user", b"get_\xff\xfeer", 1)
    path = tmp_path / "run.jsonl"
    path.write_bytes(b"\n".join(lines))
    with RunLog.open(path, index="now") as log:
        assert not log.checked and not log.columns.unreadable().any()
        before = log.revision
        log.check()
        assert log.checked and np.flatnonzero(log.columns.unreadable()).tolist() == [4, 7]
        assert log.revision != before


def test_many_texts_and_growth_of_the_arrays(tmp_path: Path) -> None:
    events = [
        MessageEvent(timestamp=1.76e9 + n, simulation_id=f"s{n % 700}", task_id=f"t{n % 50}", trial=n % 7)
        for n in range(5000)
    ]
    content = log_of(events)
    built = indexed(tmp_path / "run.jsonl", content)
    assert same(actual_rows(built.store.snapshot()), expected_rows(content))
    assert built.store.snapshot().simulations[:3] == ["s0", "s1", "s2"]


def ahead(path: Path, data: bytes) -> LineIndex:
    """Index bytes as a big file is: its lines are found first, then blocks are scanned by several threads."""
    path.write_bytes(data)
    file = LogFile(path)
    found = [one for one in outlined(file, 0, 0) if one is not None]
    built = LineIndex(file)
    for _ in built.extend(found[-1]):
        pass
    return built


@settings(deadline=None, max_examples=25)
@given(st.binary(max_size=300), st.integers(0, 60), st.integers(2200, 6000))
def test_blocks_scanned_ahead_give_the_same_index(
    tmp_path_factory: pytest.TempPathFactory, torn: bytes, count: int, block: int
) -> None:
    data = log_of(typical(count)) + torn
    folder = tmp_path_factory.mktemp("ahead")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "BLOCK_BYTES", block)
        one, other = indexed(folder / "one.jsonl", data), ahead(folder / "other.jsonl", data)
    assert one.whole == other.whole and one.store.end == other.store.end
    first, second = one.store.snapshot(), other.store.snapshot()
    for name in COLUMN_TYPES:
        assert np.array_equal(getattr(first, name), getattr(second, name), equal_nan=name == "timestamp")
    assert (first.types, first.simulations, first.tasks) == (second.types, second.simulations, second.tasks)


def test_a_file_that_shrinks_while_it_is_scanned_ahead_ends_where_it_ends(tmp_path: Path) -> None:
    data = log_of(typical(30))
    path = tmp_path / "log.jsonl"
    path.write_bytes(data)
    file = LogFile(path)
    found = [one for one in outlined(file, 0, 0) if one is not None][-1]
    cut = data[: data.index(b"\n", len(data) // 2) + 1]
    path.write_bytes(cut)
    built = LineIndex(file)
    for _ in built.extend(found):
        pass
    assert built.whole == (cut.count(b"\n"), len(cut))
