"""Who can reach a stream of a log."""

from __future__ import annotations

import errno
import gc
import os
import socket
import stat
import threading
from pathlib import Path

import psutil
import pytest

from tau2_tui.errors import LogWriteError
from tau2_tui.logging import sockets
from tau2_tui.logging.sockets import SocketStream
from tau2_tui.logging.subscription import Subscription
from tests.support.program import PATIENCE


def connected(path: Path) -> socket.socket:
    reader = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    reader.settimeout(PATIENCE)
    reader.connect(str(path))
    return reader


def test_nobody_can_connect_before_the_socket_is_its_owners(stream_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, bool]] = []
    chmod = Path.chmod

    def watched(self: Path, mode: int) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as early:
            seen.append((mode, early.connect_ex(str(self)) == 0))
        chmod(self, mode)

    monkeypatch.setattr(Path, "chmod", watched)
    before = os.umask(0)
    try:
        stream = SocketStream(f"unix:{stream_path}")
    finally:
        os.umask(before)
    assert seen == [(0o600, False)], "it listens only when others cannot reach it"
    assert stat.S_IMODE(stream_path.stat().st_mode) == 0o600
    stream.close()


@pytest.mark.parametrize("leads_to", ["mine.txt", "nowhere", "other.sock"])
def test_a_link_in_its_place_is_left_alone(stream_path: Path, leads_to: str) -> None:
    folder = stream_path.parent
    (folder / "mine.txt").write_text("mine")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stale:
        stale.bind(str(folder / "other.sock"))
    stream_path.symlink_to(folder / leads_to)
    with pytest.raises(LogWriteError, match="cannot stream to unix:"):
        SocketStream(f"unix:{stream_path}")
    assert stream_path.is_symlink() and not (folder / "nowhere").exists()
    assert (folder / "mine.txt").read_text() == "mine" and (folder / "other.sock").exists()


@pytest.mark.parametrize(("host", "bound"), [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("[::1]", "::1")])
def test_a_tcp_stream_is_bound_to_the_address_that_was_named_and_no_other(host: str, bound: str) -> None:
    try:
        stream = SocketStream(f"tcp:{host}:0")
    except LogWriteError:
        pytest.skip("this machine has no such address")
    port = int(stream.address.rpartition(":")[2])
    listening = [
        connection.laddr.ip
        for connection in psutil.Process().net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
    ]
    stream.close()
    assert listening == [bound]


def test_too_many_readers_are_sent_away_and_others_can_come_later(
    stream_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MOST_READERS", 2)
    stream = SocketStream(f"unix:{stream_path}")
    first, second = connected(stream_path), connected(stream_path)
    with connected(stream_path) as third:
        assert third.recv(1) == b"", "it is closed at once"
    first.close()
    pause = threading.Event()
    for _ in range(1000):
        stream.offer(b"x" * 1000)  # by which it is noticed that the first one is gone
        if len(stream._readers) < 2:
            break
        pause.wait(0.02)
    with connected(stream_path) as fourth:
        while len(stream._readers) < 2:
            pause.wait(0.02)
        stream.offer(b"a line\n")
        assert fourth.recv(7) == b"a line\n"
    second.close()
    stream.close()


def test_a_connection_that_cannot_be_taken_does_not_end_the_stream(
    stream_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept, failed = socket.socket.accept, threading.Event()

    def failing(self: socket.socket) -> tuple[socket.socket, object]:
        if not failed.is_set():
            failed.set()
            raise OSError(errno.EMFILE, "Too many open files")
        return accept(self)

    monkeypatch.setattr(socket.socket, "accept", failing)
    stream = SocketStream(f"unix:{stream_path}")
    assert failed.wait(60)
    with connected(stream_path) as reader:
        while not stream._readers:
            threading.Event().wait(0.02)
        stream.offer(b"a line\n")
        assert reader.recv(7) == b"a line\n"
    stream.close()


@pytest.mark.parametrize("port", ["\u00b2", "9" * 5000, "-1", "0x50", " 80", ""])
def test_what_is_no_port_is_said(port: str) -> None:
    with pytest.raises(LogWriteError):
        SocketStream(f"tcp:127.0.0.1:{port}")


def test_readers_that_come_and_go_are_counted_and_not_kept(stream_path: Path) -> None:
    others = subscriptions()
    stream = SocketStream(f"unix:{stream_path}")
    pause = threading.Event()
    for number in range(1, 6):
        with connected(stream_path) as reader:
            while len(stream._readers) < 1:
                pause.wait(0.02)
            stream.offer(b"a line\n")
            assert reader.recv(7) == b"a line\n"
        while stream._readers:
            stream.offer(b"x" * 1000)  # by which it is noticed that it is gone
            pause.wait(0.02)
        counts = stream.counts()
        assert counts["readers"] == number and counts["delivered"] >= number
    assert not [one for one in subscriptions() if not any(one is other for other in others)]
    stream.close()


def subscriptions() -> list[Subscription]:
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, Subscription)]
