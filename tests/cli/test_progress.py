from __future__ import annotations

import io
from types import SimpleNamespace

import pytest

from tau2_tui.cli import progress
from tau2_tui.cli.progress import ProgressLine, fitted, shown, watched


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal 40 cells wide, to somebody who has no patience."""
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=(out := Terminal())))
    monkeypatch.setattr(progress, "_PATIENCE", -1.0)
    monkeypatch.setattr(progress, "EVERY", 0.0)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    return out


def test_a_share_is_a_bar_that_is_wiped_at_the_end(terminal: Terminal) -> None:
    with shown("of x\x1b read") as show:
        show(0.5)
        assert terminal.getvalue() == f"\r{'█' * 10}{'░' * 10}  50% of x␛ read\x1b[K"
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_items_are_counted_and_all_there(terminal: Terminal) -> None:
    assert list(watched(range(200), 400, "events")) == list(range(200))
    assert "\revents:  16%" in terminal.getvalue() and terminal.getvalue().endswith("\r\x1b[K")


def test_the_line_is_wiped_when_the_walk_is_given_up(terminal: Terminal) -> None:
    walk = watched(range(200), 400, "events")
    next(walk)
    walk.close()  # type: ignore[attr-defined]
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_a_line_never_wraps_so_that_it_can_be_drawn_over(terminal: Terminal) -> None:
    with ProgressLine() as line:
        line.show("漢" * 40)
    drawn = terminal.getvalue().split("\r")[1].removesuffix("\x1b[K")
    assert drawn == fitted("漢" * 40, 39) and drawn.endswith("…")


def test_a_line_is_not_drawn_again_at_once(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 1e9)
    with ProgressLine() as line:
        line.show("first")
        line.show("second")
    assert terminal.getvalue() == "\rfirst\x1b[K\r\x1b[K"


@pytest.mark.parametrize("kind", ["patient", "dumb", "pipe"])
def test_nothing_is_shown_elsewhere_or_when_it_does_not_take_long(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if kind == "patient":
        monkeypatch.setattr(progress, "_PATIENCE", 1e9)
    elif kind == "dumb":
        monkeypatch.setenv("TERM", "dumb")
    else:
        monkeypatch.setattr(terminal, "isatty", lambda: False)
    with shown("of x read") as show:
        show(1.0)
    assert list(watched(range(200), 400, "events")) == list(range(200))
    assert terminal.getvalue() == ""


def test_a_lost_terminal_ends_nothing(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(progress, "write_if_heard", lambda stream, text: heard.append(text))
    with ProgressLine() as line:
        line.show("x")
    assert heard == ["\rx\x1b[K", "\r\x1b[K"]
