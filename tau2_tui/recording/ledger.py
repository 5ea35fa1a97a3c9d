"""What a run has done so far: its outcomes, and the events that belong to no simulation."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tau2_tui.counting import counted_plainly
from tau2_tui.events import ExecutionEvent, LogLevel, RunEndEvent, RunStartEvent, TaskEvent
from tau2_tui.logging import ExecutionLogger
from tau2_tui.recording.earlier import EarlierSessions
from tau2_tui.recording.outcome import RunListener, RunOutcome, RunPlan, SimulationOutcome
from tau2_tui.recording.results_file import ResultsFile
from tau2_tui.recording.session import SimulationIdentity
from tau2_tui.recording.spending import SpendingByPurpose, add_up


class Ledger:
    """Keeps the outcomes of a run, tells its listener, and writes its first and last events. Safe in several threads.

    Args:
        logger: takes the events.
        start: the run's first event, not yet written.
        tasks: number of tasks.
        simulations: number of simulations.
        path: the log.
        listener: is told how it goes on.
        earlier: what the log holds of earlier sessions, None for a new run.
        results: takes each simulation in tau2's own format, when that is wanted.
    """

    def __init__(
        self,
        logger: ExecutionLogger,
        start: RunStartEvent,
        *,
        tasks: int,
        simulations: int,
        path: Path,
        listener: RunListener | None,
        earlier: EarlierSessions | None = None,
        results: ResultsFile | None = None,
    ) -> None:
        if earlier is not None:
            start.run_id = earlier.start.run_id
            start.metadata |= {
                "resumed": True,
                "session": earlier.sessions + 1,
                "kept": len(earlier.kept),
                "to_repeat": len(earlier.broken),
            }
            start.message = f"{start.message}; resumed, {len(earlier.kept)} kept"
        self._logger = logger
        self._start = start
        self._listener = listener
        self._earlier = earlier
        self._results = results
        self._lock = threading.Lock()
        self._outcomes: list[SimulationOutcome] = list(earlier.kept.values()) if earlier else []
        self._repeated = earlier.repeated if earlier else 0
        self._repeated_spending: SpendingByPurpose = earlier.repeated_spending if earlier else {}
        self._started = time.monotonic()
        self.plan = RunPlan(start.run_id, start.domain, tasks, simulations, path, tuple(self._outcomes))

    @property
    def nothing_to_do(self) -> bool:
        """Whether the log holds all of the run already, and its end."""
        return self._earlier is not None and self._earlier.complete and self.left == 0

    @property
    def left(self) -> int:
        """How many simulations are still to be done."""
        return self.plan.simulations - len(self._outcomes)

    # The run's own events

    def write_start(self) -> None:
        """Write the run's first event; in a log that is continued, the first of this session."""
        self._logger.log_event(self._start)
        self.tell_start()

    def tell_start(self) -> None:
        """Tell the listener what is about to run."""
        if self._listener is not None:
            self._listener.run_started(self.plan)

    def write_task(self, task: Any) -> None:
        """Write a task before its first simulation, unless an earlier session did."""
        if self._earlier is None or task.id not in self._earlier.task_digests:
            self._logger.log_event(task_event(task))

    def write_end(self) -> None:
        """Write the run's last event, which sums up all sessions."""
        outcome = self.outcome()
        totals = outcome.totals()
        if self._logger.redactor is not None:
            totals["redacted"] = self._logger.redactor.counts
        streams = self._logger.stream_counts()
        if streams is not None:
            totals["streams"] = streams
        counts, earlier = Counter(self._logger.event_counts), self._earlier
        self._logger.log_event(
            RunEndEvent(
                totals=totals,
                event_counts=dict(counts + earlier.event_counts) if earlier else dict(counts),
                duration=outcome.duration + (earlier.duration if earlier else 0.0),
                source="recorder",
                message=_in_short(totals),
            )
        )

    def write_interruption(self) -> None:
        """Write that the run was interrupted, in place of its last event."""
        done = len(self._outcomes)
        self._logger.log_event(
            ExecutionEvent(
                level=LogLevel.WARNING,
                source="recorder",
                message=f"interrupted after {done} of {counted_plainly(self.plan.simulations, 'simulation')}",
                metadata={"interrupted": True, "simulations_ended": done, "simulations_planned": self.plan.simulations},
            )
        )

    # What simulations report

    def started(self, identity: SimulationIdentity) -> None:
        """Tell the listener that an attempt begins."""
        if self._listener is not None:
            with self._lock:
                self._listener.simulation_started(identity)

    def attempt_failed(self, outcome: SimulationOutcome) -> None:
        """Count an attempt that another one follows."""
        with self._lock:
            self._repeated += 1
            self._repeated_spending = add_up([self._repeated_spending, outcome.spending])
            if self._listener is not None:
                self._listener.attempt_failed(outcome)

    def ended(self, outcome: SimulationOutcome) -> None:
        """Keep what counts."""
        with self._lock:
            if self._results is not None and outcome.result is not None:
                self._results.add(outcome.result)
            outcome = dataclasses.replace(outcome, result=None)
            self._outcomes.append(outcome)
            if self._listener is not None:
                self._listener.simulation_ended(outcome)

    def stopping(self) -> None:
        """Tell the listener that an interrupt waits for the turns under way."""
        if self._listener is not None:
            with self._lock:
                self._listener.run_stopping()

    def tell_end(self, *, interrupted: bool = False) -> RunOutcome:
        """Return what came of the run, after telling the listener; the log is closed by now."""
        if self._results is not None:
            self._results.close()
        outcome = self.outcome(interrupted=interrupted)
        if self._listener is not None:
            with self._lock:
                self._listener.run_ended(outcome)
        return outcome

    def outcome(self, *, interrupted: bool = False) -> RunOutcome:
        """Return what came of the run so far."""
        with self._lock:
            return RunOutcome(
                plan=self.plan,
                simulations=tuple(self._outcomes),
                duration=time.monotonic() - self._started,
                size=self._logger.size,
                interrupted=interrupted,
                repeated=self._repeated,
                repeated_spending=self._repeated_spending,
            )


def _in_short(totals: dict[str, Any]) -> str:
    skipped = totals["judge_skipped"]
    undecided = f", {skipped} not decided (judge skipped)" if skipped else ""
    return f"{totals['passed']} of {counted_plainly(totals['simulations'], 'simulation')} passed{undecided}"


def task_event(task: Any) -> TaskEvent:
    """Return the event that holds a task, whole."""
    return TaskEvent(
        task_id=task.id,
        task=task.model_dump(mode="json"),
        source="recorder",
        message=f"task {task.id}",
    )
