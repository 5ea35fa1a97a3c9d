from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.runlog import RunLog
from tau2_tui.runlog.follow import Growth, follow
from tau2_tui.runlog.index import LineIndex
from tests.runlog.naive import split_lines
from tests.runlog.test_run_log import messages
from tests.support.program import PATIENCE

WRITER = """
import sys, time
from tau2_tui.events import MessageEvent
from tau2_tui.logging import ExecutionLogger
with ExecutionLogger(sys.argv[1], fsync="never") as logger:
    for number in range(int(sys.argv[2])):
        logger.log_event(MessageEvent(content=f"{number} " + "x" * (number % 700)))
        if number == int(sys.argv[2]) // 2:
            sys.stdin.read()
"""


def collect(log: RunLog, done: Callable[[list[bytes]], bool]) -> tuple[list[bytes], list[Growth]]:
    """Follow until ``done`` says so; return the lines since the last new start, and everything that was told."""
    lines: list[bytes] = []
    growths: list[Growth] = []
    deadline = time.monotonic() + PATIENCE

    def enough() -> bool:
        return done(lines) or time.monotonic() > deadline

    for growth in follow(log, interval=0.01, cancelled=enough):
        growths.append(growth)
        if growth.restarted:
            lines.clear()
        lines += [log.line(line) for line in range(growth.first, growth.stop)]
    return lines, growths


def test_every_line_of_a_fast_writer_is_told_once(tmp_path: Path) -> None:
    path, count = tmp_path / "run.jsonl", 20_000
    path.write_bytes(b"")
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(count)], stdin=subprocess.PIPE)
    assert writer.stdin is not None
    write_on = writer.stdin.close

    def done(lines: list[bytes]) -> bool:
        if len(lines) > count // 2:
            write_on()
        return len(lines) >= count

    while not path.stat().st_size:
        time.sleep(0.01)
    with RunLog.open(path, index="off") as log:
        lines, growths = collect(log, done)
        assert lines == [line for _, line in split_lines(path.read_bytes())]
        assert all(one.stop == other.first for one, other in pairwise(growths))
        assert not any(growth.restarted for growth in growths) and len(growths) > 1
    assert writer.wait(PATIENCE) == 0


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    path, data = tmp_path / "run.jsonl", messages(3)
    path.write_bytes(data[:-50])
    with RunLog.open(path, index="off") as log:
        assert len(collect(log, lambda lines: len(lines) == 2)[0]) == 2
        looks = iter(range(20))
        assert len(collect(log, lambda _: next(looks, None) is None)[0]) == 2
        path.write_bytes(data)
        assert len(collect(log, lambda lines: len(lines) == 3)[0]) == 3


@pytest.mark.parametrize("how", ["truncated", "rewritten", "rotated"])
def test_another_file_in_its_place_is_followed_from_its_start(tmp_path: Path, how: str) -> None:
    path, old, new = tmp_path / "run.jsonl", messages(50), messages(60, 90)
    path.write_bytes(old)
    told = threading.Event()

    def enough(lines: list[bytes]) -> bool:
        if len(lines) == 50:
            told.set()
        return len(lines) == 60

    with RunLog.open(path, index="off") as log:

        def change() -> None:
            assert told.wait(PATIENCE)
            if how == "rotated":
                path.rename(tmp_path / "run.jsonl.1")
                time.sleep(0.05)
            elif how == "truncated":
                path.write_bytes(b"")
                time.sleep(0.1)
            path.write_bytes(new)

        changing = threading.Thread(target=change)
        changing.start()
        lines, growths = collect(log, enough)
        changing.join()
        assert lines == [line for _, line in split_lines(new)]
        assert any(growth.restarted for growth in growths)


def test_what_is_rewritten_while_it_is_read_is_not_taken_for_growth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, old, new = tmp_path / "run.jsonl", messages(51), messages(60, 90)
    path.write_bytes(old[: split_lines(old)[50][0]])
    extend = LineIndex.extend

    def rewritten(*given: Any) -> Iterator[None]:
        path.write_bytes(new)
        return extend(*given)

    with RunLog.open(path, index="now", cache=False) as log:
        path.write_bytes(old)
        with monkeypatch.context() as patch:
            patch.setattr(LineIndex, "extend", rewritten)
            log.refresh()
        assert log.generation == 1
        assert [log.line(line) for line in range(len(log))] == [line for _, line in split_lines(new)]


def test_what_was_written_before_a_rotation_is_told_first(tmp_path: Path) -> None:
    path, old, new = tmp_path / "run.jsonl", messages(50), messages(7, 90)
    half = old.index(b"\n", len(old) // 2) + 1
    path.write_bytes(old[:half])
    with RunLog.open(path, index="now") as log:
        with path.open("ab") as file:
            file.write(old[half:])
        path.rename(tmp_path / "run.jsonl.1")
        path.write_bytes(new)
        growths = collect(log, lambda lines: len(lines) == 7)[1]
    restart = [growth.restarted for growth in growths].index(True)
    assert growths[restart - 1].stop == 50 and growths[0].first == 0
    assert all(one.stop == other.first for one, other in pairwise(growths[:restart]))


@pytest.mark.parametrize("count", [7, 20_000])
def test_lines_that_were_told_keep_their_numbers_until_the_next_look(tmp_path: Path, count: int) -> None:
    """The thread that indexes must not start anew while they are read."""
    path = tmp_path / "run.jsonl"
    path.write_bytes(messages(50))
    with RunLog.open(path, index="off") as log:
        told = follow(log, interval=0.01)
        growth = next(told)
        assert log.wait(PATIENCE, checked=True)
        path.write_bytes(b"")
        log.start()
        assert log.wait(PATIENCE, checked=True)
        for line in range(growth.first, growth.stop):
            log.line(line)
        path.write_bytes(messages(count, 90))
        growth = next(told)
        assert growth.restarted and growth.first == 0
        while growth.stop < count:
            growth = next(told)
        told.close()


def test_many_rotations_under_a_fast_writer_end_at_the_last_file(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(messages(5))
    stop = threading.Event()

    def write() -> None:
        for number in range(30):
            data = messages(200 + number, 50 + number)
            for at in range(0, len(data), 9000):
                with path.open("ab") as file:
                    file.write(data[at : at + 9000])
                time.sleep(0.001)
            if number % 3:
                path.rename(tmp_path / "old")
            path.write_bytes(b"")
        path.write_bytes(messages(333))
        stop.set()

    writing = threading.Thread(target=write)
    writing.start()
    with RunLog.open(path, index="off") as log:
        expected = [line for _, line in split_lines(messages(333))]
        try:
            lines, growths = collect(log, lambda lines: stop.is_set() and len(lines) == 333 and lines == expected)
        finally:
            writing.join()
        assert lines == expected and any(growth.restarted for growth in growths)
