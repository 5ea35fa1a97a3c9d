from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tau2_tui.runlog import index_shares
from tau2_tui.runlog.columns import COLUMN_TYPES
from tau2_tui.runlog.index import LineIndex
from tau2_tui.runlog.index_shares import Shares
from tau2_tui.runlog.outline import Outline, outlined
from tau2_tui.runlog.source import LogFile
from tests.runlog.naive import log_of
from tests.runlog.test_index import typical

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),  # the tests' process has threads
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.jsonl"


@pytest.fixture
def shares(path: Path) -> Iterator[Any]:
    """Return what shares the file out; its processes are ended with the test."""
    made: list[tuple[LogFile, Shares]] = []

    def of(count: int) -> tuple[LogFile, Shares]:
        file = LogFile(path)
        made.append((file, Shares(file, count)))
        return made[-1]

    yield of
    for file, shared in made:
        shared.close()
        file.close()


def indexed(file: LogFile, shared: Shares) -> LineIndex:
    """Return the index of what all shares gave."""
    index = LineIndex(file)
    for _ in shared.extend(index, shared.outline()):
        pass
    return index


def same(one: LineIndex, other: LineIndex, count: int) -> bool:
    """Return whether two indexes say the same of the first lines, as far as they are."""
    tables = [(t.types, t.simulations, t.tasks, t.scopes) for t in (one.store.tables, other.store.tables)]
    a, b = one.store.arrays(count), other.store.arrays(count)
    return tables[0] == tables[1] and all(
        np.array_equal(a[name], b[name], equal_nan=name == "timestamp") for name in COLUMN_TYPES
    )


def alone(path: Path) -> tuple[LineIndex, Outline]:
    """Return the index and the outline that this process makes alone."""
    with LogFile(path) as file:
        index = LineIndex(file)
        for _ in index.extend():
            pass
        return index, [one for one in outlined(file, 0, 0) if one is not None][-1]


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_shares_together_are_the_whole(count: int, path: Path, shares: Any) -> None:
    path.write_bytes(log_of(typical(300)))
    index, (expected, _) = indexed(*shares(count)), alone(path)
    assert index.whole == expected.whole == (300, path.stat().st_size)
    assert same(index, expected, 300)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_shares_of_any_bytes_are_the_whole(data: st.DataObject, tmp_path: Path) -> None:
    lines = log_of(typical(20)).splitlines(keepends=True)
    odd = st.sampled_from(
        [*lines, b"\n", b"\x00\x07\n", b'{"no": "event"}\n', b"x" * 700, lines[3].replace(b"}", b"\t}")]
    )
    path = tmp_path / "odd.jsonl"
    path.write_bytes(b"".join(data.draw(st.lists(odd, max_size=40))))
    count = data.draw(st.integers(2, 5))
    expected, outline = alone(path)
    with LogFile(path) as file:
        shared = Shares(file, count)
        there = shared.outline()
        index = LineIndex(file)
        for _ in shared.extend(index, there):
            pass
        shared.close()
        assert there.starts.tolist() == outline.starts.tolist() and there.end == outline.end
        assert there.controls.tolist() == outline.controls.tolist()
        assert index.whole == expected.whole
        assert same(index, expected, index.whole[0])


def test_a_control_character_before_the_edge_is_one_of_the_line_across_it(path: Path, shares: Any) -> None:
    lines = log_of(typical(3)).splitlines(keepends=True)
    lines[1] = lines[1].replace(b'"message":"', b'"message":"\t' + b"x" * 9000, 1)
    path.write_bytes(b"".join(lines))
    index = indexed(*shares(2))
    assert index.store.snapshot().unreadable().tolist() == [False, True, False]


@pytest.mark.parametrize("told", [False, True], ids=["before it said anything", "before it was told to go on"])
def test_what_a_process_that_ended_too_early_had_is_left_out(told: bool, path: Path, shares: Any) -> None:
    path.write_bytes(log_of(typical(90)))
    file, shared = shares(3)
    middle = shared._others[0]
    if told:
        heard = middle.heard
        middle.heard = lambda: (heard(), os.kill(middle._pid, signal.SIGKILL))[0]
    else:
        os.kill(middle._pid, signal.SIGKILL)
    outline = shared.outline()
    assert outline.stop == 90
    index = LineIndex(file)
    for _ in shared.extend(index, outline):
        pass
    assert 0 < index.whole[0] < 60
    for _ in index.extend(outline):
        pass
    assert same(index, alone(path)[0], 90) and index.whole[0] == 90


def test_where_there_are_no_more_processes_there_is_one_share(
    path: Path, shares: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(log_of(typical(60)))
    forked, fork = list[int](), index_shares._forked

    def once(*given: Any) -> Any:
        if forked:
            raise BlockingIOError("no more processes")
        other = fork(*given)
        forked.append(other._pid)
        return other

    monkeypatch.setattr(index_shares, "_forked", once)
    index = indexed(*shares(3))
    assert index.whole[0] == 60 and not alive(forked[0])


def test_closing_ends_the_others_at_once(path: Path, shares: Any) -> None:
    path.write_bytes(log_of(typical(60)))
    _, shared = shares(4)
    pids = [other._pid for other in shared._others]
    assert all(alive(pid) for pid in pids)
    shared.outline()
    shared.close()
    assert not any(alive(pid) for pid in pids)


def alive(pid: int) -> bool:
    """Return whether a process of that number runs or is not yet waited for."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
