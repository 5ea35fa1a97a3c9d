"""The file behind a run log, read by position.

The file is never mapped into memory: a mapped file that another process shortens kills its reader with SIGBUS, which
Python cannot catch. ``pread`` returns fewer bytes instead, costs one copy out of the page cache (about 0.2 s a
gigabyte), needs no lock between threads, and keeps the process's resident memory small.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from tau2_tui.errors import LogFormatError, UnreadableFileError
from tau2_tui.events import chain
from tau2_tui.events.codec import loads
from tau2_tui.runlog.courtesy import give_way
from tau2_tui.runlog.refs import LogOrigin

SAMPLE_BYTES = 1 << 18
"""How much of either end of a file is looked at to tell whether it is a run log."""

_LINE_START = re.compile(rb'\{"seq":\d+,"timestamp":')
_FIRST_BYTES = b'{"seq":0,"timestamp":'

_KINDS = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a pipe: read it as standard input, which is called -"}

_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
}


class LogFile:
    """An open regular file. Reading is thread-safe; a file that shrinks gives fewer bytes, never an error.

    Attributes:
        path: what the file is called.
        transient: it goes when it is closed, so that nothing about it is worth keeping.
        origin: what it was converted from, None when it was not.
        courteous: whether threads that read it give way to the main one.
    """

    path: Path
    transient = False
    origin: LogOrigin | None = None
    courteous = False

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            LogFormatError: it is missing, not a regular file, or may not be read.
        """
        self.path = path
        self._fd, self._inode = _open_regular(path)

    @property
    def size(self) -> int:
        """Bytes in the file now."""
        return os.fstat(self._fd).st_size

    @property
    def descriptor(self) -> int:
        """The open file's descriptor; it is another one after ``reopen``."""
        return self._fd

    @property
    def modified(self) -> int:
        """When the file was written to last, in nanoseconds since the epoch."""
        return os.fstat(self._fd).st_mtime_ns

    @property
    def awaited(self) -> bool:
        """Whether there is no such file yet, or not the one that is wanted."""
        return False

    @property
    def filling(self) -> bool:
        """Whether it is still being made, by this process."""
        return False

    @property
    def progress(self) -> float:
        """The share of it that is made, 0 to 1."""
        return 1.0

    @property
    def failure(self) -> str | None:
        """Why it ends before it should, None when it does not."""
        return None

    def wait_for_more(self, size: int | None, timeout: float | None) -> bool:
        """Wait until it has more than ``size`` bytes (None: all), or is made; return whether that is so."""
        return True

    def read(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only where the file ends."""
        data = os.pread(self._fd, length, offset)
        while len(data) < length:
            more = os.pread(self._fd, length - len(data), offset + len(data))
            if not more:
                break
            data += more
        if self.courteous:
            give_way()
        return data

    def read_into(self, buffer: memoryview, offset: int) -> int:
        """Fill ``buffer`` with the bytes from ``offset`` on; return how many there were before the file's end."""
        done = 0
        while done < len(buffer):
            count = _pread_into(self._fd, buffer[done:], offset + done)
            if not count:
                break
            done += count
        return done

    def replaced(self) -> bool:
        """Return whether the path now names another file than the one that is open."""
        try:
            found = self.path.stat()
        except OSError:
            return False
        return (found.st_dev, found.st_ino) != self._inode

    def reopen(self) -> None:
        """Open what the path names now, in place of the file that was open.

        Raises:
            LogFormatError: as on opening; the old file stays open then.
        """
        fd, inode = _open_regular(self.path)
        old, self._fd, self._inode = self._fd, fd, inode
        os.close(old)

    def close(self) -> None:
        """Close the file; closing twice is fine, reading afterwards raises ``OSError``."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def __enter__(self) -> LogFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class GivenFile(LogFile):
    """A file that another process has opened, which cannot be opened anew."""

    def __init__(self, descriptor: int, path: Path, origin: LogOrigin | None = None) -> None:
        """Take it over.

        Args:
            descriptor: the open file.
            path: what it is called.
            origin: what it was converted from, None when it was not.
        """
        self.path, self.origin = path, origin
        self._fd = descriptor
        found = os.fstat(descriptor)
        self._inode = (found.st_dev, found.st_ino)

    def replaced(self) -> bool:
        """Return False: what the path names now is for the other process to open."""
        return False


class AwaitedFile(LogFile):
    """A file that somebody is about to write: empty until it is there, and from then on that file."""

    def __init__(self, path: Path, ready: Callable[[], bool] = lambda: True) -> None:
        """Wait for a file.

        Args:
            path: what it will be called.
            ready: whether what the path names now is the file that is waited for.
        """
        self.path = path
        self._fd = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        nothing = os.fstat(self._fd)
        self._nothing = self._inode = (nothing.st_dev, nothing.st_ino)
        self._ready = ready

    @property
    def awaited(self) -> bool:
        """Whether it is not there yet."""
        return self._inode == self._nothing

    def replaced(self) -> bool:
        """Return whether the path names another file than the one that is open, or at last one."""
        return (not self.awaited or self._ready()) and super().replaced()


def _pread_into(fd: int, buffer: memoryview, offset: int) -> int:
    if hasattr(os, "preadv"):
        return os.preadv(fd, [buffer], offset)
    data = os.pread(fd, len(buffer), offset)  # older macOS
    buffer[: len(data)] = data
    return len(data)


def is_directory(path: Path) -> bool:
    """Return whether a path names a directory; one that cannot be looked at names none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _open_regular(path: Path) -> tuple[int, tuple[int, int]]:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as error:
        raise LogFormatError(f"{path}: no such file") from error
    except OSError as error:
        if error.errno == errno.ENOENT:
            raise LogFormatError(f"{path}: no such file") from error
        raise UnreadableFileError(f"{path}: cannot be opened: {error.strerror}") from error
    info = os.fstat(fd)
    if not stat.S_ISREG(info.st_mode):
        os.close(fd)
        raise LogFormatError(f"{path}: is {_KINDS.get(stat.S_IFMT(info.st_mode), 'not a regular file')}")
    return fd, (info.st_dev, info.st_ino)


def require_events(file: LogFile) -> None:
    """Raise unless at least one line at either end of the file looks like an event.

    One good line is enough: the rest may be damaged, and is then shown as such.

    Raises:
        LogFormatError: the file is empty, compressed, binary or of another format.
    """
    _require(file, lambda line: is_chained(line) or _is_event(line))


def require_chain(file: LogFile) -> None:
    """Raise unless at least one line at either end of the file looks like a line of a run log with its chain.

    Raises:
        LogFormatError: the file is empty, compressed, binary or of another format.
    """
    _require(file, is_chained)


def is_chained(line: bytes) -> bool:
    """Return whether a line has the start or the end that only lines of a run log have.

    No change of a single byte takes away both.
    """
    return _LINE_START.match(line) is not None or chain.split(line) is not None


def _require(file: LogFile, accepts: Callable[[bytes], bool]) -> None:
    size = file.size
    if size == 0:
        raise LogFormatError(f"{file.path}: is empty")
    head = file.read(0, SAMPLE_BYTES)
    torn_first = _FIRST_BYTES.startswith(head)
    if torn_first or any(map(accepts, head.split(b"\n"))):
        return
    tail = file.read(max(SAMPLE_BYTES, size - SAMPLE_BYTES), SAMPLE_BYTES).split(b"\n")
    if any(map(accepts, tail)):
        return
    if any(map(_is_event, head.split(b"\n") + tail)):
        raise LogFormatError(f"{file.path}: its events carry no hash chain, so there is nothing to verify")
    raise LogFormatError(f"{file.path}: {_what_it_is(head)}")


def _is_event(line: bytes) -> bool:
    if b'"event_type"' not in line:
        return False
    try:
        value = loads(line)
    except ValueError:
        return False
    return isinstance(value, dict) and isinstance(value.get("event_type"), str)


def compression_of(head: bytes) -> str | None:
    """Return the name of the format of a compressed file that begins like this, None for other files."""
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


def _what_it_is(head: bytes) -> str:
    compression = compression_of(head)
    if compression is not None:
        return f"is compressed ({compression}), not a run log"
    if b"\0" in head:
        return "is a binary file, not a run log"
    if head.lstrip()[:1] in (b"{", b"["):
        return "is JSON of another format, not a run log"
    return "is not a run log: no line of it is an event"
