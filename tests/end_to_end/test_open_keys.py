"""The timeline's keys in a real terminal: a filter, a log that is followed, the clipboard, what is there again."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import stat
from pathlib import Path

from tests.support.terminal import opened
from tests.tui.logs import airline, long_run

CLIPBOARD = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


def test_it_opens_with_a_filter_and_is_there_again(log: Path) -> None:
    title = "whole run · filter type:tool · 3 of 31 events"
    with opened(str(log), "--filter", "type:tool", ready=title) as session:
        session.press("j")
        session.press("mlook\r")
        session.press("q")
        assert session.end() == 0
    bookmarks = log.with_name(".run.jsonl.bookmarks")
    assert stat.S_IMODE(bookmarks.stat().st_mode) == 0o600
    with opened(str(log), ready=title) as session:
        session.wait_for(lambda text: "event 18 of 31" in text and "* look" in text)


def test_a_key_of_a_filtered_list_writes_few_bytes(tmp_path: Path) -> None:
    path = long_run(tmp_path / "run.jsonl")
    arguments = (str(path), "--filter", "type:message or error")
    with opened(*arguments, size=(120, 40), ready="of 1,321 events") as session:
        session.rest()
        lines = [len(session.press("j")) for _ in range(8)]
        pages = [len(session.press("\x1b[6~")) for _ in range(4)]
    assert max(lines) < 700
    assert max(pages) < 6_500


def test_a_log_is_followed_and_nothing_is_written_while_it_rests(tmp_path: Path) -> None:
    lines = airline(tmp_path / "other.jsonl").read_bytes().splitlines(keepends=True)
    log = tmp_path / "run.jsonl"
    log.write_bytes(b"".join(lines[:20]))
    with opened(str(log), "--follow", ready="event 19 of 20") as session:
        session.rest()
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
        session.wait_for(lambda text: "event 20 of 22" in text)
        with log.open("ab") as file:
            file.write(b"".join(lines[22:]))
        session.wait_for(lambda text: "9 new, G follows" in text and "event 20 of 31" in text)


def test_y_reaches_the_terminals_clipboard(log: Path) -> None:
    with opened(str(log)) as session:
        session.press("jjy")
        session.until(lambda: CLIPBOARD.search(session.written))
    (copied,) = CLIPBOARD.findall(session.written)
    assert json.loads(base64.b64decode(copied))["event_type"] == "SimulationStartEvent"


def test_x_writes_a_file_beside_nothing_else(tmp_path: Path, log: Path) -> None:
    target = tmp_path / "out.jsonl"
    with opened(str(log), "--filter", "error", ready="2 of 31") as session:
        session.press("x\x15")
        session.press(f"{target}\r")
        session.wait_for(lambda text: "2 events written" in text)
        session.press("x\x15")
        session.press(f"{target}\r")
        session.wait_for(lambda text: "nothing written, this is there already" in text)
    assert len(target.read_bytes().splitlines()) == 2
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_lost_terminal_keeps_the_place(log: Path) -> None:
    with opened(str(log)) as session:
        session.press("jjj")
        session.wait_for(lambda text: "event 3 of 31" in text)
        os.kill(session.process.pid, signal.SIGHUP)
        session.end()
    with opened(str(log), ready="event 3 of 31") as session:
        session.wait_for(lambda text: "where you left it" in text)
