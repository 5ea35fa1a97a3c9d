from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tau2_tui.whole_file import whole_file


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
