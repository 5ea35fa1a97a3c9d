from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.events import ExecutionEvent, MessageEvent, SimulationEndEvent, SimulationStartEvent
from tau2_tui.runlog import RunLog, UnreadableLine
from tau2_tui.runlog.merged import MergedLog
from tests.runlog.naive import actual_rows, expected_rows, log_of, split_lines
from tests.support.program import PATIENCE

entries = st.lists(st.tuples(st.sampled_from([1.0, 2.0, 3.5, 3.5, 8.0, 9.0]), st.text("ab", max_size=2)), max_size=12)


def event(time: float, text: str, number: int) -> ExecutionEvent:
    return MessageEvent(
        timestamp=1.7e9 + time, content=f"text {text}", simulation_id=f"s{number}", task_id=f"t{number}", trial=number
    )


def written(directory: Path, logs: list[list[tuple[float, str]]]) -> list[bytes]:
    """Write logs in which every line without a text is unreadable; return their bytes."""
    contents = []
    for number, one in enumerate(logs):
        data = log_of([event(0.0, "first", number), *(event(time, text, number) for time, text in one)])
        lines = data.split(b"\n")
        for place, (_, text) in enumerate(one, 1):
            if not text:
                lines[place] = lines[place][:70]
        contents.append(b"\n".join(lines))
        (directory / f"{number}.jsonl").write_bytes(contents[-1])
    return contents


def merged(directory: Path, count: int, mode: str = "now") -> MergedLog:
    return MergedLog([RunLog.open(directory / f"{n}.jsonl", index=mode) for n in range(count)])  # type: ignore[arg-type]


def plainly(contents: list[bytes]) -> list[tuple[float, int, int]]:
    """Return time, log and line of all lines in the order that they should have."""
    keys = []
    for log, data in enumerate(contents):
        latest = -math.inf
        for line, row in enumerate(expected_rows(data)):
            latest = latest if math.isnan(row.timestamp) else max(latest, row.timestamp)
            keys.append((latest, log, line))
    return sorted(keys)


@given(st.lists(entries, min_size=1, max_size=4), st.data())
def test_lines_are_in_order_of_time_and_each_log_keeps_its_own(
    tmp_path_factory: pytest.TempPathFactory, logs: list[list[tuple[float, str]]], data: st.DataObject
) -> None:
    directory = tmp_path_factory.mktemp("merged")
    contents = written(directory, logs)
    order = plainly(contents)
    lines = [split_lines(content) for content in contents]
    rows = [expected_rows(content) for content in contents]
    with merged(directory, len(logs)) as log:
        assert log.complete and len(log) == len(order)
        assert [log.source_of(i) for i in range(len(log))] == [(source, line) for _, source, line in order]
        assert [(log.offset(i), log.line(i)) for i in range(len(log))] == [lines[s][line] for _, s, line in order]
        assert [row.key() for row in actual_rows(log.columns)] == [rows[s][line].key() for _, s, line in order]
        assert log.lines(0, len(log)) == [log.line(i) for i in range(len(log))]
        for i in range(len(log)):
            found = log.event(i)
            assert not isinstance(found, UnreadableLine) or found.line == i
        pattern = data.draw(st.sampled_from(["text a", "first", "seq", "zz"]))
        start = data.draw(st.none() | st.integers(0, len(log) + 1))
        hits = [i for i in range(len(log)) if pattern.encode() in log.line(i)]
        assert list(log.search(pattern, start)) == [i for i in hits if start is None or i >= start]
        assert list(log.search(pattern, start, True)) == [i for i in reversed(hits) if start is None or i <= start]
        texts = [i for i in range(len(log)) if b"text a" in log.line(i) or b"text b" in log.line(i)]
        assert list(log.search("te.t [ab]+", regex=True)) == texts
        assert [line for _, line in log.head(5)] == [log.line(i) for i in range(min(5, len(log)))]


def test_simulations_of_all_logs_are_known(tmp_path: Path) -> None:
    for number in range(2):
        scope = {"simulation_id": f"s{number}", "task_id": f"{number}", "trial": 0}
        events: list[ExecutionEvent] = [
            SimulationStartEvent(timestamp=1.7e9 + number, domain="mock", **scope),
            SimulationEndEvent(timestamp=1.7e9 + 10 - number, reward=float(number), **scope),
        ]
        (tmp_path / f"{number}.jsonl").write_bytes(log_of(events))
    with merged(tmp_path, 2) as log:
        assert [(ref.simulation_id, ref.first_line, ref.last_line) for ref in log.simulations()] == [
            ("s0", 0, 3),
            ("s1", 1, 2),
        ]
        assert {name: one.reward for name, one in log.outcomes().items()} == {"s0": 0.0, "s1": 1.0}
        assert log.lines_of("s1").tolist() == [1, 2] and log.status == "running or cut off"
        assert log.path.name == "0.jsonl + 1.jsonl" and log.size == sum(one.size for one in log.logs)


def test_numbers_stay_when_lines_are_appended_behind_and_change_when_between(tmp_path: Path) -> None:
    early, late = tmp_path / "0.jsonl", tmp_path / "1.jsonl"
    early.write_bytes(log_of([event(1, "a", 0)]))
    late.write_bytes(log_of([event(5, "b", 1)]))
    with merged(tmp_path, 2) as log:
        assert [log.source_of(i) for i in range(len(log))] == [(0, 0), (1, 0)]
        generation = log.generation
        late.write_bytes(log_of([event(5, "b", 1), event(6, "b", 1)]))
        assert log.refresh() and len(log) == 3 and log.generation == generation
        early.write_bytes(log_of([event(1, "a", 0), event(2, "a", 0)]))
        assert log.refresh() and [log.source_of(i)[0] for i in range(len(log))] == [0, 0, 1, 1]
        assert log.generation != generation and not log.refresh()


def test_simulations_are_numbered_in_the_order_in_which_they_begin(tmp_path: Path) -> None:
    (tmp_path / "0.jsonl").write_bytes(log_of([event(1, "a", 0), event(5, "a", 2), event(9, "a", 0)]))
    (tmp_path / "1.jsonl").write_bytes(log_of([event(3, "b", 1), event(5, "b", 3), event(7, "b", 2)]))
    with merged(tmp_path, 2) as log:
        assert log.columns.simulations == [ref.simulation_id for ref in log.simulations()] == ["s0", "s1", "s2", "s3"]
        assert [log.columns.simulations[code] for code in log.columns.simulation] == [
            "s0",
            "s1",
            "s2",
            "s3",
            "s2",
            "s0",
        ]


def test_before_the_logs_are_indexed_their_ends_are_there(tmp_path: Path) -> None:
    written(tmp_path, [[(1.0, "a"), (9.0, "b")], [(2.0, "a"), (8.0, "b")]])
    with merged(tmp_path, 2, "off") as log:
        assert len(log) == 0 and len(log.columns) == 0 and not log.complete
        assert [b"text b" in line for _, line in log.head(9)] == [False] * 4 + [True] * 2
        assert len(log.tail(1)) == 1
        log.start()
        assert log.wait(PATIENCE) and len(log) == 6


def test_nothing_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="nothing to merge"):
        MergedLog([])
