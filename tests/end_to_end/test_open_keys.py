"""The timeline's keys in a real terminal: a filter, a log that is followed, the clipboard, what is there again."""

from __future__ import annotations

import base64
import json
import os
import re
import stat
import time
from pathlib import Path

import pytest

from tests.end_to_end.test_open_terminal import environment, opened
from tests.tui.logs import airline, long_run

CLIPBOARD = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return airline(tmp_path / "run.jsonl")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(XDG_DATA_HOME=str(tmp_path / "data"))


def test_it_opens_with_a_filter_and_is_there_again(log: Path, env: dict[str, str]) -> None:
    title = "whole run · filter type:tool · 3 of 31 events"
    with opened(str(log), "--filter", "type:tool", env=env, ready=title) as session:
        session.press("j")
        session.press("mlook\r")
        session.press("q")
        assert session.end() == 0
    bookmarks = log.with_name(".run.jsonl.bookmarks")
    assert stat.S_IMODE(bookmarks.stat().st_mode) == 0o600
    with opened(str(log), env=env, ready=title) as session:
        session.wait_for(lambda text: "event 18 of 31" in text and "* look" in text)


def test_a_key_of_a_filtered_list_writes_few_bytes(tmp_path: Path, env: dict[str, str]) -> None:
    path = long_run(tmp_path / "run.jsonl")
    arguments = (str(path), "--filter", "type:message or error")
    with opened(*arguments, env=env, size=(120, 40), ready="of 1,321 events") as session:
        lines = [len(session.press("j")) for _ in range(8)]
        pages = [len(session.press("\x1b[6~")) for _ in range(4)]
    assert max(lines) < 700
    assert max(pages) < 6_500


def test_a_log_is_followed_and_nothing_is_written_while_it_rests(tmp_path: Path, env: dict[str, str]) -> None:
    lines = airline(tmp_path / "other.jsonl").read_bytes().splitlines(keepends=True)
    log = tmp_path / "run.jsonl"
    log.write_bytes(b"".join(lines[:20]))
    with opened(str(log), "--follow", env=env, ready="event 19 of 20") as session:
        session.read(1.0)
        assert session.read(1.0, 2) == b""
        with log.open("ab") as file:
            file.write(lines[20])
            file.flush()
            session.wait_for(lambda text: "event 20 of 21" in text and "following" in text)
            start = len(session.written)
            file.write(lines[21])
            file.flush()
            session.wait_for(lambda text: "event 21 of 22" in text)
        assert len(session.written) - start < 3_000
        session.press("k")
        with log.open("ab") as file:
            file.write(b"".join(lines[22:]))
        session.wait_for(lambda text: "9 new, G follows" in text and "event 20 of 31" in text)


def test_y_reaches_the_terminals_clipboard(log: Path, env: dict[str, str]) -> None:
    with opened(str(log), env=env) as session:
        session.press("jj")
        (copied,) = CLIPBOARD.findall(session.press("y"))
    assert json.loads(base64.b64decode(copied))["event_type"] == "SimulationStartEvent"


def test_x_writes_a_file_beside_nothing_else(tmp_path: Path, log: Path, env: dict[str, str]) -> None:
    target = tmp_path / "out.jsonl"
    with opened(str(log), "--filter", "error", env=env, ready="2 of 31") as session:
        session.press("x\x15")
        session.press(f"{target}\r")
        session.wait_for(lambda text: "2 events written" in text)
        session.press("x\x15")
        session.press(f"{target}\r")
        session.wait_for(lambda text: "nothing written, this is there already" in text)
    assert len(target.read_bytes().splitlines()) == 2
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_lost_terminal_keeps_the_place(log: Path, env: dict[str, str]) -> None:
    import signal

    with opened(str(log), env=env) as session:
        session.press("jjj")
        os.kill(session.process.pid, signal.SIGHUP)
        session.end()
    time.sleep(0.1)
    with opened(str(log), env=env, ready="event 3 of 31") as session:
        assert "where you left it" in session.screen.text
