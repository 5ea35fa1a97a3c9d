"""Readers of a log beside its file: a function, a terminal, other processes, slow and dead ones."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import LogWriteError
from tau2_tui.events import ExecutionEvent, MessageEvent
from tau2_tui.logging import ExecutionLogger, Streams, subscription
from tau2_tui.logging.sockets import SocketStream
from tau2_tui.logging.subscription import Subscription
from tests.logging.naive_check import check
from tests.support.program import PATIENCE


def read_all(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def connected(address: str) -> socket.socket:
    """Return a connection to a stream's address."""
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect(address.removeprefix("unix:"))
    else:
        host, port = address.removeprefix("tcp:").rsplit(":", 1)
        connection = socket.create_connection((host, int(port)))
    connection.settimeout(PATIENCE)
    return connection


def wait_for_readers(logger: ExecutionLogger, wanted: int) -> None:
    """Wait until so many readers are known to the logger."""
    pause = threading.Event()
    for _ in range(1000):
        counts = logger.stream_counts()
        if counts is not None and counts["readers"] >= wanted:
            return
        pause.wait(0.02)
    raise AssertionError("the reader was not welcomed")


def address_of(logger: ExecutionLogger) -> str:
    counts = logger.stream_counts()
    assert counts is not None
    return str(counts["address"])


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_other_processes_read_the_very_lines_of_the_file(log: Path, stream_path: Path, kind: str) -> None:
    address = f"unix:{stream_path}" if kind == "unix" else "tcp:127.0.0.1:0"
    with ExecutionLogger(log, streams=Streams(address=address)) as logger:
        connections = [connected(address_of(logger)) for _ in range(2)]
        wait_for_readers(logger, 2)
        with ThreadPoolExecutor(2) as readers:
            read = [readers.submit(read_all, connection) for connection in connections]
            for number in range(2000):
                logger.log_event(ExecutionEvent(message=f"event {number}"))
            logger.close()
            assert [each.result() for each in read] == [log.read_bytes()] * 2
        for connection in connections:
            connection.close()
    assert len(check(log)) == 2000
    assert kind == "tcp" or not stream_path.exists()


def test_the_socket_is_its_owners_and_a_stale_one_is_replaced(stream_path: Path) -> None:
    killed = f"import socket; s = socket.socket(socket.AF_UNIX); s.bind({str(stream_path)!r}); s.listen()"
    subprocess.run([sys.executable, "-c", killed], check=True)
    stream = SocketStream(f"unix:{stream_path}")
    assert stream_path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(LogWriteError, match="cannot stream to unix:"):
        SocketStream(f"unix:{stream_path}")
    stream.close()
    stream_path.write_text("not a socket")
    with pytest.raises(LogWriteError, match="cannot stream to unix:"):
        SocketStream(f"unix:{stream_path}")
    assert stream_path.read_text() == "not a socket"


@pytest.mark.parametrize("address", ["", "here", "tcp:host", "tcp::80", "tcp:127.0.0.1:99999999"])
def test_what_is_no_address_is_refused_before_a_log_is_made(log: Path, address: str) -> None:
    with pytest.raises(LogWriteError):
        ExecutionLogger(log, streams=Streams(address=address))
    assert not log.exists()


def test_a_reader_that_never_reads_holds_nothing_up_and_is_counted(log: Path, stream_path: Path) -> None:
    streams = Streams(address=f"unix:{stream_path}", most_waiting=50)
    logger = ExecutionLogger(log, streams=streams)
    with connected(address_of(logger)):
        wait_for_readers(logger, 1)
        for number in range(3000):
            logger.log_event(ExecutionEvent(message=f"{number} " + "x" * 2000))
        logger.close()
    counts = logger.stream_counts()
    assert counts is not None and counts["left_out"] > 1000
    assert len(check(log)) == 3000


class SlowReader:
    """Takes no line before it may."""

    def __init__(self) -> None:
        self.may_read, self.is_reading = threading.Event(), threading.Event()
        self.got: list[bytes] = []

    def __call__(self, line: bytes) -> None:
        self.is_reading.set()
        assert self.may_read.wait(60)
        self.got.append(line)


def test_a_slow_reader_is_told_in_place_how_many_events_it_missed() -> None:
    slow = SlowReader()
    subscription = Subscription("slow", slow, most=3)
    subscription.offer(b"0\n")
    assert slow.is_reading.wait(60)
    for number in range(1, 9):
        subscription.offer(b"%d\n" % number)
    slow.may_read.set()
    subscription.close()
    *lines, notice = slow.got
    assert lines == [b"0\n", b"1\n", b"2\n", b"3\n"] and subscription.left_out == 5
    told = json.loads(notice)
    assert told["metadata"] == {"left_out": 5} and told["level"] == "warning"


def test_a_reader_that_died_is_let_go(log: Path, stream_path: Path) -> None:
    with ExecutionLogger(log, streams=Streams(address=f"unix:{stream_path}")) as logger:
        dead = connected(address_of(logger))
        wait_for_readers(logger, 1)
        dead.close()
        for number in range(500):
            logger.log_event(ExecutionEvent(message=f"{number} " + "x" * 2000))
        with connected(address_of(logger)) as alive:
            wait_for_readers(logger, 2)
            logger.log_event(ExecutionEvent(message="last"))
            logger.close()
            assert json.loads(read_all(alive))["message"] == "last"
    assert len(check(log)) == 501


def test_of_long_lines_fewer_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscription, "MOST_BYTES", 1000)
    slow = SlowReader()
    reader = Subscription("slow", slow)
    reader.offer(b"first\n")
    assert slow.is_reading.wait(60)
    for _ in range(5):
        reader.offer(b"x" * 400)
    assert reader.left_out == 3
    slow.may_read.set()
    reader.close()
    assert [len(line) for line in slow.got[:3]] == [6, 400, 400] and json.loads(slow.got[3])["metadata"] == {
        "left_out": 3
    }


def test_one_line_may_be_of_any_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscription, "MOST_BYTES", 1000)
    got: list[bytes] = []
    reader = Subscription("quick", got.append)
    reader.offer(b"x" * 5000)
    reader.close()
    assert [len(line) for line in got] == [5000] and reader.left_out == 0


def test_nothing_is_kept_for_a_reader_that_is_gone() -> None:
    failing, over = threading.Event(), threading.Event()

    def deliver(line: bytes) -> None:
        assert failing.wait(60)
        raise BrokenPipeError

    reader = Subscription("dead", deliver, gone=over.set)
    for _ in range(100):
        reader.offer(b"a line")
    failing.set()
    assert over.wait(60)
    assert not reader._lines and reader.left_out == 99


def test_a_callback_gets_every_event_and_its_faults_are_its_own(log: Path) -> None:
    got: list[ExecutionEvent] = []

    def callback(event: ExecutionEvent) -> None:
        got.append(event)
        if event.message == "1":
            raise RuntimeError("a fault of the callback")

    with ExecutionLogger(log, streams=Streams(on_event=callback)) as logger:
        for number in range(3):
            logger.log_event(ExecutionEvent(message=str(number)))
    assert [(event.seq, event.message) for event in got] == [(0, "0"), (1, "1"), (2, "2")]
    counts: Any = logger.stream_counts()
    assert (counts["delivered"], counts["failures"], counts["left_out"]) == (3, 1, 0)
    assert logger.get_statistics()["streams"] == counts


def test_the_console_says_which_simulation_and_what_was_said(capsys: pytest.CaptureFixture[str]) -> None:
    with ExecutionLogger(console_output=True) as logger:
        place: dict[str, Any] = {"simulation_id": "s", "task_id": "7", "trial": 1}
        logger.log_event(MessageEvent(role="user", content="hello\x1b[2J" + "y" * 500, **place))
        logger.log_event(MessageEvent(role="assistant", tool_calls=[{"name": "get_user"}], **place))
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("[info] MessageEvent task 7, trial 1: user: hello␛[2Jyyy") and len(first) < 200
    assert second == "[info] MessageEvent task 7, trial 1: assistant: get_user()"


def test_without_a_file_too() -> None:
    got: list[ExecutionEvent] = []
    with ExecutionLogger(streams=Streams(on_event=got.append)) as logger:
        logger.log_event(ExecutionEvent(message="kept in memory"))
    assert [event.message for event in got] == ["kept in memory"]


def test_another_process_can_follow_the_file(log: Path) -> None:
    """Each line is with the operating system when the call that logged it returns."""
    with ExecutionLogger(log) as logger:
        for number in range(3):
            logger.log_event(ExecutionEvent(message=str(number)))
            code = f"print(open({str(log)!r}).read().count(chr(10)))"
            seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
            assert int(seen.stdout) == number + 1


def test_a_forked_process_does_not_end_the_connections(log: Path, stream_path: Path) -> None:
    logger = ExecutionLogger(log, streams=Streams(address=f"unix:{stream_path}"))
    with connected(address_of(logger)) as reader:
        wait_for_readers(logger, 1)
        child = os.fork()
        if child == 0:
            logger.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        logger.log_event(ExecutionEvent(message="after the fork"))
        logger.close()
        assert json.loads(read_all(reader))["message"] == "after the fork"
