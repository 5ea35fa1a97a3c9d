"""A log that is not there yet."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tau2_tui.errors import LogFormatError
from tau2_tui.runlog.opening import await_log
from tests.runlog.naive import split_lines
from tests.runlog.test_follow import collect
from tests.runlog.test_run_log import messages
from tests.support.program import PATIENCE


def test_it_is_empty_until_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with await_log(path) as log:
        log.start()
        assert log.awaited and log.size == 0 and log.head(5) == [] and log.wait(PATIENCE) and len(log) == 0
        assert list(log.columns.offset) == [] and log.simulations() == []
        path.write_bytes(messages(3))
        log.refresh()
        assert not log.awaited and log.wait(PATIENCE) and len(log) == 3


@pytest.mark.parametrize("pieces", [1, 7, 400])
def test_every_line_is_told_once(tmp_path: Path, pieces: int) -> None:
    path, data = tmp_path / "run.jsonl", messages(60)

    def write() -> None:
        time.sleep(0.1)
        with path.open("wb", buffering=0) as file:
            time.sleep(0.05)  # an empty file is there for a while
            for at in range(0, len(data), len(data) // pieces + 1):
                file.write(data[at : at + len(data) // pieces + 1])

    with await_log(path) as log:
        writing = threading.Thread(target=write)
        writing.start()
        lines, growths = collect(log, lambda lines: len(lines) == 60)
        writing.join()
    assert lines == [line for _, line in split_lines(data)]
    assert sum(growth.restarted for growth in growths) == 1


def test_an_older_file_in_its_place_is_not_it(tmp_path: Path) -> None:
    path, ready = tmp_path / "run.jsonl", False
    path.write_bytes(messages(5))
    with await_log(path, ready=lambda: ready) as log:
        log.refresh()
        assert log.awaited and len(log) == 0
        path.write_bytes(messages(2, 90))
        ready = True
        log.refresh()
        assert len(log) == 2


def test_what_appears_and_is_no_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with await_log(path) as log:
        path.mkdir()
        with pytest.raises(LogFormatError, match="is a directory"):
            log.refresh()


def test_a_folder_that_is_missing_is_not_waited_for(tmp_path: Path) -> None:
    with pytest.raises(LogFormatError, match="no folder"):
        await_log(tmp_path / "missing" / "run.jsonl")
