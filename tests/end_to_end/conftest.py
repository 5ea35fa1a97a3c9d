"""Programs that are started find nothing that others kept: recent logs, places, a theme, converted copies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.logs import airline


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path_factory.mktemp("kept")))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A small log: two simulations of one task, 31 events."""
    return airline(tmp_path / "run.jsonl")
