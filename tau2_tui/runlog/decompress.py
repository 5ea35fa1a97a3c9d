"""Compressed files and standard input, written out plainly by a thread while they are already being read.

The plain copy is a file of the user's cache directory that only its owner may read. It goes when it is closed; what
killed processes left behind is removed by the next one. How much a compressed file may become is limited.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import shutil
import tempfile
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

from tau2_tui.errors import LogFormatError, UnreadableFileError
from tau2_tui.runlog.cache import cache_directory, make_private
from tau2_tui.runlog.source import SAMPLE_BYTES, LogFile, compression_of

STANDARD_INPUT = Path("-")
"""The path that stands for standard input."""

LIMIT_VARIABLE = "TAU2_TUI_MAX_UNPACKED"
"""Environment variable with the most bytes that a compressed file may become."""

_MAGIC_BYTES = 8
_CHUNK_BYTES = 1 << 20
_LEAST_LIMIT = 1 << 30
_LONGEST_NUMBER = 19
_MOST_RATIO = 250
"""Recorded runs shrink by 10 to 100; what grows more than this, and beyond a gigabyte, is taken for a trap."""

_FREE_BYTES = 256 << 20
"""Bytes that are left free on the disk."""

_PATIENCE_SECONDS = 0.25
_GZIP = 31
"""What zlib takes for: gzip headers, the largest window."""

_ZSTD_WINDOW = 1 << 27
_ZSTD_PIECE = 1 << 11
"""Three bytes of zstd can become 128 kB."""


class PlainCopy:
    """The plain copy of a compressed file or of standard input, filled by a thread of its own.

    Attributes:
        source: what is copied; ``STANDARD_INPUT`` for that.
        path: the copy; it is gone after ``close``.
        failure: why the copy ends before its source does, None when it does not, or not yet.
    """

    def __init__(self, source: Path) -> None:
        """Begin to copy.

        Raises:
            LogFormatError: the source cannot be opened, or no copy be made.
        """
        self.source = source
        self.failure: str | None = None
        self._size = 0
        self._taken = 0
        self._filled = False
        self._closed = False
        self._grown = threading.Condition()
        self._input, self._total = _open_source(source)
        try:
            self._lock, self.path = _new_file()
        except OSError as error:
            os.close(self._input)
            raise UnreadableFileError(f"{source}: cannot be unpacked: {error.strerror}") from error
        self._limit = _limit(self._total)
        self._thread = threading.Thread(target=self._run, name="unpack", daemon=True)
        self._thread.start()

    @property
    def size(self) -> int:
        """Bytes in the copy now."""
        return self._size

    @property
    def filled(self) -> bool:
        """Whether the copy is as long as it will ever be."""
        return self._filled

    @property
    def progress(self) -> float:
        """The share of the source that is copied, 0 to 1; 0 when nobody knows how long it is."""
        return 1.0 if self._filled else min(1.0, self._taken / self._total) if self._total else 0.0

    def wait(self, size: int | None = None, timeout: float | None = None) -> bool:
        """Wait until the copy has more than ``size`` bytes, or will not grow any more; return whether that is so.

        Args:
            size: bytes; None waits for the end.
            timeout: seconds, None for as long as it takes.
        """
        with self._grown:
            return self._grown.wait_for(lambda: self._filled or (size is not None and self._size > size), timeout)

    def close(self) -> None:
        """Stop copying and remove the copy; closing twice is fine."""
        self._closed = True
        with self._grown:
            self._filled = True
            self._grown.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join()
        if self._lock >= 0:
            self.path.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = -1

    def _run(self) -> None:
        try:
            with self.path.open("r+b", buffering=0) as copy:
                for chunk in _plain(self._chunks()):
                    if self._closed:
                        return
                    self._check_room(len(chunk))
                    _write_all(copy.fileno(), chunk)
                    with self._grown:
                        self._size += len(chunk)
                        self._grown.notify_all()
        except LogFormatError as error:
            self.failure = str(error)
        except OSError as error:
            self.failure = f"cannot be unpacked: {error.strerror or error}"
        except Exception as error:  # of a decoder: whatever it says about its input, the copy ends here
            self.failure = f"is damaged: {error}"
        finally:
            os.close(self._input)
            with self._grown:
                self._filled = True
                self._grown.notify_all()

    def _chunks(self) -> Iterator[bytes]:
        """Yield the bytes of the source as they come, until it ends or the copy is closed."""
        while not self._closed:
            if not select.select([self._input], [], [], _PATIENCE_SECONDS)[0]:
                continue
            chunk = os.read(self._input, _CHUNK_BYTES)
            if not chunk:
                return
            self._taken += len(chunk)
            yield chunk

    def _check_room(self, more: int) -> None:
        size = self._size + more
        if size > self._limit:
            raise LogFormatError(
                f"unpacks to more than {_amount(self._limit)}, which looks like a trap: the rest is left out"
                f" ({LIMIT_VARIABLE}=BYTES allows more)"
            )
        if size >> 26 != self._size >> 26 and shutil.disk_usage(self.path.parent).free < _FREE_BYTES:
            raise LogFormatError(f"no room to unpack it in {self.path.parent}: the rest is left out")


class CopiedFile(LogFile):
    """A plain copy as the file behind a run log: it may still be filling, and goes when it is closed."""

    transient = True

    def __init__(self, copy: PlainCopy) -> None:
        """Open the copy, which is closed with this."""
        super().__init__(copy.path)
        self.path = Path("standard input") if copy.source == STANDARD_INPUT else copy.source
        self.copy = copy

    @property
    def filling(self) -> bool:
        """Whether the file is still being made."""
        return not self.copy.filled

    @property
    def progress(self) -> float:
        """The share of the file that is made, 0 to 1."""
        return self.copy.progress

    @property
    def failure(self) -> str | None:
        """Why the file ends before its source does."""
        return self.copy.failure

    def wait_for_more(self, size: int | None, timeout: float | None) -> bool:
        """Wait until the file has more than ``size`` bytes (None: all), or is made; return whether that is so."""
        return self.copy.wait(size, timeout)

    def replaced(self) -> bool:
        """Return False: nothing takes the place of a copy."""
        return False

    def close(self) -> None:
        """Close the file and remove it."""
        super().close()
        self.copy.close()


def plain_copy(path: Path) -> PlainCopy | None:
    """Return the growing plain copy of a compressed file or of standard input (``-``); None for any other path.

    To be closed by the caller, or by the :class:`CopiedFile` made of it.

    Raises:
        LogFormatError: standard input is a terminal, or no copy can be made.
    """
    if path == STANDARD_INPUT:
        return PlainCopy(path)
    try:
        with LogFile(path) as file:
            compressed = compression_of(file.read(0, _MAGIC_BYTES)) in _DECODERS
    except (LogFormatError, OSError):
        return None
    return PlainCopy(path) if compressed else None


def open_file(path: Path) -> LogFile:
    """Open a log's file: a plain one as it is, of a compressed one or standard input the copy once it has a beginning.

    Raises:
        LogFormatError: as :class:`LogFile` and :func:`plain_copy` do.
    """
    copy = plain_copy(path)
    if copy is None:
        return LogFile(path)
    try:
        file = CopiedFile(copy)
    except BaseException:
        copy.close()
        raise
    try:
        while not copy.wait(SAMPLE_BYTES, _PATIENCE_SECONDS) and b"\n" not in file.read(0, SAMPLE_BYTES):
            pass
        if not file.size and copy.failure:
            raise UnreadableFileError(f"{path}: {copy.failure}")
    except BaseException:
        file.close()
        raise
    return file


def _open_source(source: Path) -> tuple[int, int]:
    """Return a file descriptor to read from, and how many bytes there are, 0 when nobody knows."""
    try:
        if source == STANDARD_INPUT:
            if os.isatty(0):
                raise LogFormatError("standard input is a terminal: give a log, or pipe one into this command")
            descriptor = os.dup(0)
        else:
            descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise UnreadableFileError(f"{source}: cannot be opened: {error.strerror}") from error
    return descriptor, os.fstat(descriptor).st_size


def _new_file() -> tuple[int, Path]:
    """Return a new empty file for a copy, and the descriptor that marks it as used."""
    for directory in (cache_directory() / "unpacked", Path(tempfile.gettempdir())):
        try:
            if directory.name == "unpacked":
                make_private(directory)
                _remove_abandoned(directory)
            return _locked_file(directory)
        except OSError:
            if directory.name != "unpacked":
                raise
    raise FileNotFoundError(2, "no directory for it")


def _locked_file(directory: Path) -> tuple[int, Path]:
    """Return a new file that is locked: until it was, another process may have taken it for an abandoned one."""
    while True:
        descriptor, name = tempfile.mkstemp(prefix="tau2-tui-", suffix=".unpacked", dir=directory)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor, Path(name)
        os.close(descriptor)


def _remove_abandoned(directory: Path) -> None:
    """Remove the copies that no process holds any more."""
    for path in directory.glob("*.unpacked"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def _limit(total: int) -> int:
    text = os.environ.get(LIMIT_VARIABLE, "")
    return int(text) if text.isdecimal() and len(text) < _LONGEST_NUMBER else max(_LEAST_LIMIT, _MOST_RATIO * total)


def _amount(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB" if size >= 1 << 30 else f"{size} bytes"


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


# Decoders: from the chunks of a source to those of its plain text


def _plain(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what chunks unpack to; they are passed on when they are not compressed."""
    first = b""
    for chunk in chunks:
        first += chunk
        if len(first) >= _MAGIC_BYTES:
            break
    decoder = _DECODERS.get(compression_of(first) or "", _passed_on)
    yield from decoder(first, chunks)


def _passed_on(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from chunks


def _gzip(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack gzip members, one after the other, each in bounded pieces."""
    member, data = zlib.decompressobj(wbits=_GZIP), first
    while True:
        data = data or _more(chunks)
        if plain := member.decompress(data, _CHUNK_BYTES):
            yield plain
        data = member.unconsumed_tail
        if member.eof:
            data = member.unused_data.lstrip(b"\0")  # tapes pad
            while not data and (chunk := next(chunks, b"")):
                data = chunk.lstrip(b"\0")
            if not data:
                return
            member = zlib.decompressobj(wbits=_GZIP)


def _zstd(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack zstd frames, one after the other; little is put in at a time, since it may become very much."""
    import zstandard

    decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    frame, data = decoder.decompressobj(), first
    while True:
        data = data or _more(chunks)
        if plain := frame.decompress(data[:_ZSTD_PIECE]):
            yield plain
        data = data[_ZSTD_PIECE:]
        if frame.eof:
            data = frame.unused_data + data or next(chunks, b"")
            if not data:
                return
            frame = decoder.decompressobj()


def _more(chunks: Iterator[bytes]) -> bytes:
    chunk = next(chunks, b"")
    if not chunk:
        raise LogFormatError("breaks off: its compressed data have no end")
    return chunk


_DECODERS = {"gzip": _gzip, "zstd": _zstd}
