from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from tau2_tui.analysis.data import reading, side_by_side
from tau2_tui.analysis.data.part_reader import Job
from tau2_tui.analysis.data.reading import Cancelled, read_run
from tau2_tui.analysis.data.records import Run
from tau2_tui.runlog import RunLog

SAMPLES = sorted((Path(__file__).parents[3] / "sample_logs").glob("*.jsonl"))


@pytest.fixture
def by_processes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Have every log read by three processes; return how many stretches were read so."""
    read: list[int] = []
    original = side_by_side.read_side_by_side

    def counting(jobs, step):  # type: ignore[no-untyped-def]
        parts = original(jobs, step)
        read.append(len(jobs))
        return parts

    monkeypatch.setattr(reading, "processes_for", lambda size: 3)
    monkeypatch.setattr(reading, "read_side_by_side", counting)
    return read


def read(path: Path, **options) -> Run:  # type: ignore[no-untyped-def]
    with RunLog.open(path, index="now") as log:
        return read_run(log, **options)


def damaged(path: Path, target: Path) -> Path:
    """Write a log with a broken line, one that is no object and an empty one among the others."""
    lines = path.read_bytes().splitlines(keepends=True)
    middle = len(lines) // 2
    target.write_bytes(b"".join([*lines[:middle], b'{"seq":\n', b"[]\n", b"\n", *lines[middle:], b'{"torn']))
    return target


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("broken", [False, True])
def test_processes_read_what_one_reads(
    path: Path, broken: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = damaged(path, tmp_path / "damaged.jsonl") if broken else path
    alone = read(path)
    counts = request.getfixturevalue("by_processes")
    shares: list[float] = []
    together = read(path, progress=shares.append)
    assert counts == [3]
    assert together == alone
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_a_process_that_dies_costs_nothing_but_time(monkeypatch: pytest.MonkeyPatch, by_processes: list[int]) -> None:
    whole = read(SAMPLES[0])
    monkeypatch.setattr(side_by_side, "_PROGRAM", "import os; os._exit(3)")
    by_processes.clear()
    assert read(SAMPLES[0]) == whole
    assert by_processes == []


def test_it_can_be_given_up(by_processes: list[int], tmp_path: Path) -> None:
    big = tmp_path / "big.jsonl"
    shutil.copy(SAMPLES[0], big)
    with pytest.raises(Cancelled):
        read(big, cancelled=lambda: True)


def test_it_is_given_up_when_the_log_is_closed(by_processes: list[int]) -> None:
    log = RunLog.open(SAMPLES[0], index="now")
    with pytest.raises(Cancelled):
        read_run(log, progress=lambda share: log.close())


def test_stretches_cover_every_line_once() -> None:
    offsets = np.array([0, 10, 500, 510, 520, 900])
    whole = Job(-1, 0, 1000, 0, {}, frozenset(), frozenset(), {})
    for count in range(1, 9):
        cut = side_by_side.stretches(whole, offsets, count)
        assert [cut[0].start, *(one.stop for one in cut)] == [*(one.start for one in cut), 1000]
        assert [one.line for one in cut] == [offsets.tolist().index(one.start) for one in cut]
        assert len(cut) <= count


def test_small_logs_are_read_by_one_process() -> None:
    assert side_by_side.processes_for(side_by_side.LEAST_BYTES - 1) == 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    assert side_by_side.processes_for(side_by_side.LEAST_BYTES) == min(usable, 4)
