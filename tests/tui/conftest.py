"""The screens' tests do not depend on the terminal that runs them, nor on what other tests opened or chose."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def many_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the terminal be one of 256 colours, of a background that nobody knows."""
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("COLORTERM", "COLORFGBG", "NO_COLOR", "TAU2_TUI_THEME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let the inspector find nothing that was kept before: recent logs, places, a theme."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("kept")))
