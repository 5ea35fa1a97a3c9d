"""An open run log: lines, events and columns of a file of any size, also while it is being written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tau2_tui.errors import UnreadableFileError
from tau2_tui.events import ExecutionEvent, RunEndEvent
from tau2_tui.runlog.blocks import first_lines, last_lines
from tau2_tui.runlog.decompress import open_file
from tau2_tui.runlog.envelope import LINE_LIMIT
from tau2_tui.runlog.event_lines import EventLines
from tau2_tui.runlog.indexing import Indexing
from tau2_tui.runlog.line_events import LineEvents, entry_of
from tau2_tui.runlog.refs import LogOrigin, UnreadableLine
from tau2_tui.runlog.search import finder, search_lines
from tau2_tui.runlog.source import LogFile, require_events

if TYPE_CHECKING:
    from tau2_tui.runlog.columns import Columns
    from tau2_tui.runlog.index_process import IndexProcess

IndexMode = Literal["background", "columns", "later", "now", "off"]

_CLOSE_BYTES = 1 << 21
"""Lines within so many bytes are read at once, with what lies between them."""


class RunLog(EventLines):
    """A run log, open for reading from any number of threads.

    Opening returns at once for any size. ``head`` and ``tail`` work without an index; everything that takes or gives
    line numbers works on the lines indexed so far. A line that is no event is an entry like any other: an
    :class:`UnreadableLine` in place of its event, type ``unreadable`` and level ``error`` in the columns. The columns
    believe a line whose envelope and end are as they should be until ``checked`` is true; then every line was parsed.
    """

    def __init__(
        self, file: LogFile, *, cache: bool = True, check: bool = True, process: IndexProcess | None = None
    ) -> None:
        """Wrap an open file; :meth:`open` is how to get one."""
        super().__init__()
        self._file = file
        self._indexing = Indexing(file, cache=cache, check=check, process=process)
        self._events = LineEvents(file)
        self._lock = threading.Lock()
        self._snapshot: tuple[object, Columns] | None = None

    @classmethod
    def open(cls, path: str | Path, *, index: IndexMode = "background", cache: bool = True) -> RunLog:
        """Open a log.

        Args:
            path: the file, which may be compressed by gzip or zstd; ``-`` is standard input.
            index: build the index in a ``background`` thread which then parses every line, ``columns`` likewise but
                without that, ``later`` as ``columns`` but not until ``start`` is called, ``now`` before returning, or
                not (``off``) until ``start`` is called.
            cache: take the index of a big log from the user's cache directory when it is there, and keep it there.

        Raises:
            LogFormatError: the file is missing, a directory, empty, binary, holds no event at either end, or cannot be
                read to its end, which ``now`` finds out.
        """
        file = open_file(Path(path))
        try:
            require_events(file)
        except BaseException:
            file.close()
            raise
        return cls.of(file, index=index, cache=cache)

    @classmethod
    def of(
        cls, file: LogFile, *, index: IndexMode = "background", cache: bool = True, process: IndexProcess | None = None
    ) -> RunLog:
        """Read an open file, which is closed with the log; otherwise as :meth:`open`.

        Args:
            file: the file.
            index: as for :meth:`open`.
            cache: as for :meth:`open`.
            process: indexes it, and is closed with the log; None to do that in this process.

        Raises:
            LogFormatError: it cannot be read to its end, which ``now`` finds out; it is closed then.
        """
        log = cls(file, cache=cache, check=index not in ("columns", "later"), process=process)
        try:
            if index in ("background", "columns"):
                log.start()
            elif index == "now":
                log._indexing.run()
        except BaseException as error:
            log.close()
            if isinstance(error, OSError):
                raise UnreadableFileError(f"{file.path}: cannot be read: {error.strerror or error}") from error
            raise
        return log

    def close(self) -> None:
        """Stop indexing and close the file; reading lines afterwards raises ``OSError``."""
        self._indexing.close()
        self._file.close()

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    @property
    def origin(self) -> LogOrigin | None:
        """What this was converted from, None when it is a run log itself."""
        return self._file.origin

    @property
    def awaited(self) -> bool:
        """Whether the file is not there yet; see :func:`.opening.await_log`."""
        return self._file.awaited

    @property
    def size(self) -> int:
        """Bytes in the file now."""
        return self._file.size

    @property
    def closed(self) -> bool:
        """Whether the file was closed: nothing can be read any more."""
        return self._file.descriptor < 0

    @property
    def filling(self) -> bool:
        """Whether the file is still being unpacked."""
        return self._file.filling

    @property
    def descriptor(self) -> int:
        """The open file, for another process to read from by offset."""
        return self._file.descriptor

    @property
    def status(self) -> Literal["complete", "running or cut off"]:
        """Whether the log ends with the end of its run. Needs no index."""
        for offset, line in last_lines(self._file, 1):
            whole = offset + len(line) < self._file.size
            if whole and entry_of(0, offset, line).event_type == RunEndEvent.__name__:
                return "complete"
        return "running or cut off"

    def be_courteous(self) -> None:
        """Have threads that read it give way to the main one from now on."""
        self._file.courteous = True

    # Indexing

    def start(self, *, sparing: bool = False) -> None:
        """Begin, or go on, indexing in the background.

        Args:
            sparing: take as little of the processors as can be, since others compute what is waited for as well.
        """
        self._indexing.start(sparing=sparing)

    def refresh(self) -> bool:
        """Take note of what was appended; return whether anything changed.

        Little growth is indexed before this returns, much in the background. When the file was shortened, replaced
        or rewritten, the index starts anew and ``generation`` changes: line numbers from before mean nothing then.

        Raises:
            LogFormatError: what the path names now cannot be opened.
            OSError: the file cannot be read.
        """
        return self._indexing.refresh()

    def hold(self, line: int | None) -> None:
        """Keep a file that is replaced by another one open until the lines before the end are read.

        Args:
            line: the first one that is not read yet; None lets go.
        """
        self._indexing.get().held = line

    def check(self) -> None:
        """Parse every line now, so that the columns know each one that is no event."""
        self._indexing.check()

    def wait(self, timeout: float | None = None, *, checked: bool = False) -> bool:
        """Wait until the file is indexed, or with ``checked`` every line parsed; return whether that is so.

        Args:
            timeout: seconds, None for as long as it takes.
            checked: also wait for the parsing of every line.

        Raises:
            LogFormatError: the file could not be read to its end.
        """
        return self._indexing.wait(timeout, checked=checked)

    def on_progress(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have ``callback`` called as the index grows, by the thread that indexes; return a function that ends that."""
        return self._indexing.on_progress(callback)

    @property
    def complete(self) -> bool:
        """Whether the whole file, as it was when last looked at, is indexed."""
        return self._indexing.complete

    @property
    def checked(self) -> bool:
        """Whether every line was parsed to its end."""
        return self._indexing.checked

    @property
    def failure(self) -> str | None:
        """Why not all of the file could be read or unpacked in the background, None when it could so far."""
        return self._indexing.failure

    @property
    def progress(self) -> float:
        """The share of the file that is indexed, 0 to 1."""
        return self._indexing.progress

    @property
    def revision(self) -> int:
        """Changes when lines indexed before turned out to be no events, and when the index started anew."""
        return self._indexing.revision

    @property
    def generation(self) -> int:
        """Changes when line numbers from before mean nothing any more: another file took this one's place."""
        return self._indexing.generation

    # Lines

    def head(self, count: int) -> list[tuple[int, bytes]]:
        """Return up to ``count`` first lines with their offsets, without line feeds; fewer where lines are huge."""
        return first_lines(self._file, count)

    def tail(self, count: int) -> list[tuple[int, bytes]]:
        """Return up to ``count`` last lines with their offsets, in file order.

        A torn last line is among them; only it ends where the file ends.
        """
        return last_lines(self._file, count)

    def __len__(self) -> int:
        index = self._indexing.index
        return len(index.store) if index else 0

    @property
    def whole(self) -> int:
        """How many lines are indexed that have their end; at most one more, torn or being written, has not."""
        index = self._indexing.index
        return index.whole[0] if index else 0

    @property
    def readable(self) -> int:
        """How many lines can be read by their number: of a big file all of them, long before they are indexed."""
        outline = self._indexing.outline
        return max(len(self), outline.stop if outline else 0)

    def span(self, line: int) -> tuple[int, int]:
        """Return the first byte of a line, and the byte after it and its line feed.

        Raises:
            IndexError: there is no such line, or it is not ``readable`` yet.
        """
        index, outline = self._indexing.index, self._indexing.outline
        found = outline.span(line) if outline is not None else None
        if found is not None:
            return found
        if index is None:
            raise IndexError(f"line {line} of 0")
        return index.store.span(line)

    def offset(self, line: int) -> int:
        """Return the first byte of a line.

        Raises:
            IndexError: there is no such line, or it is not indexed yet.
        """
        return self.span(line)[0]

    def line(self, line: int) -> bytes:
        """Return a line's bytes without its line feed; a line of more than 32 MiB comes cut.

        Raises:
            IndexError: there is no such line, or it is not indexed yet.
        """
        start, end = self.span(line)
        data = self._file.read(start, min(end - start, LINE_LIMIT + 1))
        return data[:-1] if data.endswith(b"\n") else data[:LINE_LIMIT]

    def lines(self, first: int, stop: int) -> list[bytes]:
        """Return the bytes of the lines from ``first`` up to ``stop``, as :meth:`line` gives them, in one reading.

        Raises:
            IndexError: there are no such lines, or they are not indexed yet.
        """
        if stop <= first:
            return []
        start, end = self.span(first)[0], self.span(stop - 1)[1]
        if stop == first + 1 or end - start > LINE_LIMIT:
            return [self.line(line) for line in range(first, stop)]
        lines = self._file.read(start, end - start).split(b"\n")
        return lines[: stop - first] + [b""] * (stop - first - len(lines))

    def some(self, lines: Sequence[int]) -> list[bytes]:
        """Return the bytes of some lines, as :meth:`line` gives them; in one reading where they lie close.

        Raises:
            IndexError: there is no such line, or it is not indexed yet.
        """
        if len(lines) < 2:
            return [self.line(line) for line in lines]
        index = self._indexing.index
        if self._indexing.outline is None and index is not None:
            spans = index.store.spans(lines)
        else:
            spans = [self.span(line) for line in lines]
        first, stop = min(start for start, _ in spans), max(end for _, end in spans)
        if stop - first > _CLOSE_BYTES:
            return [self.line(line) for line in lines]
        data = self._file.read(first, stop - first)
        return [data[start - first : end - first].removesuffix(b"\n") for start, end in spans]

    def event(self, line: int) -> ExecutionEvent | UnreadableLine:
        """Return the event of a line, or what can be said of a line that is none.

        Raises:
            IndexError: there is no such line, or it is not indexed yet.
        """
        return self._events.get(line, (self.generation, *self.span(line)))

    def decoded(self, line: int) -> ExecutionEvent | UnreadableLine:
        """Return what :meth:`event` does, and keep nothing of it: for one of many that are looked at once.

        Raises:
            IndexError: there is no such line, or it is not indexed yet.
        """
        return self._events.look(line, (self.generation, *self.span(line)))

    def search(
        self,
        pattern: bytes | str,
        start: int | None = None,
        backwards: bool = False,
        regex: bool = False,
        *,
        ignore_case: bool = False,
        cancelled: Callable[[], bool] | None = None,
        looked_at: Callable[[int], object] | None = None,
    ) -> Iterator[int]:
        """Yield the numbers of the lines that hold a pattern, in their raw bytes. Needs no index.

        Args:
            pattern: bytes as they stand in the file, or text that is searched as UTF-8.
            start: the first line looked at; None for the first one, or the last one when ``backwards``.
            backwards: go towards the start of the file.
            regex: the pattern is a regular expression, matched within each line.
            ignore_case: upper and lower case of ASCII letters are the same; much slower.
            cancelled: asked at least every two megabytes; the search ends when it returns true.
            looked_at: told of how many further bytes it is known what is found in them, as often.

        Raises:
            ValueError: the pattern is empty, or no regular expression.
        """
        find = finder(pattern, regex=regex, ignore_case=ignore_case)
        index = self._indexing.index
        return search_lines(
            self._file, index, find, start, backwards=backwards, cancelled=cancelled, looked_at=looked_at
        )

    # Columns

    @property
    def columns(self) -> Columns:
        """The envelopes of the lines indexed so far, as arrays."""
        store = self._indexing.get().store
        state = (store, len(store), store.end, self.revision)
        with self._lock:
            if self._snapshot is None or self._snapshot[0] != state:
                self._snapshot = (state, store.snapshot())
            return self._snapshot[1]
