from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from tau2_tui.runlog import RunLog
from tau2_tui.tui.screens.timeline.exporting import export
from tests.tui.logs import airline


def test_the_lines_are_written_as_they_are_for_their_owner_only(tmp_path: Path) -> None:
    path = airline(tmp_path / "run.jsonl")
    with RunLog.open(path, index="now") as log:
        assert export(log, [3, 7], tmp_path / "out.jsonl", lambda: False) == 2
    lines = path.read_bytes().splitlines(keepends=True)
    assert (tmp_path / "out.jsonl").read_bytes() == lines[3] + lines[7]
    assert stat.S_IMODE((tmp_path / "out.jsonl").stat().st_mode) == 0o600


def test_what_is_no_event_becomes_an_object_about_it(tmp_path: Path) -> None:
    path = airline(tmp_path / "run.jsonl")
    with path.open("ab") as file:
        file.write(b"\xff not JSON\n")
    with RunLog.open(path, index="now") as log:
        log.check()
        export(log, [31], tmp_path / "out.jsonl", lambda: False)
        offset = log.offset(31)
    written = json.loads((tmp_path / "out.jsonl").read_bytes())
    assert written["event_type"] == "unreadable" and (written["line"], written["offset"]) == (32, offset)


@pytest.mark.parametrize("kind", ["file", "directory", "link", "dangling link", "fifo"])
def test_nothing_that_is_there_is_written_to(kind: str, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    if kind == "file":
        target.write_text("mine")
    elif kind == "directory":
        target.mkdir()
    elif kind == "link":
        (tmp_path / "other").write_text("mine")
        target.symlink_to(tmp_path / "other")
    elif kind == "dangling link":
        target.symlink_to(tmp_path / "nothing")
    else:
        os.mkfifo(target)
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="now") as log, pytest.raises(FileExistsError):
        export(log, [1], target, lambda: False)
    assert not (tmp_path / "nothing").exists()
    if kind in ("file", "link"):
        assert target.read_text() == "mine"


def test_a_failure_and_a_cancelled_export_leave_no_file(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="now") as log:
        with pytest.raises(IndexError):
            export(log, [1, 99_999], target, lambda: False)
        assert not target.exists()
        with pytest.raises(InterruptedError):
            export(log, [1] * 1_000, target, lambda: True)
        assert not target.exists()
