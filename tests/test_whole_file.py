from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import LogWriteError
from tau2_tui.logging import ExecutionLogger
from tau2_tui.runlog.verify import verify
from tau2_tui.whole_file import new_file, whole_file


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """Let the user's own mask hide nothing from anybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_appears_when_all_is_written_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("before")
    path.chmod(0o666)
    with whole_file(path) as out:
        [unfinished] = [tmp_path / name for name in names(tmp_path) if name != "out.json"]
        assert stat.S_IMODE(unfinished.stat().st_mode) == 0o600
        out.write(b"after")
        out.flush()
        assert path.read_text() == "before"
    assert names(tmp_path) == ["out.json"] and path.read_text() == "after"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("error", [OSError, ValueError, KeyboardInterrupt])
def test_what_fails_leaves_nothing_and_changes_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "out.json"
    path.write_text("before")
    with pytest.raises(error), whole_file(path, sync=True) as out:
        out.write(b"half")
        raise error
    assert names(tmp_path) == ["out.json"] and path.read_text() == "before"


@pytest.mark.parametrize("target", ["other.txt", "nowhere"])
def test_a_link_is_replaced_and_not_followed(tmp_path: Path, target: str) -> None:
    other = tmp_path / "other.txt"
    other.write_text("mine")
    path = tmp_path / "out.json"
    path.symlink_to(target)
    with whole_file(path) as out:
        out.write(b"new")
    assert not path.is_symlink() and path.read_text() == "new"
    assert other.read_text() == "mine" and not (tmp_path / "nowhere").exists()


def test_no_two_names_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    with whole_file(path), whole_file(path), whole_file(path):
        assert len(names(tmp_path)) == 3


@pytest.mark.parametrize("name", ["x" * 255, "日" * 85, os.fsdecode(b"\xff" * 255)])
def test_the_longest_names_can_be_written(tmp_path: Path, name: str) -> None:
    with whole_file(tmp_path / name) as out:
        out.write(b"x")
    assert names(tmp_path) == [name]


def test_an_interrupt_the_moment_the_file_is_there_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_open = os.open

    def opened(*arguments: Any, **keywords: Any) -> int:
        os.close(really_open(*arguments, **keywords))
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "open", opened)
    with pytest.raises(KeyboardInterrupt), whole_file(tmp_path / "out.json"):
        pytest.fail("nothing is to be written")
    assert names(tmp_path) == []


def test_a_new_file_replaces_a_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    with new_file(tmp_path / "old") as out:
        out.write(b"new")
    assert (tmp_path / "old").read_text() == "new"
    os.mkfifo(tmp_path / "pipe")
    with (
        pytest.raises(LogWriteError, match=r"pipe: cannot be written: is not a regular file"),
        new_file(tmp_path / "pipe"),
    ):
        pytest.fail("nothing is to be written")
    with pytest.raises(LogWriteError, match=r"b: cannot be written: No such"), new_file(tmp_path / "a" / "b"):
        pytest.fail("nothing is to be written")
    assert names(tmp_path) == ["old", "pipe"]


def test_a_log_that_is_being_written_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with ExecutionLogger(path) as logger:
        logger.log_error("first")
        with pytest.raises(LogWriteError, match=r"run.jsonl: .* another process is writing this log"), new_file(path):
            pytest.fail("nothing is to be written")
        logger.log_error("second")
    assert verify(path).lines == 2
    with new_file(path) as out:
        out.write(b"new")
    assert path.read_text() == "new"
