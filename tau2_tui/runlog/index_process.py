"""The index of a big log, made by another process, so that no key waits for the interpreter while it is made.

The process is started before the screen is imported. Before it is told to, it imports and reads nothing more: what
shares a core or the memory with what comes before the first painting delays that. What is indexed comes through a pipe,
block by block. When the process ends too early, for whatever reason, the rest is indexed here.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, BinaryIO

from tau2_tui.runlog import interpreter
from tau2_tui.runlog.cache import index_entry
from tau2_tui.runlog.heap import share

if TYPE_CHECKING:
    from tau2_tui.runlog.index import Part
    from tau2_tui.runlog.outline import Outline
    from tau2_tui.runlog.source import LogFile

_LEAST_BYTES = 128 << 20
"""What is shorter is indexed here in two tenths of a second, which is hardly worth a process that delays the start."""

_START = b'{"seq":'
_NICENESS = 5
"""What is looked at comes before what is indexed."""

_PROGRAM = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer);"
    "from tau2_tui.runlog.index_process import main; main()"
)


class IndexProcess:
    """A process that indexes one log, once; nothing is started before :meth:`begin` or :meth:`start`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._inode: tuple[int, int] | None = None
        self._told = False

    def begin(self, path: Path) -> None:
        """Start with a file that is about to be opened, when it is a big run log of which no index is kept."""
        with contextlib.suppress(OSError, ValueError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                is_log = os.pread(descriptor, len(_START), 0) == _START
                if is_log and not index_entry(path).exists():
                    self._start(descriptor)
            finally:
                os.close(descriptor)

    def start(self, file: LogFile) -> bool:
        """Start with an open file unless that is begun already; return whether the process indexes this file."""
        info = os.fstat(file.descriptor)
        if self._inode != (info.st_dev, info.st_ino):
            self.close()
            self._start(file.descriptor)
        return self._process is not None

    def go(self) -> None:
        """Let it begin to read; a second call does nothing more."""
        if not self._told:
            self._told = True
            self._tell(b"\n")

    def parts(self) -> Iterator[Outline | Part]:
        """Yield where the lines of the file are, then what is indexed; less than all when the process ends early."""
        process = self._process
        if process is None or process.stdout is None:
            return
        with contextlib.suppress(OSError, ValueError, EOFError, pickle.UnpicklingError):
            while (part := pickle.load(process.stdout)) is not None:
                yield part

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def _start(self, descriptor: int) -> None:
        info = os.fstat(descriptor)
        self._inode = (info.st_dev, info.st_ino)
        if not stat.S_ISREG(info.st_mode) or info.st_size < _LEAST_BYTES:
            return
        try:
            process = interpreter.started(_PROGRAM, descriptor)
        except OSError:
            return
        self._process = process
        self._tell(pickle.dumps(sys.path) + pickle.dumps(descriptor) + b"\n" * self._told)

    def _tell(self, data: bytes) -> None:
        process = self._process
        if process is not None and process.stdin is not None:
            with contextlib.suppress(OSError, ValueError):  # it has ended: nothing comes from it
                process.stdin.write(data)
                process.stdin.flush()


# The other side


def main() -> None:
    """Index the file of which standard input names the descriptor, once told to."""
    os.nice(_NICENESS)
    gc.disable()
    share()
    given, out = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints is no part of an index
    descriptor: int = pickle.load(given)
    if given.read(1):
        _index(descriptor, given, out)
    os._exit(0)


def _index(descriptor: int, given: BinaryIO, out: BinaryIO) -> None:
    from tau2_tui.runlog.index import LineIndex
    from tau2_tui.runlog.index_shares import Shares, end_with, say, widened
    from tau2_tui.runlog.outline import processors
    from tau2_tui.runlog.source import GivenFile

    file = GivenFile(descriptor, Path())
    shares = Shares(file, processors())  # forks, hence before the threads
    threading.Thread(target=end_with, args=(given,), daemon=True).start()
    said: SimpleQueue[Any] = SimpleQueue()
    saying = threading.Thread(target=say, args=(said, widened(out)))
    saying.start()
    outline = shares.outline()
    said.put(outline)
    index = LineIndex(file)
    before = index.extent
    for steps in (shares.extend(index, outline), index.extend(outline)):
        for _ in steps:
            said.put(index.since(before))
            before = index.extent
    said.put(None)
    saying.join()
