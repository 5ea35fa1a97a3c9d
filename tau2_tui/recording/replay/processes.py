"""Simulations replayed in several processes, their results in the order of the log."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from tau2_tui.errors import RecordingError
from tau2_tui.events import ExecutionEvent
from tau2_tui.recording.replay.simulation import RecordedSimulation, ReplayedSimulation
from tau2_tui.recording.replay.steps import Step

Perform = Callable[[RecordedSimulation], ReplayedSimulation]

_AHEAD = 3
"""Simulations a process that are read before the first of them is done."""

_perform: Perform | None = None
"""In a worker: what replays a simulation."""


def replay_in_processes(
    steps: Iterable[Step], perform: Perform, processes: int
) -> Iterator[ExecutionEvent | ReplayedSimulation]:
    """Yield every event as it is and every simulation replayed, in their order.

    The processes are forked: they have tau2-bench already. An interrupt waits for the simulations under way.

    Raises:
        RecordingError: a process was killed; or what ``perform`` raises.
    """
    pending: deque[ExecutionEvent | Future[ReplayedSimulation]] = deque()
    pool = ProcessPoolExecutor(
        processes, multiprocessing.get_context("fork"), initializer=_become_worker, initargs=(perform,)
    )
    try:
        for step in steps:
            pending.append(_submit(pool, step) if isinstance(step, RecordedSimulation) else step)
            while pending and (_is_done(pending[0]) or len(pending) > _AHEAD * processes):
                yield _result(pending.popleft())
        while pending:
            yield _result(pending.popleft())
    except BrokenProcessPool as error:
        raise RecordingError("a process that replays was killed: with less memory than it needs?") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, step: RecordedSimulation) -> Future[ReplayedSimulation]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads only draw the progress display
        return pool.submit(_replay, step)


def _is_done(pending: ExecutionEvent | Future[ReplayedSimulation]) -> bool:
    return pending.done() if isinstance(pending, Future) else True


def _result(pending: ExecutionEvent | Future[ReplayedSimulation]) -> ExecutionEvent | ReplayedSimulation:
    return pending.result() if isinstance(pending, Future) else pending


def _become_worker(perform: Perform) -> None:
    global _perform
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to every process; the parent ends them
    gc.freeze()  # nothing of what was there before is garbage, and looking at it would copy its memory
    _perform = perform


def _replay(recorded: RecordedSimulation) -> ReplayedSimulation:
    assert _perform is not None, "a worker is told what to do when it starts"
    return _perform(recorded)
