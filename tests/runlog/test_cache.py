from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tau2_tui.runlog import cache, decompress, spool_cache
from tau2_tui.runlog.cache import is_private, make_private
from tau2_tui.runlog.opening import open_log
from tau2_tui.runlog.refs import LogOrigin
from tau2_tui.runlog.spool_cache import Spool, find_spool, keep_spool
from tests.runlog.formats.every_format import samples


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_missing_folders_are_made_for_their_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_private(tmp_path / "a" / "b" / "c")
    finally:
        os.umask(before)
    assert [mode(tmp_path / part) for part in ("a", "a/b", "a/b/c")] == [0o700] * 3


def test_others_are_kept_out_of_a_folder_that_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    folder.chmod(0o777)
    assert not is_private(folder)
    make_private(folder)
    assert mode(folder) == 0o700 and is_private(folder)


def test_a_file_in_its_place_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(OSError):
        make_private(tmp_path / "cache")
    assert not is_private(tmp_path / "nothing")


@pytest.fixture
def of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache directory that another user has made where ours should be, open to all."""
    folder = tmp_path / "cache"
    for name in ("converted", "unpacked", "index"):
        (folder / name).mkdir(parents=True)
        (folder / name).chmod(0o777)
    for module in (spool_cache, decompress):
        monkeypatch.setattr(module, "cache_directory", lambda: folder)
    own = os.geteuid()
    monkeypatch.setattr(cache.os, "geteuid", lambda: own + 1)
    return folder


def test_the_folder_of_another_user_is_refused(of_somebody_else: Path) -> None:
    with pytest.raises(PermissionError):
        make_private(of_somebody_else / "converted")


@pytest.mark.parametrize("name", ["tau2 0.x results", "tau2-enhanced jit"])
def test_nothing_is_put_into_or_taken_from_the_folder_of_another_user(
    of_somebody_else: Path, tmp_path: Path, name: str
) -> None:
    path = samples()[name].write(tmp_path / "run")
    with open_log(path, index="now") as log:
        assert len(log) > 1
    assert [found for found in of_somebody_else.rglob("*") if found.is_file()] == []


def test_a_note_that_is_no_unicode_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_cache, "cache_directory", lambda: tmp_path / "cache")
    source = tmp_path / "run.json"
    source.write_text("{}")
    spool, notes = Spool.of(source), ("simulation \ud800: its calls are alike", "✈")
    with spool.place() as copy:
        copy.write_bytes(b"{}\n")
        copy.chmod(0o600)
    keep_spool(spool, LogOrigin(source, "a format", notes))
    found = find_spool(spool, source)
    assert found is not None and found.notes == notes
