"""The process that simulates and writes nothing: its events go to the process that writes the log."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import io
import os
import random
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from tau2_tui.errors import RecordingError
from tau2_tui.events import ExecutionEvent, LogLevel
from tau2_tui.logging import ExecutionLogger
from tau2_tui.logging.redaction import Redactor
from tau2_tui.recording.attempts import record_attempts
from tau2_tui.recording.frames import FrameReader, FrameWriter, Kind
from tau2_tui.recording.outcome import SimulationOutcome
from tau2_tui.recording.session import RecordingStopped, SimulationIdentity
from tau2_tui.recording.simulation import RunContext
from tau2_tui.recording.stopping import StopSwitch

_FAILURES = (LogLevel.ERROR, LogLevel.CRITICAL)
_FOR_THE_PARENT = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Often sent to every process of a terminal or a job at once; the parent says what to do about them."""

_PARENT_GONE = 3
_BROKEN = 4


def fork_worker(
    context: RunContext, logger: ExecutionLogger, tasks: Sequence[Any], close: Iterable[int]
) -> tuple[int, FrameWriter, FrameReader]:
    """Start a worker; return its process id, where to send it jobs, and where its frames come from.

    The worker is forked: it has tau2-bench, everything registered with it, the tasks and the secrets' values already.

    Args:
        context: of the run.
        logger: the log's; the worker lets go of it, and so of the lock on the file.
        tasks: the run's tasks.
        close: pipes of other workers, which this one must not hold open.

    Raises:
        RecordingError: the system starts no more processes.
    """
    jobs_in, jobs_out, frames_in, frames_out = pipes = _two_pipes()
    sys.stdout.flush()
    sys.stderr.flush()
    former = signal.pthread_sigmask(signal.SIG_BLOCK, _FOR_THE_PARENT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # other threads only draw the progress display
            try:
                pid = os.fork()
            except OSError as error:
                raise _cannot_start(error, pipes) from error
        if pid == 0:
            for fd in (jobs_out, frames_in, *close):
                os.close(fd)
            _work(context, logger, tasks, FrameReader(jobs_in), FrameWriter(frames_out, _leave))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)
    os.close(jobs_in)
    os.close(frames_out)
    return pid, FrameWriter(jobs_out), FrameReader(frames_in)


def _two_pipes() -> tuple[int, int, int, int]:
    """Return two pipes, each the end to read from and the end to write to."""
    first: tuple[int, ...] = ()
    try:
        first = os.pipe()
        return (*first, *os.pipe())
    except OSError as error:
        raise _cannot_start(error, first) from error


def _cannot_start(error: OSError, pipes: Iterable[int]) -> RecordingError:
    """Return what to raise when the system gives no more pipes or processes, after closing the pipes."""
    for fd in pipes:
        os.close(fd)
    return RecordingError(f"cannot start a worker process: {error.strerror or error}")


def _leave() -> None:
    """End the process: who should write its events is gone."""
    os._exit(_PARENT_GONE)


def _work(
    context: RunContext, logger: ExecutionLogger, tasks: Sequence[Any], commands: FrameReader, out: FrameWriter
) -> NoReturn:
    """Take jobs until there are no more; never returns."""
    try:
        _become_worker(logger, out)
        worker = _Worker(dataclasses.replace(context, stop=StopSwitch(), watch=None), logger, tasks, out)
        while commands.open:
            for frame in commands.receive():
                worker.take(frame.kind, frame.job, frame.data and frame.value())
        os._exit(0)
    except BaseException:
        with contextlib.suppress(OSError):
            out.send_value(Kind.CRASHED, 0, traceback.format_exc())
        os._exit(_BROKEN)


def _become_worker(logger: ExecutionLogger, out: FrameWriter) -> None:
    for number in _FOR_THE_PARENT:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _FOR_THE_PARENT)
    logger.close()
    if logger.redactor is not None:
        logger.redactor.take_counts()  # they are the parent's
    random.seed()
    gc.freeze()  # nothing of what was there before is garbage, and looking at it would copy its memory
    # A lock of the old stream may be held by a thread that does not exist here, and the terminal is the parent's.
    sys.stderr = sys.stdout = _Printed(out)


class _Printed(io.TextIOBase):
    """A stream whose lines go to the process that writes the log: it takes secrets out and knows where to show them."""

    def __init__(self, out: FrameWriter) -> None:
        super().__init__()
        self._out = out
        self._rest = ""
        self._lock = threading.Lock()

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Send the lines that are complete; keep the rest for later."""
        with self._lock:
            lines, end, self._rest = (self._rest + text).rpartition("\n")
        if end:
            self._out.send(Kind.PRINTED, data=(lines + end).encode("utf-8", "backslashreplace"))
        return len(text)


class _Worker:
    """Does jobs, each in a thread of its own."""

    def __init__(self, context: RunContext, logger: ExecutionLogger, tasks: Sequence[Any], out: FrameWriter) -> None:
        self._context = context
        self._logger = logger
        self._tasks = tasks
        self._out = out

    def take(self, kind: Kind, job: int, value: Any) -> None:
        """Obey a frame of the parent."""
        if kind is Kind.STOP_AFTER_TURN:
            self._context.stop.after_turn()
        elif kind is Kind.JOB:
            place, identity = value
            threading.Thread(target=self._do, args=(job, self._tasks[place], identity), daemon=True).start()

    def _do(self, job: int, task: Any, identity: SimulationIdentity) -> None:
        try:
            writer = _PipeWriter(self._logger, self._out, job)
            context = dataclasses.replace(self._context, logger=writer)
            record_attempts(context, identity, task, _Reports(self._out, job, self._logger.redactor))
        except RecordingStopped:
            self._out.send(Kind.STOPPED, job)
        except BaseException:
            self._out.send_value(Kind.CRASHED, job, traceback.format_exc())


class _PipeWriter:
    """Takes the events of one job in place of the log."""

    def __init__(self, logger: ExecutionLogger, out: FrameWriter, job: int) -> None:
        self.redactor: Redactor | None = logger.redactor
        self._logger = logger
        self._out = out
        self._job = job

    def log_event(self, event: Any) -> ExecutionEvent:
        """Send an event, stamped with the time unless it was created with one."""
        given: ExecutionEvent = event
        if given.stamped_on_creation:
            given.timestamp = time.time()
        kind = Kind.FAILURE_EVENT if given.level in _FAILURES else Kind.EVENT
        self._out.send(kind, self._job, self._logger.encode(given), given.timestamp)
        return given


class _Reports:
    """Sends what comes of one job."""

    def __init__(self, out: FrameWriter, job: int, redactor: Redactor | None) -> None:
        self._out = out
        self._job = job
        self._redactor = redactor

    def started(self, identity: SimulationIdentity) -> None:
        self._out.send_value(Kind.STARTED, self._job, identity)

    def attempt_failed(self, outcome: SimulationOutcome) -> None:
        self._out.send_value(Kind.ATTEMPT_FAILED, self._job, (outcome, self._redacted()))

    def ended(self, outcome: SimulationOutcome) -> None:
        self._out.send_value(Kind.ENDED, self._job, (outcome, self._redacted()))

    def _redacted(self) -> dict[str, int]:
        return self._redactor.take_counts() if self._redactor is not None else {}
