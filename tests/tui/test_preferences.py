"""What is kept of a user."""

from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.tui.preferences import Preferences


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "tau2-tui"


def test_what_was_chosen_and_looked_at_is_there_the_next_time(folder: Path) -> None:
    Preferences().keep_theme("light")
    Preferences().keep_recent([Path("/a"), Path("/b")])
    Preferences().keep_recent([Path("/b")])
    assert Preferences().theme() == "light"
    assert Preferences().recent() == [Path("/b"), Path("/a")]
    assert (folder / "inspector.json").stat().st_mode & 0o077 == 0


def test_only_the_latest_are_kept(folder: Path) -> None:
    Preferences().keep_recent([Path(f"/{number}") for number in range(100)])
    assert len(Preferences().recent()) == 40 and Preferences().recent()[0] == Path("/0")


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"theme": 3, "recent": [1, null, ""]}', b'{"recent": {}}'])
def test_a_file_of_somebody_else_is_like_none(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "inspector.json").write_bytes(content)
    assert Preferences().theme() is None and Preferences().recent() == []


def test_where_nothing_can_be_kept_nothing_is_said(folder: Path) -> None:
    folder.write_text("a file where the folder should be")
    Preferences().keep_theme("light")
    assert Preferences().theme() is None
