from __future__ import annotations

import contextvars
import threading

import pytest

from tau2_tui.recording.stopping import StopSwitch
from tau2_tui.recording.workers import run_jobs


def test_every_job_is_done_once_by_as_many_threads_as_asked() -> None:
    done: list[int] = []
    threads: set[str] = set()
    meeting = threading.Barrier(3, timeout=60)

    def work(job: int) -> None:
        if job < 3:
            meeting.wait()
        threads.add(threading.current_thread().name)
        done.append(job)

    run_jobs(range(20), work, 3, StopSwitch())
    assert sorted(done) == list(range(20)) and len(threads) == 3


def test_a_failing_job_stops_the_others_and_is_raised() -> None:
    done: list[int] = []

    def work(job: int) -> None:
        done.append(job)
        if job == 2:
            raise OSError("gone")

    stop = StopSwitch()
    with pytest.raises(OSError, match="gone"):
        run_jobs(range(100), work, 1, stop)
    assert done == [0, 1, 2] and stop.is_set


@pytest.mark.parametrize("seconds", [1e300, float("inf")])
def test_a_wait_may_be_as_long_as_one_likes(seconds: float) -> None:
    stop = StopSwitch()
    threading.Timer(0.05, stop.after_turn).start()
    assert stop.wait(seconds)


def test_jobs_that_cannot_be_made_are_a_failure_too() -> None:
    def jobs() -> object:
        yield 1
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        run_jobs(jobs(), lambda job: None, 2, StopSwitch())  # type: ignore[arg-type]


def test_each_job_sees_the_callers_context_and_leaves_no_trace_in_the_next() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    variable.set("caller")
    seen: list[str] = []

    def work(job: int) -> None:
        seen.append(variable.get())
        variable.set(f"job {job}")

    run_jobs(range(4), work, 2, StopSwitch())
    assert seen == ["caller"] * 4 and variable.get() == "caller"
