"""The file under a logger: whole lines appended in one write each, chained, locked and repairable."""

from __future__ import annotations

import base64
import contextlib
import errno
import fcntl
import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from tau2_tui.errors import LogFormatError, LogWriteError
from tau2_tui.events import chain
from tau2_tui.events.base import ExecutionEvent, LogLevel
from tau2_tui.events.codec import encode_after_timestamp, loads, to_dict

FsyncPolicy = Literal["always", "interval", "never"]

FSYNC_INTERVAL = 1.0
"""Seconds between two synchronisations with the disk under the policy ``interval``."""

_BLOCK = 1 << 16
_BUFFERED_BYTES = 1 << 16


class Position(NamedTuple):
    """Where a log stands: bytes of whole lines, the next line's number, the last line's chain."""

    size: int = 0
    next_seq: int = 0
    chain: bytes = chain.ZERO


class ChainedFile:
    """Append-only access to one run log.

    One process writes a log at a time (an advisory lock guards it); within it, any number of threads. The file is
    created readable by its owner only. A torn last line, left by a killed writer, is moved into a notice event.

    Args:
        path: the log; missing folders are an error, a missing file is made.
        fsync: ``always`` after each line, ``interval`` at most once a second, ``never``.
        buffered: keep up to 64 kB of lines back until ``flush``.
        on_line: told of each line, under the file's lock: it must return at once.
        new: there must be nothing at the path yet, and no link either.

    Raises:
        LogWriteError: the file cannot be written, or another process writes it.
        LogFormatError: the file holds something else than a run log.
    """

    def __init__(
        self,
        path: Path,
        *,
        fsync: FsyncPolicy = "interval",
        buffered: bool = False,
        on_line: Callable[[bytes], None] | None = None,
        new: bool = False,
    ) -> None:
        self.path = path
        self._fsync = fsync
        self._buffered = buffered
        self._on_line = on_line
        self._buffer: list[bytes] = []
        self._buffer_size = 0
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._synced = time.monotonic()
        self._fd = _open_locked(path, new)
        try:
            self._position = self._recover()
        except BaseException:
            os.close(self._fd)
            self._fd = -1
            raise

    @property
    def size(self) -> int:
        """Bytes of whole lines, those still buffered included."""
        return self._position.size

    @property
    def next_seq(self) -> int:
        """The number that the next line will get."""
        return self._position.next_seq

    @property
    def closed(self) -> bool:
        """Whether the file was closed."""
        return self._fd < 0

    def append(self, rest: bytes, stamp: Callable[[int], float]) -> int:
        """Write one line and return its number.

        Args:
            rest: the line's object from the third key on, without its closing brace.
            stamp: called under the lock with the line's number; returns the line's timestamp.

        Raises:
            LogWriteError: the disk is full or the file is gone; the log stays valid up to the line before.
        """
        with self._lock:
            self._check_usable()
            seq = self._position.next_seq
            body = b'{"seq":%d,"timestamp":%b,%b' % (seq, repr(stamp(seq)).encode(), rest)
            line, link = chain.seal(self._position.chain, body)
            if self._buffered:
                self._buffer.append(line)
                self._buffer_size += len(line)
            else:
                self._write(line)
            self._position = Position(self._position.size + len(line), seq + 1, link)
            if self._buffer_size > _BUFFERED_BYTES:
                self.flush()
            if self._on_line is not None:
                self._on_line(line)
            return seq

    def flush(self) -> None:
        """Hand what was kept back to the operating system.

        Raises:
            LogWriteError: that failed, and what was kept back is lost; the log stays valid up to there.
        """
        with self._lock:
            if not self._buffer:
                return
            data, self._buffer, self._buffer_size = b"".join(self._buffer), [], 0
            try:
                if _size(self._fd) != self._position.size - len(data):
                    raise LogWriteError(f"{self.path}: was changed by somebody else, so what was held back is lost")
                self._write(data)
            except BaseException:  # an interrupt too: the next line must follow the last one that is in the file
                self._position = self._recover()
                raise

    def close(self) -> None:
        """Write and synchronise what is left, and let go of the file; more calls do nothing."""
        with self._lock:
            if self._fd < 0:
                return
            try:
                if self._pid == os.getpid():
                    self.flush()
                    if self._fsync != "never":
                        os.fsync(self._fd)
            except OSError as error:
                raise _write_error(self.path, error) from error
            finally:
                os.close(self._fd)
                self._fd = -1

    def _check_usable(self) -> None:
        if self._fd < 0:
            raise LogWriteError(f"{self.path}: the log is closed")
        if self._pid != os.getpid():
            raise LogWriteError(f"{self.path}: the log belongs to process {self._pid}, which alone may write it")
        if not self._buffer and _size(self._fd) != self._position.size:
            # An interrupt between a write and its bookkeeping, or somebody truncated the file.
            self._position = self._recover()

    def _write(self, data: bytes) -> None:
        written = 0
        try:
            while written < len(data):
                written += os.write(self._fd, data[written:])
            now = time.monotonic()
            if self._fsync == "always" or (self._fsync == "interval" and now - self._synced >= FSYNC_INTERVAL):
                os.fsync(self._fd)
                self._synced = now
        except OSError as error:
            with contextlib.suppress(OSError):  # what is left of the line is found torn, and moved into a notice
                os.ftruncate(self._fd, _size(self._fd) - written)
            raise _write_error(self.path, error) from error

    def _recover(self) -> Position:
        """Find where the log stands; move a torn last line into a notice."""
        size = _size(self._fd)
        whole = _last_line_feed(self._fd, size) + 1
        position = _position_after(self._fd, whole, self.path)
        if whole == size:
            return position
        torn = os.pread(self._fd, size - whole, whole)
        if whole == 0 and not b'{"seq":0,"timestamp":'.startswith(torn[:21]) and not torn.startswith(b'{"seq":0,"t'):
            raise LogFormatError(f"{self.path}: not a run log, so nothing can be appended to it")
        notice = _torn_notice(torn)
        prefix = b'{"seq":%d,"timestamp":%b,' % (position.next_seq, repr(notice.timestamp).encode())
        line, link = chain.seal(position.chain, prefix + encode_after_timestamp(to_dict(notice)))
        self._overwrite_tail(line, whole)
        return Position(whole + len(line), position.next_seq + 1, link)

    def _overwrite_tail(self, line: bytes, offset: int) -> None:
        """Put ``line``, which holds the torn bytes, over them: in one write, so that no crash loses them."""
        appending = fcntl.fcntl(self._fd, fcntl.F_GETFL)
        try:
            fcntl.fcntl(self._fd, fcntl.F_SETFL, appending & ~os.O_APPEND)  # Linux ignores the offset otherwise
            written = 0
            while written < len(line):
                written += os.pwrite(self._fd, line[written:], offset + written)
            os.ftruncate(self._fd, offset + len(line))
        except OSError as error:
            raise _write_error(self.path, error) from error
        finally:
            fcntl.fcntl(self._fd, fcntl.F_SETFL, appending)


def _open_locked(path: Path, new: bool) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | (os.O_EXCL if new else 0)
    try:
        fd = os.open(path, flags, 0o600)
    except FileExistsError as error:
        raise LogWriteError(f"{path}: was made by somebody else meanwhile; take another name") from error
    except OSError as error:
        raise _write_error(path, error) from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise LogWriteError(f"{path}: is no regular file, and a log must be one")
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(fd)
        raise LogWriteError(f"{path}: another process is writing this log") from error
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):  # file systems without locks
            os.close(fd)
            raise _write_error(path, error) from error
    return fd


def _size(fd: int) -> int:
    """Return the size of a file; where its descriptor stands does not matter to one that appends."""
    return os.lseek(fd, 0, os.SEEK_END)


def _write_error(path: Path, error: OSError) -> LogWriteError:
    return LogWriteError(f"{path}: cannot write the log: {error.strerror or error}")


def _last_line_feed(fd: int, end: int) -> int:
    """Return the offset of the last line feed before ``end``, -1 when there is none."""
    while end > 0:
        start = max(0, end - _BLOCK)
        found = os.pread(fd, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found
        end = start
    return -1


def _position_after(fd: int, whole: int, path: Path) -> Position:
    """Read number and chain from the last whole line, which ends before offset ``whole``."""
    if whole == 0:
        return Position()
    start = _last_line_feed(fd, whole - 1) + 1
    line = os.pread(fd, whole - 1 - start, start)
    parts = chain.split(line)
    try:
        seq = loads(line)["seq"] if parts else None
    except (ValueError, TypeError, KeyError):
        seq = None
    if parts is None or not isinstance(seq, int):
        raise LogFormatError(f"{path}: its last line is not a run log's, so nothing can be appended to it")
    return Position(whole, seq + 1, parts[1])


def _torn_notice(torn: bytes) -> ExecutionEvent:
    try:
        text, encoding = torn.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = base64.b64encode(torn).decode("ascii"), "base64"
    return ExecutionEvent(
        level=LogLevel.WARNING,
        source="tau2_tui.logging",
        message=f"log repaired after a crash: {len(torn)} bytes of a torn last line moved into this notice",
        metadata={"torn": text, "encoding": encoding, "torn_bytes": len(torn)},
    )
