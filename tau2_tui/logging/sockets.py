"""A log's lines for other processes, on a Unix or TCP socket that any number of them may read."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import threading
import time
from collections import Counter
from pathlib import Path

from tau2_tui.errors import LogWriteError
from tau2_tui.logging.subscription import MOST_WAITING, PATIENCE, Subscription

_FORMS = "a stream is unix:PATH or tcp:HOST:PORT"
_UNIX, _TCP = "unix:", "tcp:"

MOST_READERS = 64
"""Readers at a time; whoever connects beyond that is sent away. Each costs a thread and what waits for it."""

_REST = 0.2
"""Seconds to wait when a connection cannot be taken, as when too many files are open."""

_SENT_AHEAD = 1 << 20
"""Bytes that the system may hold for a reader before lines wait here."""


class SocketStream:
    """Listens at an address, and sends each line of the log to everybody who is connected at that moment.

    The lines are those of the file, byte for byte, so that a reader can check their chain. Nobody has to be connected.

    Args:
        address: ``unix:PATH`` (made readable by its owner only, removed at the end) or ``tcp:HOST:PORT`` (port 0: a
            free one; see :attr:`address`). Whoever reaches a TCP port reads the conversations.
        most: lines that may wait for one reader.

    Raises:
        LogWriteError: the address is none, is in use, or cannot be bound.
    """

    def __init__(self, address: str, most: int = MOST_WAITING) -> None:
        self._most = most
        self._path = Path(address.removeprefix(_UNIX)) if address.startswith(_UNIX) else None
        self._listener = _listen(address, self._path)
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._readers: dict[socket.socket, Subscription] = {}
        self._past: Counter[str] = Counter()
        self._closed = False
        self.address = address if self._path else f"{_TCP}{_host_and_port(self._listener)}"
        self._thread = threading.Thread(target=self._welcome, name=f"stream {self.address}", daemon=True)
        self._thread.start()

    def offer(self, line: bytes) -> None:
        """Let a line wait for each reader; returns at once."""
        with self._lock:
            for reader in self._readers.values():
                reader.offer(line)

    def counts(self) -> Counter[str]:
        """Return what all readers so far were told, gone ones too: ``readers, delivered, left_out``."""
        with self._lock:
            return sum(map(_told, self._readers.values()), self._past)

    def close(self, patience: float = PATIENCE) -> None:
        """Send what waits, as far as readers take it within so many seconds, and end every connection."""
        if os.getpid() != self._owner:
            return  # a process forked from the one that streams: ending its connections would end them for all
        with self._lock:
            if self._closed:
                return
            self._closed = True
            readers = dict(self._readers)
        deadline = time.monotonic() + patience
        _shut(self._listener)
        self._thread.join(patience)
        for connection, reader in readers.items():
            reader.close(max(0.0, deadline - time.monotonic()))
            _shut(connection)
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _welcome(self) -> None:
        while not self._closed:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                time.sleep(0 if self._closed else _REST)
                continue
            with self._lock:
                if self._closed or len(self._readers) >= MOST_READERS:
                    _shut(connection)
                    continue
                with contextlib.suppress(OSError):  # gone already, as sending will tell
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SENT_AHEAD)
                self._readers[connection] = Subscription(
                    "stream reader",
                    connection.sendall,
                    self._most,
                    gone=lambda connection=connection: self._forget(connection),  # type: ignore[misc]
                )

    def _forget(self, connection: socket.socket) -> None:
        with self._lock:
            reader = self._readers.pop(connection, None)
            if reader is not None:
                self._past += _told(reader)
        _shut(connection)


def _told(reader: Subscription) -> Counter[str]:
    return Counter(readers=1, delivered=reader.delivered, left_out=reader.left_out)


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def _listen(address: str, path: Path | None) -> socket.socket:
    host, _, port = address.removeprefix(_TCP).rpartition(":")
    if path is None and not (address.startswith(_TCP) and host and port.isdecimal() and len(port) < 6):
        raise LogWriteError(f"{address!r} is no address of a stream: {_FORMS}")
    host = host.strip("[]")
    family = socket.AF_UNIX if path is not None else socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if path is not None:
            _remove_stale(path)
            listener.bind(str(path))
            path.chmod(0o600)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, int(port)))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        raise LogWriteError(f"cannot stream to {address}: {getattr(error, 'strerror', None) or error}") from error
    return listener


def _remove_stale(path: Path) -> None:
    """Remove a socket that nobody listens at any more, as a killed process leaves it."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            return
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)


def _host_and_port(listener: socket.socket) -> str:
    host, port, *_ = listener.getsockname()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
