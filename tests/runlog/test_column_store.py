from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tau2_tui.events import ExecutionEvent, MessageEvent, ToolExecutionEvent
from tau2_tui.runlog import RunLog, cache, event_lines, index_cache
from tau2_tui.runlog.column_store import ColumnStore, unreadable_rows
from tau2_tui.runlog.columns import COLUMN_TYPES, types_of
from tests.runlog.naive import actual_rows, expected_rows, log_of, same


def kept_types(store: ColumnStore) -> dict[str, str]:
    return {name: array.dtype.name for name, array in store.arrays(len(store)).items()}


def rows(count: int, **values: int) -> dict[str, np.ndarray]:
    found = unreadable_rows(np.arange(count) * 10)
    for name, value in values.items():
        found[name][-1] = value
    return found


def test_integers_take_no_more_room_than_their_values_need() -> None:
    store = ColumnStore(4)
    store.write(0, rows(3, seq=2, turn=300, scope=40_000, type=200), 30)
    assert kept_types(store) == {
        "offset": "uint32",
        "seq": "int32",
        "timestamp": "float64",
        "scope": "uint16",
        "turn": "int16",
        "type": "uint8",
        "level": "uint8",
    }


def test_spans_of_several_lines_are_those_of_each() -> None:
    store = ColumnStore(4)
    store.write(0, rows(5), 47)
    wanted = [4, 0, 3, 0]
    assert store.spans(wanted) == [store.span(line) for line in wanted] == [(40, 47), (0, 10), (30, 40), (0, 10)]
    assert store.spans([]) == []
    for lines in ([0, 5], [-1, 2]):
        with pytest.raises(IndexError):
            store.spans(lines)


@pytest.mark.parametrize(
    ("name", "value"),
    [("offset", 1 << 33), ("seq", 1 << 40), ("seq", -(1 << 40)), ("scope", 70_000), ("turn", 40_000), ("type", 300)],
)
def test_a_column_gets_wider_when_a_value_needs_it_and_readers_keep_what_they_have(name: str, value: int) -> None:
    store = ColumnStore(4)
    store.write(0, rows(3, seq=2), 30)
    before = store.snapshot()
    store.write(3, rows(2, **{name: value}), 1 << 34)
    widest = np.dtype(COLUMN_TYPES[name])
    assert store.arrays(5)[name].dtype == widest == types_of(name)[-1]
    assert store.arrays(5)[name].tolist()[-1] == value
    assert store.arrays(5)["seq"].tolist()[:3] == [-1, -1, 2] == before.seq.tolist()
    assert store.snapshot().offset.dtype == np.int64


def test_lines_are_found_by_bytes_beyond_what_a_narrow_column_holds() -> None:
    store = ColumnStore(4)
    store.write(0, rows(3), 30)
    assert store.lines_at([0, 9, 10, 25, 1 << 40]) == [0, 0, 1, 2, 2]


def test_a_log_of_odd_numbers_reads_the_same_now_and_from_its_kept_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_cache, "LEAST_LOG_BYTES", 1)
    monkeypatch.setattr(cache, "cache_directory", lambda: tmp_path / "cache")
    events: list[ExecutionEvent] = [MessageEvent(timestamp=1.76e9, turn_idx=turn) for turn in (1, 70_000, 2)]
    content = log_of(events).replace(b'{"seq":1,', b'{"seq":1000000000000,')
    path = tmp_path / "run.jsonl"
    path.write_bytes(content)
    for _ in range(2):
        with RunLog.open(path, index="now") as log:
            assert same(actual_rows(log.columns), expected_rows(content))
            assert log.columns.turn.dtype == np.int32 and log.columns.type.dtype == np.uint8


def test_the_lines_of_a_simulation_are_the_same_however_often_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_lines, "_SORTED_FROM", 3)
    events: list[ExecutionEvent] = [
        ToolExecutionEvent(
            timestamp=1.76e9 + number,
            simulation_id=None if number % 11 == 0 else f"s{number % 5}",
            task_id=None if number % 7 == 0 else f"t{number % 5}",  # one simulation, two scopes
            trial=0,
        )
        for number in range(60)
    ]
    path = tmp_path / "run.jsonl"
    path.write_bytes(log_of(events))
    with RunLog.open(path, index="now", cache=False) as log:
        for _ in range(3):
            for name in ("s0", "s1", "s2", "s3", "s4"):
                expected = [line for line, event in enumerate(events) if event.simulation_id == name]
                assert log.lines_of(name).tolist() == expected
            assert log.lines_of("none").tolist() == []
        assert [(ref.first_line, ref.line_count) for ref in log.simulations()] == [
            (lines[0], len(lines)) for name in ("s1", "s2", "s3", "s4", "s0") if (lines := log.lines_of(name).tolist())
        ]
