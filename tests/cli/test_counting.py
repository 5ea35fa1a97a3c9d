from __future__ import annotations

import io

import pytest

from tau2_tui.cli import counting


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("terminal", "patience"), [(True, -1.0), (True, 1e9), (False, -1.0)])
def test_progress_is_shown_on_terminals_when_it_takes_long_and_wiped_at_the_end(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, patience: float
) -> None:
    out = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    monkeypatch.setattr(counting, "_PATIENCE", patience)
    monkeypatch.setattr(counting, "_EVERY", 0.0)
    assert list(counting.counted(range(200), 400, "events")) == list(range(200))
    if terminal and patience < 0:
        assert "events:  16%" in out.getvalue() and out.getvalue().endswith("\r\x1b[K")
    else:
        assert out.getvalue() == ""


def test_progress_is_wiped_when_the_walk_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal()
    monkeypatch.setattr("sys.stderr", out)
    monkeypatch.setattr(counting, "_PATIENCE", -1.0)
    walk = counting.counted(range(200), 400, "events")
    next(walk)
    walk.close()  # type: ignore[attr-defined]
    assert out.getvalue().endswith("\r\x1b[K")
