"""One file indexed by several processes side by side, each a share of its lines.

Threads of one process wait for the interpreter between array operations: two take four fifths of the time of one.
Processes do not: two take half. They are forked, so that what was imported is there at once, and once in memory.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from queue import SimpleQueue
from typing import Any, BinaryIO, NoReturn

import numpy as np

from tau2_tui.runlog.columns import NO_SCOPE, NONE, UNREADABLE, Tables
from tau2_tui.runlog.index import LineIndex, Part
from tau2_tui.runlog.outline import FeedFinder, Found, Outline, outline_of
from tau2_tui.runlog.source import LogFile

BLOCK_BYTES = 6 << 20
"""Bytes that a process scans at once."""

_PIPE_BYTES = 1 << 20
_ENDED = (OSError, EOFError, pickle.UnpicklingError)
"""What is raised where the other process has ended."""


class Shares:
    """The bytes of a file in equal parts: the first is this process's own, each of the others a forked one's.

    To be made before there are threads. What a process leaves undone that ended too early is left out.

    Args:
        file: the file; what is appended from now on is in no share.
        count: how many shares; there is one where processes cannot be forked.
    """

    def __init__(self, file: LogFile, count: int) -> None:
        size = file.size
        self._file = file
        self._edges = [size * number // count for number in range(count + 1)]
        self._others: list[_Other] = []
        with contextlib.suppress(OSError, AttributeError):  # no more processes, or no fork here
            for number in range(1, count):
                self._others.append(_forked(file, self._edges[number], self._edges[number + 1], self._others))
        if len(self._others) < count - 1:
            self.close()
            self._edges = [0, size]

    def outline(self) -> Outline:
        """Return where the lines of the file are, and let the others go on; to be called once."""
        finder = FeedFinder(self._file)
        found = [finder.find(*self._edges[:2])]
        for number, other in enumerate(self._others, 1):
            there = other.heard()
            found.append(there if isinstance(there, Found) else finder.find(*self._edges[number : number + 2]))
        outline = outline_of(0, 0, found, self._edges[1:])
        for other, edge in zip(self._others, self._edges[1:], strict=False):
            span = outline.span(outline.line_after(edge))
            start = edge if span is None else span[0]
            left, right = np.searchsorted(outline.controls, [start, edge])
            other.tell((start, outline.controls[left:right]))
        return outline

    def extend(self, index: LineIndex, outline: Outline) -> Iterator[None]:
        """Add the lines of the outline to an index that holds none yet, some at each step; end before missing ones."""
        index.store.reserve(outline.stop)
        own = outline.before(outline.line_after(self._edges[1])) if self._others else outline
        yield from index.extend_ahead(own, BLOCK_BYTES, threads=1)
        for other in self._others:
            translation = Translation(index.store.tables)
            while isinstance(part := other.heard(), Part):
                if int(part.arrays["offset"][0]) != index.whole[1]:
                    return
                index.take(translation.of(part))
                yield

    def close(self) -> None:
        """Have the other processes end at once."""
        for other in self._others:
            other.close()
        self._others = []


class Translation:
    """The codes of one share in those of the whole: each share counts types and scopes from its own start.

    Args:
        tables: those of the whole; texts that are new to them are added.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._types = [UNREADABLE]
        self._scopes = [NO_SCOPE]
        self._simulations: list[str] = []
        self._tasks: list[str] = []

    def of(self, part: Part) -> Part:
        """Return the next part of the share with the codes of the whole, and without the texts behind them."""
        self._simulations += part.simulations
        self._tasks += part.tasks
        self._types += [self._tables.type_code(name) for name in part.types]
        for simulation, task, trial in part.scopes:
            self._scopes.append(
                self._tables.scope_code(
                    _named(self._simulations, simulation), _named(self._tasks, task), None if trial == NONE else trial
                )
            )
        arrays = dict(part.arrays)
        arrays["type"] = np.array(self._types, np.uint16)[arrays["type"]]
        arrays["scope"] = np.array(self._scopes, np.int32)[arrays["scope"]]
        return replace(part, arrays=arrays, types=[], simulations=[], tasks=[], scopes=[])


def _named(names: Sequence[str], code: int) -> str | None:
    return None if code == NONE else names[code]


def widened(out: BinaryIO) -> BinaryIO:
    """Return a pipe that holds more than the usual 64 kB, where the system lets it."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(out, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return out


def say(said: SimpleQueue[Any], out: BinaryIO) -> None:
    """Write what is to be said up to the first None: the one who listens may not have the time yet."""
    try:
        while True:
            one = said.get()
            pickle.dump(one, out, pickle.HIGHEST_PROTOCOL)
            out.flush()
            if one is None:
                return
    except OSError:
        os._exit(1)  # nobody listens any more


class _Other:
    """The process of another share, as seen from the first one's."""

    def __init__(self, pid: int, telling: BinaryIO, hearing: BinaryIO) -> None:
        self._pid = pid
        self._telling = telling
        self._hearing = hearing

    def tell(self, value: object) -> None:
        with contextlib.suppress(*_ENDED):
            pickle.dump(value, self._telling)
            self._telling.flush()

    def heard(self) -> object:
        """Return what it says next; None at its end, be that too early."""
        with contextlib.suppress(*_ENDED):
            return pickle.load(self._hearing)
        return None

    def let_go(self) -> None:
        """Close what is this process's of the pipes, in a process that was forked after it."""
        for pipe in (self._telling, self._hearing):
            with contextlib.suppress(OSError):
                pipe.close()

    def close(self) -> None:
        self.let_go()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


def _forked(file: LogFile, start: int, stop: int, before: Sequence[_Other]) -> _Other:
    """Return a new process for the lines that end between two bytes.

    Raises:
        OSError: there can be no more pipes or processes.
        AttributeError: this system does not fork.
    """
    fork = os.fork
    given, telling = os.pipe()
    hearing, said = os.pipe()
    pid = fork()
    if pid:
        os.close(given)
        os.close(said)
        return _Other(pid, os.fdopen(telling, "wb"), os.fdopen(hearing, "rb"))
    try:
        for descriptor in (telling, hearing, 0, 1):
            os.close(descriptor)
        for other in before:
            other.let_go()
        _index_share(file, start, stop, os.fdopen(given, "rb"), os.fdopen(said, "wb"))
    finally:
        os._exit(1)


def _index_share(file: LogFile, start: int, stop: int, given: BinaryIO, out: BinaryIO) -> NoReturn:
    """Say where the lines of a share end; when told where the first one starts, index them."""
    found = FeedFinder(file).find(start, stop)
    pickle.dump(found, widened(out), pickle.HIGHEST_PROTOCOL)
    out.flush()
    first, controls = pickle.load(given)
    threading.Thread(target=end_with, args=(given,), daemon=True).start()
    said: SimpleQueue[Any] = SimpleQueue()
    saying = threading.Thread(target=say, args=(said, out))
    saying.start()
    if len(found.feeds):
        ends = found.feeds + 1
        outline = Outline(0, np.append(first, ends[:-1]), int(ends[-1]), np.concatenate((controls, found.controls)))
        index = LineIndex(file)
        index.begin_at(first)
        index.store.reserve(outline.stop)
        before = index.extent
        for _ in index.extend_ahead(outline, BLOCK_BYTES, threads=1):
            said.put(index.since(before))
            before = index.extent
    said.put(None)
    saying.join()
    os._exit(0)


def end_with(given: BinaryIO) -> None:
    """End this process once the one that forked it has ended, or has closed its pipes."""
    given.read()
    os._exit(1)
