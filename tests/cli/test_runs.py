from __future__ import annotations

import io
import sys

import pytest

from tau2_tui.cli import runs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_share_is_a_bar_on_a_terminal_that_is_taken_away_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setattr(runs, "_PATIENCE", -1.0)
    with runs.shown("of x\x1b read") as show:
        show(0.5)
        assert terminal.getvalue() == f"\r{'█' * 10}{'░' * 10}  50% of x␛ read"
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_what_does_not_take_long_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with runs.shown("of x read") as show:
        show(0.5)
    assert terminal.getvalue() == ""


def test_nothing_is_shown_where_standard_error_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream := io.StringIO())
    monkeypatch.setattr(runs, "_PATIENCE", -1.0)
    with runs.shown("of x read") as show:
        show(1.0)
    assert stream.getvalue() == ""
