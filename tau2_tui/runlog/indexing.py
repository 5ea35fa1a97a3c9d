"""Indexing in the background: a thread that builds the index, and how others learn how far it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tau2_tui.errors import LogFormatError
from tau2_tui.runlog.heap import give_back
from tau2_tui.runlog.source import LogFile

if TYPE_CHECKING:
    from tau2_tui.runlog.index import LineIndex
    from tau2_tui.runlog.index_process import IndexProcess
    from tau2_tui.runlog.outline import Outline

PROGRESS_INTERVAL = 0.05
"""Least seconds between two calls of the progress callbacks."""

_YIELD_SECONDS = 0.0005
"""Pause after each step of the check, in which a thread that waits for the interpreter gets it."""

_INLINE_BYTES = 1 << 20
"""Growth up to this is indexed by ``refresh`` itself, in a few milliseconds, without a thread."""


class Indexing:
    """The index of a file and the thread that extends it.

    numpy is imported with the index, by the first thread that needs it; this module does not import it.

    Args:
        file: the file.
        cache: take the index of a big file from the user's cache directory, and keep it there.
        check: have the thread parse every line once all are indexed.
        process: indexes the file in place of the thread, which only takes over what it finds.
    """

    def __init__(
        self, file: LogFile, *, cache: bool = True, check: bool = True, process: IndexProcess | None = None
    ) -> None:
        self._file = file
        self._process = process
        self._cache = cache
        self._checks = check
        self._index: LineIndex | None = None
        self._making = threading.Lock()
        self._working = threading.RLock()
        self._changing = threading.Lock()
        """Held while it is decided whether the thread goes on, so that no call for it comes too late to be heard."""
        self._running = False
        self._thread: threading.Thread | None = None
        self._outline: Outline | None = None
        self._spares = False
        self._callbacks: list[Callable[[], None]] = []
        self._stop = threading.Event()
        self._again = threading.Event()
        self._complete = threading.Event()
        self._checked = threading.Event()
        self._failure: BaseException | None = None
        self._called = 0.0
        self.generation = 0

    @property
    def revision(self) -> int:
        """Changes when indexed lines turned out to be no events, and when the index started anew."""
        return self.generation + (self._index.corrections if self._index else 0)

    @property
    def index(self) -> LineIndex | None:
        """The index, None as long as no thread has needed it."""
        return self._index

    @property
    def complete(self) -> bool:
        """Whether the whole file, as it was when last looked at, is indexed."""
        return self._complete.is_set()

    @property
    def checked(self) -> bool:
        """Whether every line indexed was also parsed to its end."""
        return self._checked.is_set()

    @property
    def failure(self) -> str | None:
        """Why the file could not be read to its end, None when it could so far."""
        return self._file.failure if self._failure is None else str(self._failure)

    @property
    def progress(self) -> float:
        """The share of the file that is indexed, 0 to 1."""
        if self.complete:
            return 1.0
        end = self._index.store.end if self._index else 0
        return min(1.0, end / max(1, self._file.size)) * self._file.progress

    @property
    def outline(self) -> Outline | None:
        """Where the lines start that are not indexed yet, None when that is not known, or all are indexed."""
        return self._outline

    def get(self) -> LineIndex:
        """Return the index, made if need be; this imports numpy."""
        with self._making:
            if self._index is None:
                from tau2_tui.runlog.index import LineIndex

                self._index = LineIndex(self._file)
            return self._index

    def start(self, *, sparing: bool = False) -> None:
        """Extend the index in a thread, up to the file's present end; no second thread beside a running one.

        Args:
            sparing: take as little of the processors as can be, since others compute what is waited for as well; lines
                cannot be read then before they are indexed.
        """
        with self._changing:
            self._spares = sparing
            self._again.set()
            if not self._running:
                self._running = True
                self._thread = threading.Thread(target=self._run, name="run log index", daemon=True)
                self._thread.start()

    def run(self) -> None:
        """Extend the index here and now, up to the file's present end, without the check of every line."""
        with self._working:
            self._extend()
            self._keep()

    def check(self) -> None:
        """Parse every line here and now, so that the columns know each one that is no event."""
        with self._working:
            self._extend()
            for _ in self.get().check():
                if self._stop.is_set():
                    return
            self._finish_check()

    def refresh(self) -> bool:
        """Take note of what was appended, or of another file in this one's place; return whether anything changed.

        Much growth is indexed by the background thread, after this returns.

        Raises:
            LogFormatError: what the path names now cannot be opened.
            OSError: the file cannot be read.
        """
        with self._changing:
            if self._running:
                changed = self._index is not None and self._index.store.end != self._file.size
                if changed:
                    self._complete.clear()
                    self._checked.clear()
                self._again.set()
                return changed
        index = self.get()
        if index.store.end == self._file.size and index.is_same():
            return False
        index.let_go()
        grown = self._file.size - index.whole[1]
        if grown > _INLINE_BYTES:
            self._complete.clear()
            self.start()
            return True
        self.run()
        if index.unchecked_bytes > _INLINE_BYTES:
            self.start()
        else:
            self.check()
        return True

    def wait(self, timeout: float | None = None, *, checked: bool = False) -> bool:
        """Wait until the file is indexed, or with ``checked`` every line parsed; return whether that is so.

        Raises:
            LogFormatError: the file could not be read to its end.
        """
        done = (self._checked if checked else self._complete).wait(timeout)
        if self._failure is not None:
            raise LogFormatError(f"{self._file.path}: cannot be read: {self._failure}") from self._failure
        return done and not self._stop.is_set()

    def on_progress(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have ``callback`` called as the index grows, by the thread that indexes; return a function that ends that.

        It is called at most every ``PROGRESS_INTERVAL`` seconds, and when the index is complete and when checked.
        """
        self._callbacks.append(callback)

        def remove() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return remove

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        if self._process is not None:
            self._process.close()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        if self._process is not None:
            self._process.go()
        try:
            while self._goes_on():
                with self._working:
                    if self.get().stays:
                        continue  # who reads its lines starts it anew by the next refresh
                    self._extend()
                    self._keep()
                    if self._checks:
                        self._check_until_called()
        except (OSError, LogFormatError) as error:
            self._fail(error)
        except BaseException as error:
            self._fail(error)
            raise

    def _goes_on(self) -> bool:
        """Return whether the thread was called again, or called at all; otherwise it is at its end."""
        with self._changing:
            if self._again.is_set() and not self._stop.is_set():
                self._again.clear()
                return True
            self._end()
            return False

    def _fail(self, error: BaseException) -> None:
        with self._changing:
            self._failure = error
            self._end()

    def _end(self) -> None:
        self._running = False
        self._complete.set()
        self._checked.set()

    def _extend(self) -> None:
        index = self.get()
        if index.sync():
            self.generation += 1
            self._checked.clear()
        begun = index.whole[1]
        if self._cache and not begun:
            index.restore()
        if self._process is not None:
            self._take_from(self._process, index)
        self._find_lines(index)
        while not self._stop.is_set():
            last = not self._file.filling
            for _ in index.extend(self._outline):
                if self._stop.is_set():
                    return
                self._call()
                time.sleep(0)  # for a waiting thread; a longer pause would cost seconds on a busy machine
            if last:
                break
            self._file.wait_for_more(index.store.end, PROGRESS_INTERVAL)
        if not index.checked:
            self._checked.clear()
        self._reached(self._complete)
        self._outline = None
        if index.whole[1] - begun > _INLINE_BYTES:
            index.tidy()
        self._call(now=True)

    def _take_from(self, process: IndexProcess, index: LineIndex) -> None:
        """Take over what another process indexes of a file of which nothing is indexed here."""
        from tau2_tui.runlog.outline import Outline

        if not (index.whole[1] or self._file.filling or self._file.awaited) and process.start(self._file):
            for part in process.parts():
                if self._stop.is_set():
                    return
                if isinstance(part, Outline):
                    index.store.reserve(part.stop)
                    self._outline = part
                else:
                    index.take(part)
                self._call(now=isinstance(part, Outline))
        process.close()

    def _find_lines(self, index: LineIndex) -> None:
        """Find where the lines start of much that is to be indexed, so that all of them can be read soon."""
        from tau2_tui.runlog.outline import LEAST_BYTES, outlined

        lines, end = index.whole
        self._outline = None
        if self._spares or self._file.filling or self._file.size - end < LEAST_BYTES:
            return
        for found in outlined(self._file, lines, end):
            if self._stop.is_set():
                return
            self._outline = found
            time.sleep(0)
        self._call(now=True)

    def _check_until_called(self) -> None:
        index = self.get()
        much = index.unchecked_bytes > _INLINE_BYTES
        for _ in index.check():
            if self._stop.is_set() or self._again.is_set():
                return
            time.sleep(_YIELD_SECONDS)
        self._finish_check()
        if much:
            give_back()

    def _reached(self, event: threading.Event) -> None:
        """Say that an end was reached, unless there is more to do by now."""
        with self._changing:
            if not (self._running and self._again.is_set()):
                event.set()

    def _finish_check(self) -> None:
        self._reached(self._checked)
        self._call(now=True)
        self._keep()

    def _keep(self) -> None:
        if self._cache and not self._stop.is_set():
            self.get().keep()

    def _call(self, *, now: bool = False) -> None:
        moment = time.monotonic()
        if now or moment - self._called >= PROGRESS_INTERVAL:
            self._called = moment
            for callback in list(self._callbacks):
                callback()
