"""A big log read by several processes, each a stretch of it: the parser holds the interpreter's lock."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from typing import IO

import numpy as np

from tau2_tui.analysis.data.collecting import Part
from tau2_tui.analysis.data.part_reader import LENGTH, Job
from tau2_tui.analysis.data.tables import Ints

LEAST_BYTES = 48 << 20
"""A smaller log is read sooner than another process is there."""

_MOST_PROCESSES = 4
_PROGRAM = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer);"
    "from tau2_tui.analysis.data.part_reader import main; main()"
)


class ProcessFailed(Exception):
    """A process that read a stretch ended before its end."""


@dataclass(slots=True)
class _Stretch:
    """One process and what came of it."""

    job: Job
    process: subprocess.Popen[bytes]
    done: int = 0
    parts: list[Part] = field(default_factory=list)


def processes_for(size: int) -> int:
    """Return how many processes a log of that many bytes is worth."""
    if size < LEAST_BYTES:
        return 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, _MOST_PROCESSES)


def stretches(job: Job, offsets: Ints, count: int) -> list[Job]:
    """Cut a job into ``count`` of about the same number of bytes.

    Args:
        job: the whole.
        offsets: the first byte of each of its lines, rising.
        count: how many.
    """
    wanted = np.linspace(job.start, job.stop, count + 1)[1:-1]
    cuts = np.unique([0, *np.searchsorted(offsets, wanted), len(offsets)])
    bounds = [*(int(offsets[cut]) for cut in cuts[:-1]), job.stop]
    return [
        replace(job, start=start, stop=stop, line=job.line + int(cut))
        for start, stop, cut in zip(bounds, bounds[1:], cuts, strict=False)
    ]


def read_side_by_side(jobs: Sequence[Job], step: Callable[[float], None]) -> list[Part]:
    """Do the jobs in a process each, and return what the lines held, in their order.

    Args:
        jobs: the stretches, in order.
        step: called with the share of bytes done; what it raises ends the reading.

    Raises:
        ProcessFailed: a process could not be started, or ended early.
    """
    running: list[_Stretch] = []
    try:
        for job in jobs:
            running.append(_Stretch(job, _started(job)))
        total = sum(job.stop - job.start for job in jobs)
        for _ in _received(running):
            step(sum(one.done for one in running) / total)
        for one in running:
            if one.process.wait() != 0 or one.done < one.job.stop - one.job.start:
                raise ProcessFailed
    except OSError as error:
        raise ProcessFailed from error
    finally:
        for one in running:
            _ended(one.process)
    return [part for one in running for part in one.parts]


def _started(job: Job) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", _PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=[job.descriptor],
    )
    try:
        with _pipe(process.stdin) as pipe:
            pickle.dump(sys.path, pipe)
            pickle.dump(job, pipe)
    except BaseException:
        _ended(process)
        raise
    return process


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ProcessFailed
    return pipe


def _received(running: Sequence[_Stretch]) -> Iterator[None]:
    """Take what the processes send as it comes; each has a thread that unpacks it."""
    news: SimpleQueue[bool] = SimpleQueue()
    for one in running:
        threading.Thread(target=_listen, args=(one, news), name="run log part", daemon=True).start()
    open_ends = len(running)
    while open_ends:
        if not news.get():
            open_ends -= 1
        yield


def _listen(stretch: _Stretch, news: SimpleQueue[bool]) -> None:
    pipe = _pipe(stretch.process.stdout)
    try:
        while len(head := pipe.read(LENGTH.size)) == LENGTH.size:
            data = pipe.read(LENGTH.unpack(head)[0])
            done, part = pickle.loads(data)
            if part is not None:
                stretch.parts.append(part)
            stretch.done = done
            news.put(True)
    except (OSError, ValueError, EOFError, pickle.UnpicklingError):
        stretch.done = -1  # the process died over its answer, or was ended by this one
    finally:
        news.put(False)


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
