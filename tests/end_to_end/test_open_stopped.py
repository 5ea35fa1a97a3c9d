"""The inspector stopped and continued from outside, as batch systems do with jobs."""

from __future__ import annotations

import os
import signal
import termios
from pathlib import Path

import pexpect
import psutil

from tests.support.terminal import opened


def _stop_and_go_on(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    os.waitpid(pid, os.WUNTRACED)
    os.kill(pid, signal.SIGCONT)


def test_it_goes_on_with_as_many_threads_and_answers_keys(log: Path) -> None:
    with opened(str(log)) as session:
        session.press("j")
        session.wait_for(lambda text: "event 1 of 31" in text)
        process = psutil.Process(session.process.pid)
        before = process.num_threads()
        for _ in range(3):
            _stop_and_go_on(process.pid)
            session.wait_for(lambda text: "event 1 of 31" in text)
        session.press("j" * 12)
        session.wait_for(lambda text: "event 13 of 31" in text)
        assert process.num_threads() <= before + 1  # a worker may have begun meanwhile
        session.press("q")
        assert session.end() == 0


def test_it_leaves_the_terminal_as_it_found_it(log: Path) -> None:
    with opened(str(log)) as session:
        _stop_and_go_on(session.process.pid)
        session.wait_for(lambda text: "event 0 of 31" in text)
        assert not _edits_lines(session.process.child_fd)
        session.press("q")
        session.process.expect(pexpect.EOF)
        assert session.process.wait() == 0
        assert _edits_lines(session.process.child_fd)


def _edits_lines(terminal: int) -> bool:
    return bool(termios.tcgetattr(terminal)[3] & termios.ICANON)
