"""Themes, the palette and several logs in a real terminal: what is written, to the byte."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.terminal import environment, open_without_terminal, opened
from tests.tui.logs import airline

FIXED = re.compile(rb"[34]8;[25];")
SIXTEEN = re.compile(rb"\x1b\[(?:[0-9]+;)*(?:3[0-7]|9[0-7])m")
CTRL_P = "\x10"
MOST_BYTES = 8_000
"""Of a whole screen of 120x40: drawn once, without any animation."""


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (["--theme", "16"], {}),
        (["--theme", "dark"], {"TERM": "xterm"}),
        (["--theme", "contrast"], {"TERM": "xterm"}),
        ([], {"TERM": "linux", "COLORTERM": "truecolor"}),
        ([], {"TAU2_TUI_THEME": "16-light", "COLORTERM": "truecolor"}),
    ],
)
def test_sixteen_colours_are_sixteen(arguments: list[str], variables: dict[str, str], log: Path) -> None:
    with opened(str(log), *arguments, env=environment(**variables)) as session:
        for keys in ("}\t", "2", "1", CTRL_P):
            session.press(keys)
    assert not FIXED.search(session.written) and SIXTEEN.search(session.written)


def test_a_terminal_of_all_colours_is_told_them_by_their_number(log: Path) -> None:
    with opened(str(log), env=environment(COLORTERM="truecolor")) as session:
        session.press("}\t")
    assert b"38;5;" in session.written and b"8;2;" not in session.written


def test_the_contrast_has_a_background_of_its_own(log: Path) -> None:
    with opened(str(log), "--theme", "contrast") as session:
        session.press("j")
    assert b"48;5;" in session.written


def test_an_unknown_theme_is_refused_and_the_others_are_named(log: Path) -> None:
    done = open_without_terminal(str(log), "--theme", "mauve")
    assert done.returncode == 2 and "contrast" in done.stderr


def test_the_theme_that_was_chosen_is_kept(log: Path) -> None:
    with opened(str(log)) as session:
        assert b"38;5;" in session.written
        session.press(CTRL_P)
        session.press("theme: 16\r")
        session.press("q")
        assert session.end() == 0
    with opened(str(log)) as session:
        session.press("j")
    assert not FIXED.search(session.written)


def test_the_palette_is_quiet(log: Path) -> None:
    with opened(str(log), size=(120, 40)) as session:
        session.press("}")
        session.rest()
        assert 0 < len(session.press(CTRL_P)) < MOST_BYTES
        session.rest()
        assert session.read(quiet=1.5) == b""
        assert 0 < len(session.press("f")) < MOST_BYTES
        assert len(session.press("\x1b[B")) < 700  # the cursor moves
        session.rest()
        assert session.read(quiet=1.5) == b""


def test_the_start_of_a_log_that_is_missing_is_said_while_the_others_are_looked_at(log: Path, tmp_path: Path) -> None:
    with opened(str(log), str(tmp_path / "absent.jsonl"), size=(120, 24)) as session:
        session.wait_for(lambda text: "not opened:" in text and "absent.jsonl" in text)


def test_merged_logs_are_one(log: Path, tmp_path: Path) -> None:
    other = airline(tmp_path / "other.jsonl")
    with opened("--merge", str(log), str(other), size=(120, 24), ready="event 0 of 62") as session:
        assert "run.jsonl + other.jsonl" in session.screen.text
        session.press("G")
        session.wait_for(lambda text: "event 61 of 62" in text)
        session.press("F")
        session.wait_for(lambda text: "merged logs are not followed" in text)


def test_merged_logs_are_not_followed_from_the_start(log: Path) -> None:
    done = open_without_terminal("--merge", "--follow", str(log), str(log))
    assert done.returncode == 2 and "merged logs are not followed" in done.stderr
