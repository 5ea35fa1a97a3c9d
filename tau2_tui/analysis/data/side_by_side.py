"""A big log read by several processes, each a stretch of it: the parser holds the interpreter's lock."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing import get_context
from queue import SimpleQueue
from typing import IO, Protocol

from tau2_tui.analysis.data.collecting import Part, Tools
from tau2_tui.analysis.data.part_reader import LENGTH, LONGEST_LINE, Job, do
from tau2_tui.runlog import interpreter

LEAST_BYTES = 48 << 20
"""A smaller log is read sooner than a new interpreter is there."""

LEAST_BYTES_COPIED = 12 << 20
"""The same for a copy of this process."""

_MOST_PROCESSES = 4
_SEARCHED_BYTES = 1 << 16
_PROGRAM = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer);"
    "from tau2_tui.analysis.data.part_reader import main; main()"
)


class ProcessFailed(Exception):
    """A process that read a stretch ended before its end."""


class _Process(Protocol):
    """A process that reads a stretch; what it finds comes from ``output``."""

    output: IO[bytes]

    def wait(self) -> int:
        """Return its exit code when it has ended."""

    def end(self) -> None:
        """End it."""


@dataclass(slots=True)
class Stretch:
    """One process and what came of it.

    Attributes:
        job: what it reads.
        parts: what it found so far.
        done: bytes that it read; negative when it failed.
        process: itself, as long as it may run.
    """

    job: Job
    parts: list[Part] = field(default_factory=list)
    done: int = 0
    process: _Process | None = None


class SideBySide:
    """Processes that read stretches from now on, whatever this one does.

    Args:
        jobs: the stretches, in order.

    Raises:
        ProcessFailed: a process could not be started.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._stretches = [Stretch(job) for job in jobs]
        self._total = sum(job.stop - job.start for job in jobs)
        self._news: SimpleQueue[bool] = SimpleQueue()
        try:
            for one in self._stretches:
                one.process = _started(one.job)
        except OSError as error:
            self.close()
            raise ProcessFailed from error
        except BaseException:
            self.close()
            raise
        for one in self._stretches:
            threading.Thread(target=self._listen, args=(one,), name="run log part", daemon=True).start()

    @property
    def jobs(self) -> tuple[Job, ...]:
        """What is read, in order."""
        return tuple(one.job for one in self._stretches)

    @property
    def share(self) -> float:
        """The share of bytes that are read."""
        return sum(max(0, one.done) for one in self._stretches) / max(1, self._total)

    def wait(self, step: Callable[[float], None]) -> list[Stretch]:
        """Return what the lines held when all are read.

        Args:
            step: called with the share of bytes done every so often; what it raises ends the waiting.

        Raises:
            ProcessFailed: a process ended early.
        """
        open_ends = len(self._stretches)
        while open_ends:
            if not self._news.get():
                open_ends -= 1
            step(self.share)
        for one in self._stretches:
            if one.process is None or one.process.wait() != 0 or one.done < one.job.stop - one.job.start:
                raise ProcessFailed
        return self._stretches

    def close(self) -> None:
        """End the processes that still run."""
        for one in self._stretches:
            if one.process is not None:
                one.process.end()
                one.process = None

    def _listen(self, stretch: Stretch) -> None:
        """Take what a process sends as it comes."""
        process = stretch.process
        try:
            while process is not None and len(head := process.output.read(LENGTH.size)) == LENGTH.size:
                done, part = pickle.loads(process.output.read(LENGTH.unpack(head)[0]))
                if part is not None:
                    stretch.parts.append(part)
                stretch.done = done
                self._news.put(True)
        except (OSError, ValueError, EOFError, pickle.UnpicklingError):
            stretch.done = -1  # the process died over its answer, or was ended by this one
        finally:
            self._news.put(False)


def processes_for(size: int) -> int:
    """Return how many processes a log of that many bytes is worth."""
    if size < (LEAST_BYTES_COPIED if _can_copy() else LEAST_BYTES):
        return 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, _MOST_PROCESSES)


def stretches(descriptor: int, stop: int, count: int, tools: Tools, *, messages: bool = True) -> list[Job]:
    """Cut a file between lines into stretches of about the same number of bytes.

    Args:
        descriptor: the open file.
        stop: the byte after its last line.
        count: how many stretches.
        tools: the tools that the log lists.
        messages: whether messages and model calls are kept.

    Raises:
        OSError: the file cannot be read.
    """
    bounds = {0, stop}
    for place in range(1, count):
        bounds.add(_line_after(descriptor, stop * place // count, stop))
    cuts = sorted(bounds)
    return [Job(descriptor, start, end, tools, messages) for start, end in pairwise(cuts)]


def _line_after(descriptor: int, place: int, stop: int) -> int:
    """Return the first byte of the line after a place in a file; its end where there is none, or far away only."""
    for at in range(place, min(stop, place + LONGEST_LINE), _SEARCHED_BYTES):
        found = os.pread(descriptor, _SEARCHED_BYTES, at).find(b"\n")
        if found >= 0:
            return min(at + found + 1, stop)
    return stop


def _started(job: Job) -> _Process:
    """Start a process that does a job."""
    return _Forked(job) if _can_copy() else _Spawned(job)


def _can_copy() -> bool:
    """Return whether a copy of this process, which has everything loaded, would work: where only one thread runs."""
    return sys.platform == "linux" and threading.active_count() == 1


class _Forked:
    """A copy of this process."""

    def __init__(self, job: Job) -> None:
        reading, writing = os.pipe()
        self.output: IO[bytes] = os.fdopen(reading, "rb")
        with os.fdopen(writing, "wb") as pipe:
            self._process = get_context("fork").Process(target=_work, args=(job, reading, pipe), daemon=True)
            try:
                self._process.start()
            except OSError:
                self.output.close()
                raise

    def wait(self) -> int:
        self._process.join()
        return self._process.exitcode or 0

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self.output.close()


def _work(job: Job, reading: int, out: IO[bytes]) -> None:
    os.close(reading)  # else this process would wait for itself to read, should the other one be killed
    try:
        do(job, out)
    except BaseException:  # whoever waits sees that the answer ends early
        os._exit(1)
    os._exit(0)


class _Spawned:
    """A new interpreter."""

    def __init__(self, job: Job) -> None:
        self._process = interpreter.started(_PROGRAM, job.descriptor)
        self.output = _pipe(self._process.stdout)
        try:
            with _pipe(self._process.stdin) as pipe:
                pickle.dump(sys.path, pipe)
                pickle.dump(job, pipe)
        except BaseException:
            self.end()
            raise

    def wait(self) -> int:
        return self._process.wait()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self.output):
            if pipe is not None:
                pipe.close()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ProcessFailed
    return pipe
