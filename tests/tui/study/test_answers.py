"""What a study keeps of a log that grows."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.analysis.data import reading
from tau2_tui.analysis.data.records import Run
from tau2_tui.runlog import RunLog
from tau2_tui.tui.study.answers import Study

SAMPLE = Path(__file__).parents[3] / "sample_logs" / "noisy.jsonl"


@pytest.mark.parametrize("ask", [Study.run, Study.findings], ids=["run", "findings"])
def test_the_run_that_a_log_was_goes_before_the_one_that_it_is_is_read(
    ask: Callable[[Study], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[weakref.ref[Run]] = []
    kept: list[int] = []

    def read(log: RunLog) -> Run:
        gc.collect()
        kept.append(sum(run() is not None for run in runs))
        found = original(log)
        runs.append(weakref.ref(found))
        return found

    original = reading.read_run
    monkeypatch.setattr(reading, "read_run", read)
    path = tmp_path / "run.jsonl"
    lines = SAMPLE.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) // 2]))
    with RunLog.open(path, index="now") as log:
        study = Study(log)
        study.findings()
        for stop in (-2, None):
            path.write_bytes(b"".join(lines[:stop]))
            log.refresh()
            ask(study)
    assert kept == [0, 0, 0]
