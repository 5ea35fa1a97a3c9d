"""A few threads that take one job after another, and stop when asked."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from tau2_tui.recording.stopping import StopSwitch

Job = TypeVar("Job")

GRACE = 3.0
"""Seconds that running jobs get to notice that they should give up."""

_POLL = 0.5
"""Seconds between two looks; the end and signals are noticed at once."""


def run_jobs(
    jobs: Iterable[Job],
    work: Callable[[Job], None],
    threads: int,
    stop: StopSwitch,
    on_interrupt: Callable[[], None] = lambda: None,
) -> None:
    """Do every job, each in a copy of the caller's context.

    An exception in a job makes the others give up and is raised here. An interrupt lets running jobs finish their turn,
    however long that takes, and is raised again; a second interrupt does not wait. The threads never keep the process
    alive.

    Args:
        jobs: taken one by one, under a lock, as threads become free.
        work: called with each job.
        threads: how many at once.
        stop: what jobs watch; set on the first failure or interrupt.
        on_interrupt: called at the first interrupt, before the wait.
    """
    pool = _Pool(iter(jobs), work, stop)
    try:
        try:
            for number in range(threads):
                pool.start(f"simulation-{number}")
            pool.wait()
        except KeyboardInterrupt:
            stop.after_turn()
            on_interrupt()
            pool.wait()
            if pool.error is None:
                raise
    except BaseException:
        stop.now()
        raise
    if pool.error is not None:
        raise pool.error


class _Pool:
    """What the threads share.

    Attributes:
        error: the first exception of a job, None while there is none.
    """

    def __init__(self, jobs: Iterator[Job], work: Callable[[Job], None], stop: StopSwitch) -> None:
        self._jobs = jobs
        self._work: Callable[..., None] = work
        self._stop = stop
        self._lock = threading.Lock()
        self._context = contextvars.copy_context()
        self._working = 0
        self._idle = threading.Event()
        self.error: BaseException | None = None

    def start(self, name: str) -> None:
        """Start one more thread."""
        with self._lock:
            self._working += 1
        threading.Thread(target=self._do_jobs, name=name, daemon=True).start()

    def wait(self) -> None:
        """Wait until no thread works; after a failure only a moment, as the others' calls may take long."""
        while not self._idle.wait(_POLL):
            if self.error is not None:
                self._idle.wait(GRACE)
                return

    def _do_jobs(self) -> None:
        try:
            self._until_done_or_stopped()
        except BaseException as error:
            with self._lock:
                if self.error is None:
                    self.error = error
            self._stop.now()
        finally:
            with self._lock:
                self._working -= 1
                if self._working == 0:
                    self._idle.set()

    def _until_done_or_stopped(self) -> None:
        nothing = object()
        while not self._stop.is_set:
            with self._lock:
                job = next(self._jobs, nothing)
            if job is nothing:
                return
            self._context.copy().run(self._work, job)
