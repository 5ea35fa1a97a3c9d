from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tau2_tui.runlog import index_process
from tau2_tui.runlog.cache import index_entry
from tau2_tui.runlog.columns import COLUMN_TYPES, Columns
from tau2_tui.runlog.index import LineIndex, Part
from tau2_tui.runlog.index_process import IndexProcess
from tau2_tui.runlog.log import RunLog
from tau2_tui.runlog.outline import Outline
from tau2_tui.runlog.source import LogFile
from tests.runlog.naive import log_of, split_lines
from tests.runlog.test_index import typical
from tests.support.program import PATIENCE


@pytest.fixture(autouse=True)
def small_logs_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_process, "_LEAST_BYTES", 0)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many lines came from another process, part by part."""
    counts: list[int] = []
    take = LineIndex.take

    def count(index: LineIndex, part: Part) -> None:
        counts.append(len(part.arrays["offset"]))
        take(index, part)

    monkeypatch.setattr(LineIndex, "take", count)
    return counts


def odd_log(count: int = 400) -> bytes:
    """Return a log with a line that is no event, one with a control character, and a torn last one."""
    lines = log_of(typical(count)).splitlines(keepends=True)
    lines[count // 2] = b'{"no": "event"}\n'
    lines[count // 3] = lines[count // 3].replace(b'"source"', b'\t"source"', 1)
    return b"".join(lines) + b'{"seq":'


def same_columns(one: Columns, other: Columns) -> bool:
    tables = [(a.types, a.simulations, a.tasks, a.scopes.tolist()) for a in (one, other)]
    return tables[0] == tables[1] and all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name == "timestamp") for name in COLUMN_TYPES
    )


def apart(path: Path, process: IndexProcess) -> RunLog:
    return RunLog.of(LogFile(path), index="columns", cache=False, process=process)


def test_another_process_makes_the_same_index(tmp_path: Path, taken: list[int]) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(odd_log())
    process = IndexProcess()
    process.begin(path)
    with apart(path, process) as log, RunLog.open(path, index="now", cache=False) as here:
        assert log.wait(PATIENCE)
        assert sum(taken) == 400 and len(log) == 401
        assert same_columns(log.columns, here.columns)


def test_it_is_started_late_when_nobody_has_begun_it(tmp_path: Path, taken: list[int]) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(log_of(typical(50)))
    with apart(path, IndexProcess()) as log:
        assert log.wait(PATIENCE) and sum(taken) == 50


@pytest.mark.parametrize("parts", [0, 1, 2])
def test_what_a_process_that_ends_too_early_leaves_is_indexed_here(
    parts: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(odd_log())
    every = IndexProcess.parts

    def some(process: IndexProcess) -> Iterator[Outline | Part]:
        for number, part in enumerate(every(process)):
            if number == parts:
                process.close()
                return
            yield half(part) if isinstance(part, Part) else part

    monkeypatch.setattr(IndexProcess, "parts", some)
    with apart(path, IndexProcess()) as log, RunLog.open(path, index="now", cache=False) as here:
        assert log.wait(PATIENCE) and len(log) == 401
        assert same_columns(log.columns, here.columns)


def half(part: Part) -> Part:
    count = len(part.arrays["offset"]) // 2
    arrays = {name: array[:count] for name, array in part.arrays.items()}
    end = int(part.arrays["offset"][count])
    return Part(arrays, end, b"", part.types, part.simulations, part.tasks, part.scopes)


def test_one_that_is_killed_before_it_said_anything_is_done_without(tmp_path: Path, taken: list[int]) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(log_of(typical(50)))
    process = IndexProcess()
    process.begin(path)
    running: Any = process._process
    running.kill()
    running.wait()
    with apart(path, process) as log:
        assert log.wait(PATIENCE) and len(log) == 50 and not taken


def test_what_is_appended_meanwhile_is_indexed_here(tmp_path: Path) -> None:
    whole = log_of(typical(60))
    cut = split_lines(whole)[40][0] + 7
    path = tmp_path / "run.jsonl"
    path.write_bytes(whole[:cut])
    process = IndexProcess()
    process.begin(path)
    with apart(path, process) as log:
        assert log.wait(PATIENCE)
        with path.open("ab") as file:
            file.write(whole[cut:])
        log.refresh()
        assert log.wait(PATIENCE) and len(log) == 60 and not log.columns.unreadable().any()


def test_of_another_file_that_took_the_place_it_takes_nothing(tmp_path: Path) -> None:
    path, other = tmp_path / "run.jsonl", tmp_path / "other.jsonl"
    path.write_bytes(log_of(typical(50)))
    other.write_bytes(log_of(typical(20)))
    process = IndexProcess()
    process.begin(path)
    os.replace(other, path)  # noqa: PTH105
    with apart(path, process) as log:
        assert log.wait(PATIENCE) and len(log) == 20


def test_it_is_not_begun_with_what_is_no_run_log_or_small_or_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.jsonl"
    process = IndexProcess()
    process.begin(path)
    path.write_bytes(b'{"timestamp": 1}\n' * 10)
    process.begin(path)
    path.write_bytes(log_of(typical(5)))
    index_entry(path).parent.mkdir(parents=True, exist_ok=True)
    index_entry(path).touch()
    process.begin(path)
    index_entry(path).unlink()
    monkeypatch.setattr(index_process, "_LEAST_BYTES", 1 << 20)
    process.begin(path)
    assert process._process is None


def test_closing_the_log_ends_the_process(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(log_of(typical(50)))
    process = IndexProcess()
    process.begin(path)
    running: Any = process._process
    apart(path, process).close()
    assert running.returncode is not None


def test_it_reads_nothing_before_it_is_told_to(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(log_of(typical(30)))
    process = IndexProcess()
    process.begin(path)
    with path.open("ab") as file:
        file.write(log_of(typical(50)).splitlines(keepends=True)[30])
    process.go()
    assert [part.stop for part in process.parts() if isinstance(part, Outline)] == [31]
    process.close()
