"""Opening anything that can be read: our own logs, and foreign files by way of a converted copy.

The copy is kept in the user's cache directory, for its owner only, and taken again as long as the source is the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tau2_tui.errors import LogFormatError, LogWriteError, UnreadableFileError
from tau2_tui.events import ExecutionEvent
from tau2_tui.runlog.decompress import CopiedFile, open_file
from tau2_tui.runlog.formats import Format, detect
from tau2_tui.runlog.index_process import IndexProcess
from tau2_tui.runlog.log import IndexMode, RunLog
from tau2_tui.runlog.refs import LogOrigin
from tau2_tui.runlog.source import SAMPLE_BYTES, AwaitedFile, LogFile, is_chained, is_directory, require_events
from tau2_tui.runlog.spool import write_events
from tau2_tui.runlog.spool_cache import Spool, find_spool, keep_spool

_SLOW_BYTES = 8 << 20
"""A notice says that larger files are being converted: it takes a second and more."""

_NOTICE_SECONDS = 3.0
_NOTICE_EVENTS = 512

_TRIES = 3
"""How often a file that is written to while it is read is read anew."""

Notice = Callable[[str], None]


def open_log(
    path: str | Path,
    *,
    index: IndexMode = "background",
    notice: Notice | None = None,
    process: IndexProcess | None = None,
) -> RunLog:
    """Open a run log, or a file or directory of another format that can be converted to one.

    Args:
        path: the file, which may be compressed, or the directory; ``-`` is standard input.
        index: as for :meth:`RunLog.open`.
        notice: is given one line for a person on what takes long, and on what a foreign file lacks.
        process: as for :meth:`RunLog.of`.

    Raises:
        LogFormatError: it can be read neither as a run log nor as a foreign format.
        LogWriteError: there is no room for a converted copy.
    """
    path = Path(path)
    return RunLog.of(_open(path, notice or _say_nothing), index=index, process=process)


def await_log(path: str | Path, *, ready: Callable[[], bool] = lambda: True) -> RunLog:
    """Return a log that is empty until its file is written: following it finds out when that is.

    Args:
        path: the file; its folder is there.
        ready: whether what the path names now is what is waited for, and not an older file in its place.

    Raises:
        LogFormatError: the folder is not there.
    """
    path = Path(path)
    if not is_directory(path.parent):
        raise LogFormatError(f"{path}: no such file, and no folder {path.parent} in which it could appear")
    return RunLog.of(AwaitedFile(path, ready), index="off")


def _open(path: Path, notice: Notice) -> LogFile:
    if is_directory(path):
        found = detect(path)
        if found is None:
            raise LogFormatError(f"{path}: is a directory that is no run of tau2; tau2-tui ls lists the runs below it")
        return _converted(_Source(path, path, found), notice)
    file = open_file(path)
    try:
        foreign = None if _is_run_log(file) else _foreign(file, path)
        if foreign is None:
            require_events(file)
            return file
        converted = _converted(foreign, notice)
    except BaseException:
        file.close()
        raise
    file.close()
    return converted


def _say_nothing(_: str) -> None:
    """Take a notice that nobody wants."""


def _is_run_log(file: LogFile) -> bool:
    """Return whether either end of a file holds a line of a run log."""
    try:
        head = file.read(0, SAMPLE_BYTES)
        tail = file.read(max(SAMPLE_BYTES, file.size - SAMPLE_BYTES), SAMPLE_BYTES)
    except OSError as error:
        raise UnreadableFileError(f"{file.path}: cannot be read: {error.strerror or error}") from error
    return any(is_chained(line) for part in (head, tail) for line in part.split(b"\n"))


@dataclass(frozen=True)
class _Source:
    """A foreign file.

    Attributes:
        path: as the user named it.
        readable: where it can be read: itself, or its unpacked copy.
        format: its format.
    """

    path: Path
    readable: Path
    format: Format = field(repr=False)

    def said(self, text: str) -> str:
        """Return a text about the file as the user knows it."""
        return text if self.readable == self.path else text.replace(str(self.readable), str(self.path))


def _foreign(file: LogFile, path: Path) -> _Source | None:
    """Return a file that is of a foreign format, None when it is not; what unpacks is waited for."""
    if not isinstance(file, CopiedFile):
        found = detect(path)
        return None if found is None else _Source(path, path, found)
    copy = file.copy
    copy.wait(SAMPLE_BYTES)
    if detect(copy.path) is None:
        return None
    copy.wait()
    found = detect(copy.path)
    return None if found is None else _Source(file.path, copy.path, found)


class SpoolFile(LogFile):
    """The converted copy of a foreign file, called by the name of that file."""

    def __init__(self, path: Path, source: Path, origin: LogOrigin) -> None:
        """Open the copy at ``path``.

        Raises:
            LogFormatError: it cannot be opened.
        """
        super().__init__(path)
        self.path = source
        self.origin = origin

    def replaced(self) -> bool:
        """Return False: what takes the place of the source has not been converted."""
        return False


def _converted(source: _Source, notice: Notice) -> LogFile:
    try:
        for attempt in range(_TRIES):
            spool = Spool.of(source.readable)
            kept = find_spool(spool, source.path)
            if kept is not None:
                with suppress(LogFormatError):
                    return _opened(spool.path, source, kept, notice)
            made = _convert(source, spool, notice, last=attempt == _TRIES - 1)
            if made is not None:
                return made
    except LogFormatError as error:
        raise type(error)(source.said(str(error))) from error
    except OSError as error:
        raise LogWriteError(f"{source.path}: no place for a converted copy: {error.strerror or error}") from error
    raise AssertionError("the last attempt gives a file or raises")


def _convert(source: _Source, spool: Spool, notice: Notice, *, last: bool) -> LogFile | None:
    """Return a new copy; None when the source was changed meanwhile and this is not the last attempt."""
    if spool.size > _SLOW_BYTES:
        notice(f"{source.path}: reading {source.format.name}, {spool.size / 1e6:.0f} MB")
    converted = source.format.read(source.readable)
    events = converted.events
    if source.readable != source.path:
        events = _renamed(events, source.readable.name, source.path.name)
    with spool.place() as copy:
        write_events(_told(events, source.path, notice), copy)
        changed = Spool.of(source.readable) != spool
        if changed and not last:
            copy.unlink(missing_ok=True)
            return None
        if changed:
            converted.notes.append("the file was written to while it was read: what was read may not fit together")
        origin = LogOrigin(source.path, converted.format, tuple(map(source.said, converted.notes)))
        opened = _opened(copy, source, origin, notice)
        if changed or source.readable != source.path:
            copy.unlink(missing_ok=True)
        else:
            with suppress(OSError):
                keep_spool(spool, origin)
    return opened


def _opened(copy: Path, source: _Source, origin: LogOrigin, notice: Notice) -> SpoolFile:
    file = SpoolFile(copy, source.path, origin)
    notice(f"{source.path}: {origin.format}, converted")
    for note in origin.notes:
        notice(note)
    return file


def _told(events: Iterator[ExecutionEvent], path: Path, notice: Notice) -> Iterator[ExecutionEvent]:
    """Yield events on; a notice says now and then how many there were."""
    due = time.monotonic() + _NOTICE_SECONDS
    for number, event in enumerate(events):
        if not number % _NOTICE_EVENTS and time.monotonic() > due:
            notice(f"{path}: {number:,} events so far")
            due = time.monotonic() + _NOTICE_SECONDS
        yield event


def _renamed(events: Iterator[ExecutionEvent], old: str, new: str) -> Iterator[ExecutionEvent]:
    """Yield events with the name that the user knows in place of the unpacked copy's."""
    for event in events:
        imported = event.metadata.get("imported")
        if isinstance(imported, dict) and imported.get("file") == old:
            imported["file"] = new
            event.message = event.message.replace(old, new)
        yield event
