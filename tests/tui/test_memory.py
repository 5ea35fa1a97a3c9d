from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.runlog import RunLog
from tau2_tui.tui.memory import Bookmark, LastPlace, Memory, with_bookmark
from tests.tui.logs import airline, hostile


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "tau2-tui"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[RunLog]:
    (tmp_path / "runs").mkdir()
    with RunLog.open(airline(tmp_path / "runs" / "run.jsonl"), index="off") as opened:
        yield opened


MARKS = [Bookmark(3, "why? \x1b[31m"), Bookmark(7)]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_bookmarks_are_kept_beside_the_log_for_their_owner_only(log: RunLog) -> None:
    path = Memory(log).keep_bookmarks(MARKS)
    assert path.parent == log.path.parent and mode(path) == 0o600
    assert Memory(log).bookmarks() == MARKS
    assert {entry.name for entry in log.path.parent.iterdir()} == {"run.jsonl", path.name}


def test_where_the_folder_cannot_be_written_to_the_data_directory_is_taken(
    log: RunLog, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = os.open

    def refuse(path: Path, flags: int, *arguments: Any, **options: Any) -> int:
        if flags & os.O_CREAT and Path(path).parent == log.path.parent:
            raise PermissionError(13, "Permission denied")
        return original(path, flags, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    path = Memory(log).keep_bookmarks(MARKS)
    assert data in path.parents and mode(path) == 0o600 and mode(path.parent) == 0o700
    assert Memory(log).bookmarks() == MARKS
    monkeypatch.undo()
    monkeypatch.setenv("XDG_DATA_HOME", str(data.parent))
    Memory(log).keep_bookmarks(MARKS[:1])
    assert not path.exists() and Memory(log).bookmarks() == MARKS[:1]


@pytest.mark.parametrize("kind", ["link", "directory", "fifo"])
def test_what_stands_in_the_files_place_and_is_none_is_left_alone(kind: str, log: RunLog, data: Path) -> None:
    beside = log.path.with_name(".run.jsonl.bookmarks")
    if kind == "link":
        (log.path.parent / "other").write_text("mine")
        beside.symlink_to(log.path.parent / "other")
    elif kind == "directory":
        beside.mkdir()
    else:
        os.mkfifo(beside)
    assert Memory(log).bookmarks() == []
    assert data in Memory(log).keep_bookmarks(MARKS).parents
    assert Memory(log).bookmarks() == MARKS
    if kind == "link":
        assert (log.path.parent / "other").read_text() == "mine"


def test_another_log_of_the_same_name_does_not_get_them(log: RunLog) -> None:
    memory = Memory(log)
    memory.keep_bookmarks(MARKS)
    memory.keep_place(LastPlace(3))
    path = log.path
    path.unlink()
    with RunLog.open(hostile(path, size=1_000), index="off") as other:
        assert Memory(other).bookmarks() == [] and Memory(other).place() is None


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b'{"bookmarks":3}', b'{"bookmarks":[3,{"line":-1},{"line":"x"},{"line":true}]}', b"[" * 9999],
    ids=["empty", "no text", "list", "number", "lines", "deep"],
)
def test_a_file_that_is_something_else_is_no_bookmark(content: bytes, log: RunLog) -> None:
    beside = Memory(log).keep_bookmarks([])
    known = json.loads(beside.read_bytes())["log"].encode()
    beside.write_bytes(content.replace(b"{", b'{"log":"' + known + b'",', 1))
    assert Memory(log).bookmarks() == []


def test_the_place_is_kept_in_the_data_directory(log: RunLog, data: Path) -> None:
    memory = Memory(log)
    assert memory.place() is None
    memory.keep_place(LastPlace())
    assert not data.exists()
    memory.keep_place(LastPlace(12, "sim-b", "type:tool"))
    assert Memory(log).place() == LastPlace(12, "sim-b", "type:tool")
    (path,) = (data / "places").iterdir()
    assert mode(path) == 0o600
    memory.keep_place(LastPlace())
    assert Memory(log).place() == LastPlace()


def test_a_bookmark_is_set_changed_and_taken_away() -> None:
    marks = with_bookmark([], 7, "")
    marks = with_bookmark(marks, 3, "look")
    assert marks == [Bookmark(3, "look"), Bookmark(7)]
    marks = with_bookmark(marks, 3, "look again")
    assert with_bookmark(with_bookmark(marks, 7, ""), 3, "") == []
