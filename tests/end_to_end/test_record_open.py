"""``tau2-tui record --open`` in a real terminal: two processes, one log, and what is left of them."""

from __future__ import annotations

import importlib.util
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.logging.naive_check import check
from tests.support.loaded_modules import loaded_after
from tests.support.program import COMMAND, PATIENCE
from tests.support.terminal import ALTERNATE_OFF, Session, environment

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("tau2") is None, reason="tau2-bench is not installed"),
    pytest.mark.timeout(1200),  # tau2-bench is loaded, for a minute or two on a machine that is busy
]

LONG = ["--domain", "telecom", "--num-tasks", "100", "--num-trials", "10"]
SHORT = ["--domain", "telecom", "--num-tasks", "40"]


class RecordSession(Session):
    """A recording and the inspector that watches it."""

    @property
    def said(self) -> str:
        """What stands on the terminal after the inspector."""
        text = self.written[self.written.rindex(ALTERNATE_OFF) :].decode("utf-8", "replace")
        return text.replace("\r\n", "\n")


@contextmanager
def recording(log: Path, *arguments: str) -> Iterator[RecordSession]:
    with RecordSession([*COMMAND, "record", *arguments, "-o", str(log), "--open"], (100, 24), environment()) as session:
        session.wait_for(lambda text: "recording" in text)
        children = psutil.Process(session.process.pid).children()
        try:
            yield session
        finally:
            for child in children:
                if child.is_running():
                    child.kill()


def is_running(text: str) -> bool:
    return re.search(r"● recording [1-9]\d*/\d+, passed", text) is not None


def test_it_waits_for_the_recording_and_follows_it_to_its_end(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    with recording(log, "--domain", "mock") as session:
        first = session.written.decode()
        assert "waiting for run.jsonl" in first and "tau2-bench is being loaded" in first
        session.press("1")
        session.press("3")
        session.wait_for(lambda text: "✓ recorded" in text)
        rows = check(log)
        text = session.wait_for(lambda text: f"event {len(rows) - 1} of {len(rows)}" in text)
        ends = [row for row in rows if row["event_type"] == "SimulationEndEvent"]
        assert f"✓ recorded: {len(ends)}/{len(ends)}, passed" in text and "errors 0, calls" in text
        session.press("q")
        assert session.end() == 0
    assert f"log: {log}" in session.said and "passed" in session.said
    assert rows[-1]["event_type"] == "RunEndEvent" and rows[0]["command_line"][-1] == "--open"


@pytest.mark.parametrize("way", ["asked", "control-c", "hang up"])
def test_leaving_stops_the_recording_as_an_interrupt_does(tmp_path: Path, way: str) -> None:
    log = tmp_path / "run.jsonl"
    with recording(log, *LONG) as session:
        session.wait_for(is_running)
        if way == "asked":
            session.press("q")
            session.wait_for(lambda text: "leave and stop it" in text)
            session.press("jj\r")
        elif way == "control-c":
            session.press("\x03")
        else:
            session.process.kill(signal.SIGHUP)
        assert session.end() == 130
    assert "finishing the turns under way" in session.said and f"log: {log}" in session.said
    assert "Traceback" not in session.said
    rows = check(log)
    assert rows[-1]["metadata"]["interrupted"] is True
    ended = sum(row["event_type"] == "SimulationEndEvent" for row in rows)
    assert rows[-1]["metadata"]["simulations_ended"] == ended
    assert rows[-1]["message"].startswith(f"interrupted after {ended} of ")


def test_a_stopped_recording_is_continued_and_its_log_is_there_at_once(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    with recording(log, *LONG) as session:
        session.wait_for(is_running)
        session.press("\x03")
        assert session.end() == 130
    before = len(check(log))
    with recording(log, *LONG, "--resume") as session:
        session.wait_for(lambda text: f"event {before - 1} of {before}" in text)
        session.wait_for(lambda text: is_running(text) and f"of {before}" not in text)
        session.press("qs")
        assert session.end() == 130
    assert len(check(log)) > before


def test_a_recording_may_go_on_without_the_inspector(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    with recording(log, *SHORT, "--max-concurrency", "1") as session:
        session.wait_for(lambda text: "● recording" in text)
        (child,) = psutil.Process(session.process.pid).children()
        child.suspend()  # it would end while the keys are pressed on a machine that is quick with it
        session.press("qb")
        assert session.end() == 0
        child.resume()
        assert f"the recording goes on as process {child.pid}" in session.said
        assert f"tau2-tui open --follow {log}" in session.said
        assert psutil.wait_procs([child], timeout=PATIENCE)[0]
    rows = check(log)
    assert rows[-1]["event_type"] == "RunEndEvent"
    assert sum(row["event_type"] == "SimulationEndEvent" for row in rows) == 40


def test_a_recording_that_cannot_begin_leaves_by_itself_and_says_why(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    with recording(log, "--domain", "spaceline") as session:
        assert session.end() == 2
    assert "tau2-tui: " in session.said and "spaceline" in session.said and "Traceback" not in session.said
    assert not log.exists()


def test_without_a_terminal_it_is_refused_in_one_line(tmp_path: Path) -> None:
    command = [*COMMAND, "record", "--domain", "mock", "--open", "-o", str(tmp_path / "x.jsonl")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=PATIENCE)
    assert done.returncode == 2 and "--open needs a terminal" in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "x.jsonl").exists() and done.stdout == ""


def test_the_inspector_of_a_recording_waits_for_no_heavy_import() -> None:
    heavy = ("tau2", "litellm", "numpy", "pandas", "scipy", "statsmodels", "tau2_tui.recording", "aiohttp")
    program = "import tau2_tui.cli.record_open, tau2_tui.cli.record_process, tau2_tui.tui.app"
    assert loaded_after(program, heavy) == set()
