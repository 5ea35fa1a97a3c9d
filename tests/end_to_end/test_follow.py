"""The inspector follows a log in a real terminal while real processes write it: what it has seen is what the file says.

The inspector runs with a probe that writes down, for each row that is new to its list, the sequence number of the event
in it. At the end those numbers are compared with the numbers in the file.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from tests.logging.naive_check import check
from tests.support.program import COMMAND, PATIENCE, without_keys
from tests.support.terminal import Session, environment

RESTART = "restart"

PROBE = """
import sys
from tau2_tui.events import ExecutionEvent
from tau2_tui.tui.screens.timeline.screen import TimelineScreen
from tau2_tui.cli.main import main

notes, told = open(sys.argv.pop(1), "a", buffering=1), 0
grown, more = TimelineScreen.grown, TimelineScreen._indexed_more

def note(self):
    global told
    view, rows = self.state.view, []
    while told < view.count and isinstance(entry := self.state.source.entry(view.line(told)), ExecutionEvent):
        rows.append(f"{entry.seq}\\n")
        told += 1
    notes.write("".join(rows))

def noting_grown(self, restarted):
    global told
    if restarted:
        told = 0
        notes.write("restart\\n")
    grown(self, restarted)
    note(self)

def noting_more(self, *arguments, **keywords):
    more(self, *arguments, **keywords)
    note(self)

TimelineScreen.grown, TimelineScreen._indexed_more = noting_grown, noting_more
main(sys.argv[1:])
"""

WRITER = """
import sys, time
from tau2_tui.events import MessageEvent
from tau2_tui.logging import ExecutionLogger
count, rate = int(sys.argv[2]), float(sys.argv[3])
begun = time.monotonic()
with ExecutionLogger(sys.argv[1], fsync="never", recent=0) as logger:
    for number in range(count):
        logger.log_event(MessageEvent(role="user", content=f"{number} " + "x" * (number % 700)))
        if (ahead := begun + number / rate - time.monotonic()) > 0.002:
            time.sleep(ahead)
"""


class Follower(Session):
    """An inspector that follows a log, and the probe in it."""

    def __init__(self, log: Path, notes: Path) -> None:
        self.log, self.notes = log, notes
        words = [sys.executable, "-c", PROBE, str(notes), "open", "--follow", str(log)]
        super().__init__(words, (80, 24), environment())

    @property
    def seen(self) -> list[str]:
        """What the probe wrote down."""
        return self.notes.read_text().split() if self.notes.exists() else []

    @property
    def seen_last(self) -> list[int]:
        """The numbers seen since the log last began anew."""
        seen = self.seen
        since = max((place + 1 for place, word in enumerate(seen) if word == RESTART), default=0)
        return [int(word) for word in seen[since:]]

    def until_it_has_seen_all(self) -> None:
        """Wait until the numbers seen are those in the file, and the last one is on the screen."""
        numbers = numbers_in(self.log)
        self.until(lambda: len(self.seen_last) >= len(numbers))
        assert self.seen_last == numbers
        last, count = numbers[-1], len(numbers)
        self.until(lambda: f"event {last:,} of {count:,} " in self.screen.text)


def numbers_in(log: Path) -> list[int]:
    return [orjson.loads(line)["seq"] for line in log.read_bytes().splitlines()]


@contextmanager
def followed(log: Path) -> Iterator[Follower]:
    with Follower(log, log.with_name("seen.txt")) as session:
        session.until(lambda: log.name in session.screen.text)
        yield session
        session.press("q")
        assert session.end() == 0


def write(log: Path, count: int, rate: float = 1e9) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(log), str(count), str(rate)])


def written(log: Path, count: int) -> None:
    assert write(log, count).wait(PATIENCE) == 0


@pytest.mark.parametrize(("count", "rate"), [(6_000, 2_000), (20_000, 1e9)])
def test_everything_is_seen_once_of_a_log_that_appears_and_grows_fast(tmp_path: Path, count: int, rate: float) -> None:
    log = tmp_path / "run.jsonl"
    with followed(log) as session:
        session.until(lambda: "waiting for run.jsonl: it is not there yet" in session.screen.text)
        writer = write(log, count, rate)
        session.until(lambda: writer.poll() is not None)
        session.until_it_has_seen_all()
        assert session.seen.count(RESTART) == 1 and len(session.seen_last) == count
        early = session.seen[: session.seen.index(RESTART)]  # indexed before it was known that this is the log
        assert early == [str(number) for number in range(len(early))]


def test_scrolled_up_it_stays_and_counts_what_is_new(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    written(log, 300)
    with followed(log) as session:
        session.until(lambda: "event 299 of 300" in session.screen.text)
        session.press("kk")
        session.until(lambda: "event 297 of 300" in session.screen.text)
        writer = write(log, 2_000, 1_000)
        session.until(lambda: writer.poll() is not None)
        session.until(lambda: "2,000 new, G follows" in session.screen.text)
        assert "event 297 of 2,300" in session.screen.text
        session.press("G")
        written(log, 5)
        session.until_it_has_seen_all()


def test_a_crash_in_the_middle_of_a_line_and_its_repair_lose_and_double_nothing(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    written(log, 200)
    with followed(log) as session:
        for torn in (1, 40, 300):
            last = log.read_bytes().splitlines()[-1]
            with log.open("ab") as file:
                file.write(last[:torn])  # what a killed writer leaves
            session.read(0.6, 1.0)
            written(log, 50)
            session.until_it_has_seen_all()
        assert RESTART not in session.seen
    rows = check(log)
    assert sum("log repaired after a crash" in row["message"] for row in rows) == 3
    assert len(rows) == 353


def test_a_killed_writer_leaves_what_was_seen(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    with followed(log) as session:
        for _ in range(3):
            writer = write(log, 100_000, 3_000)
            had = len(session.seen)
            session.until(lambda had=had: len(session.seen) > had + 500)
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        written(log, 10)
        session.until_it_has_seen_all()
        assert session.seen.count(RESTART) == 1
    check(log)


@pytest.mark.parametrize("how", ["truncated", "shortened", "rewritten", "rotated", "deleted"])
def test_another_log_in_its_place_is_seen_whole(tmp_path: Path, how: str) -> None:
    log, other = tmp_path / "run.jsonl", tmp_path / "other.jsonl"
    written(log, 400)
    written(other, 70)
    with followed(log) as session:
        session.until_it_has_seen_all()
        if how == "truncated":
            os.truncate(log, 0)
            session.read(0.5, 1.0)
            written(log, 90)
        elif how == "shortened":
            kept = log.read_bytes().splitlines(keepends=True)[:150]
            os.truncate(log, sum(map(len, kept)))
            written(log, 30)
        elif how == "rewritten":
            log.write_bytes(other.read_bytes())
        elif how == "rotated":
            written(log, 20)
            log.rename(tmp_path / "run.jsonl.1")
            other.rename(log)
        else:
            log.unlink()
            session.read(0.6, 1.0)
            assert "event 399 of 400" in session.screen.text
            written(log, 60)
        session.until(lambda: RESTART in session.seen)
        session.until_it_has_seen_all()
        before = session.seen[: session.seen.index(RESTART)]
        assert before == [str(number) for number in range(420 if how == "rotated" else 400)]


@pytest.mark.skipif(importlib.util.find_spec("tau2") is None, reason="tau2-bench is not installed")
@pytest.mark.timeout(1200)  # tau2-bench is loaded, for a minute or two on a machine that is busy
def test_a_recording_that_is_killed_and_resumed_is_seen_whole(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    command = [*COMMAND, "record", "--domain", "telecom", "--num-tasks", "16", "--resume", "-o", str(log)]

    def record() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, stderr=subprocess.DEVNULL, env=without_keys())

    with followed(log) as session:
        recorder = record()
        session.until(lambda: len(session.seen) > 60 or recorder.poll() is not None)
        recorder.kill()
        recorder.wait()
        with log.open("ab") as file:
            file.write(b'{"seq":')
        recorder = record()
        session.until(lambda: recorder.poll() is not None)
        assert recorder.returncode == 0
        session.until_it_has_seen_all()
        assert session.seen.count(RESTART) == 1
    assert check(log)[-1]["event_type"] == "RunEndEvent"
