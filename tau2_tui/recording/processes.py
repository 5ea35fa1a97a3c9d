"""Simulations in worker processes, for runs that compute more than they wait; this process alone writes the log."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tau2_tui.errors import RecordingError
from tau2_tui.events import ExecutionEvent, LLMCallEvent, LogLevel, SimulationEndEvent, SimulationStartEvent, decode
from tau2_tui.logging import ExecutionLogger
from tau2_tui.recording.attempts import next_attempt
from tau2_tui.recording.databases import StateHashes
from tau2_tui.recording.ending import INFRASTRUCTURE_ERROR
from tau2_tui.recording.frames import Frame, FrameReader, FrameWriter, Kind
from tau2_tui.recording.jobs import Job
from tau2_tui.recording.ledger import Ledger
from tau2_tui.recording.outcome import SimulationOutcome
from tau2_tui.recording.session import SimulationIdentity, start_of
from tau2_tui.recording.simulation import RunContext
from tau2_tui.recording.spending import Spending
from tau2_tui.recording.worker_process import fork_worker

DEATHS_OF_A_JOB = 3
"""Workers that may die on one task and trial before it is taken as failed."""

DEATHS_IN_A_ROW = 10
"""Workers that may die with no simulation ending between."""

_POLL = 0.2
"""Seconds between two looks at whether an interrupt came."""

_SHOW_EVERY = 0.1
"""Seconds between two events of a simulation that are shown; making objects of all of them would cost too much."""

_END_WITHIN = 3.0
"""Seconds that idle workers get to end."""

_EVENT_TYPE = len(b'"event_type":"')


def run_jobs_in_processes(
    jobs: Iterable[Job], context: RunContext, logger: ExecutionLogger, tasks: Sequence[Any], ledger: Ledger
) -> None:
    """Do every job in one of ``context.config.processes`` workers, each with its share of ``max_concurrency``.

    A worker that dies is replaced, the simulations that it had begun end in the log with that error, and are repeated.
    An interrupt lets the workers finish their turns; a second one kills them.

    Args:
        jobs: taken one by one as workers become free.
        context: of the run.
        logger: takes the events.
        tasks: the run's tasks, by which workers know them.
        ledger: is told how it goes on.

    Raises:
        LogWriteError: the log cannot be written.
        RecordingError: workers keep dying.
        KeyboardInterrupt: after an interrupt, when no worker is left.
    """
    pool = _WorkerPool(iter(jobs), context, logger, tasks, ledger)
    with _interrupts_noted() as interrupts:
        try:
            pool.perform(interrupts)
        finally:
            pool.end()
    if interrupts.count:
        raise KeyboardInterrupt


@dataclass
class _Interrupts:
    """How many came: raised in the middle of a frame, they would tear it."""

    count: int = 0


@contextlib.contextmanager
def _interrupts_noted() -> Iterator[_Interrupts]:
    noted = _Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield noted  # signals go to the main thread
        return

    def note(number: int, frame: object) -> None:
        noted.count += 1

    former = signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, former)


@dataclass
class _Assignment:
    """A job that a worker does.

    Attributes:
        job: which.
        identity: the attempt under way.
        begun: its start is in the log, and its end is not.
        deaths: workers that died on the job.
        shown: when an event of it was shown last.
        spending: what the attempt's model calls came to so far.
    """

    job: Job
    identity: SimulationIdentity
    begun: bool = False
    deaths: int = 0
    shown: float = 0.0
    spending: dict[str, Spending] = field(default_factory=dict)


@dataclass
class _Worker:
    """A process, its pipes, and what it does."""

    pid: int
    commands: FrameWriter
    frames: FrameReader
    doing: dict[int, _Assignment] = field(default_factory=dict)


class _WorkerPool:
    """The workers of a run, seen from the process that writes the log; for one thread."""

    def __init__(
        self,
        jobs: Iterator[Job],
        context: RunContext,
        logger: ExecutionLogger,
        tasks: Sequence[Any],
        ledger: Ledger,
    ) -> None:
        self._jobs = jobs
        self._again: deque[_Assignment] = deque()
        self._context = context
        self._logger = logger
        self._tasks = tasks
        self._ledger = ledger
        self._share = max(1, context.config.max_concurrency // context.config.processes)
        self._workers: dict[int, _Worker] = {}
        self._selector = selectors.DefaultSelector()
        self._numbers = 0
        self._deaths_in_a_row = 0
        self._last_time = 0.0
        self._exhausted = False

    def perform(self, interrupts: _Interrupts) -> None:
        """Do all jobs, or those under way when an interrupt comes; return at once at the second."""
        stop = self._context.stop
        while True:
            if interrupts.count and not stop.is_set:
                self._stop_after_turn()
            if interrupts.count > 1:
                return
            if not stop.is_set:
                self._give_out()
            if not any(worker.doing for worker in self._workers.values()):
                return
            for key, _ in self._selector.select(_POLL):
                self._hear(key.data)

    def end(self) -> None:
        """Let idle workers end, and kill the others."""
        deadline = time.monotonic() + _END_WITHIN
        for worker in self._workers.values():
            worker.commands.close()
            if worker.doing:
                os.kill(worker.pid, signal.SIGKILL)
        for worker in self._workers.values():
            worker.frames.close()
            while os.waitpid(worker.pid, os.WNOHANG) == (0, 0):
                if time.monotonic() > deadline:
                    os.kill(worker.pid, signal.SIGKILL)
                time.sleep(0.01)
        self._workers.clear()
        self._selector.close()

    # Work

    def _give_out(self) -> None:
        """Give every worker its share of jobs; start workers as they are needed."""
        while True:
            free = min(self._workers.values(), key=lambda worker: len(worker.doing), default=None)
            wanted = len(self._workers) < self._context.config.processes and (free is None or free.doing)
            if not wanted and (free is None or len(free.doing) >= self._share):
                return
            assignment = self._next()
            if assignment is None:
                return
            worker = self._start_worker() if wanted or free is None else free
            self._assign(worker, assignment)

    def _next(self) -> _Assignment | None:
        if self._again:
            return self._again.popleft()
        job = None if self._exhausted else next(self._jobs, None)
        self._exhausted = job is None
        return _Assignment(job, job.identity) if job is not None else None

    def _assign(self, worker: _Worker, assignment: _Assignment) -> None:
        self._numbers += 1
        worker.doing[self._numbers] = assignment
        with contextlib.suppress(OSError):  # it died: its end will be heard
            worker.commands.send_value(Kind.JOB, self._numbers, (assignment.job.place, assignment.identity))

    def _start_worker(self) -> _Worker:
        others = [fd for worker in self._workers.values() for fd in (worker.commands.fd, worker.frames.fd)]
        worker = _Worker(*fork_worker(self._context, self._logger, self._tasks, others))
        self._workers[worker.pid] = worker
        self._selector.register(worker.frames.fd, selectors.EVENT_READ, worker)
        return worker

    def _stop_after_turn(self) -> None:
        self._context.stop.after_turn()
        for worker in self._workers.values():
            with contextlib.suppress(OSError):
                worker.commands.send(Kind.STOP_AFTER_TURN)
        self._ledger.stopping()

    # Frames

    def _hear(self, worker: _Worker) -> None:
        for frame in worker.frames.receive():
            self._take(worker, frame)
        if not worker.frames.open:
            self._bury(worker)

    def _take(self, worker: _Worker, frame: Frame) -> None:
        if frame.kind is Kind.CRASHED:
            raise RuntimeError(f"a worker process failed:\n{frame.value()}")
        if frame.kind is Kind.PRINTED:
            sys.stderr.write(frame.data.decode())
            return
        assignment = worker.doing[frame.job]
        if frame.kind in (Kind.EVENT, Kind.FAILURE_EVENT):
            self._write(assignment, frame)
        elif frame.kind is Kind.STARTED:
            assignment.identity, assignment.spending = frame.value(), {}
            self._ledger.started(assignment.identity)
        elif frame.kind is Kind.STOPPED:
            del worker.doing[frame.job]
        else:
            outcome, redacted = frame.value()
            if self._logger.redactor is not None:
                self._logger.redactor.add_counts(redacted)
            self._deaths_in_a_row = 0
            if frame.kind is Kind.ATTEMPT_FAILED:
                self._ledger.attempt_failed(outcome)
            else:
                del worker.doing[frame.job]
                self._ledger.ended(outcome)

    def _write(self, assignment: _Assignment, frame: Frame) -> None:
        """Write an event; times in a log never go back, though several processes take them."""
        name = frame.data[_EVENT_TYPE : frame.data.index(b'"', _EVENT_TYPE)].decode()
        self._last_time = max(self._last_time, frame.time)
        seq = self._logger.log_encoded(frame.data, name, self._last_time, failed=frame.kind is Kind.FAILURE_EVENT)
        if name in (SimulationStartEvent.__name__, SimulationEndEvent.__name__):
            assignment.begun = name == SimulationStartEvent.__name__
        if name == LLMCallEvent.__name__ or self._last_time - assignment.shown >= _SHOW_EVERY:
            self._show(
                assignment, decode(b'{"seq":%d,"timestamp":%b,%b}' % (seq, repr(frame.time).encode(), frame.data))
            )

    def _show(self, assignment: _Assignment, event: ExecutionEvent) -> None:
        """Tell the listener of an event, and keep what a model call came to."""
        assignment.shown = self._last_time
        if isinstance(event, LLMCallEvent):
            sums = assignment.spending.get(event.purpose, Spending())
            assignment.spending[event.purpose] = sums + Spending.of_call(event)
        if self._context.watch is not None:
            self._context.watch(assignment.identity, event)

    # Deaths

    def _bury(self, worker: _Worker) -> None:
        """Take a dead worker off the list, and note what it left undone."""
        self._selector.unregister(worker.frames.fd)
        worker.frames.close()
        worker.commands.close()
        del self._workers[worker.pid]
        _, status = os.waitpid(worker.pid, 0)
        self._deaths_in_a_row += 1
        if self._deaths_in_a_row > DEATHS_IN_A_ROW:
            raise RecordingError(f"worker processes keep dying, the last one was {_death(status)}")
        for assignment in worker.doing.values():
            self._repeat(assignment, f"the worker process {worker.pid} was {_death(status)}")

    def _repeat(self, assignment: _Assignment, reason: str) -> None:
        """Do a dead worker's job again, and write the end of the simulation that it had begun."""
        if self._context.stop.is_set:
            return  # it stays begun and not ended
        assignment.deaths += 1
        last = assignment.deaths >= DEATHS_OF_A_JOB
        if not assignment.begun and not last:
            self._again.append(assignment)  # of this attempt, nothing is in the log
            return
        outcome = _failed(assignment, reason)
        if not assignment.begun:
            self._logger.log_event(start_of(assignment.identity, StateHashes()))  # its workers never came to it
        self._logger.log_event(_end_of(outcome))
        assignment.begun = False
        if last:
            self._ledger.ended(outcome)
            return
        self._ledger.attempt_failed(outcome)
        assignment.identity = next_attempt(assignment.identity)
        self._again.append(assignment)


def _death(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"ended by signal {-code} ({signal.strsignal(-code)})" if code < 0 else f"ended with exit code {code}"


def _failed(assignment: _Assignment, reason: str) -> SimulationOutcome:
    return SimulationOutcome(
        identity=assignment.identity,
        reward=None,
        termination_reason=INFRASTRUCTURE_ERROR,
        error=reason,
        tool_calls=0,
        tool_errors=0,
        state_changes=0,
        duration=0.0,
        spending=dict(assignment.spending),
    )


def _end_of(outcome: SimulationOutcome) -> SimulationEndEvent:
    identity = outcome.identity
    return SimulationEndEvent(
        simulation_id=identity.simulation_id,
        task_id=identity.task_id,
        trial=identity.trial,
        level=LogLevel.ERROR,
        termination_reason=outcome.termination_reason,
        error=outcome.error,
        error_type="WorkerDied",
        attempt=identity.attempt,
        source="recorder",
        message=f"failed: {outcome.error}",
    )
