"""Runs the simulations of a configuration and writes their log."""

from __future__ import annotations

import platform
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tau2_tui import __version__
from tau2_tui.errors import RecordingError
from tau2_tui.events import ExecutionEvent, LogLevel, RunEndEvent, RunStartEvent, TaskEvent
from tau2_tui.logging import ExecutionLogger
from tau2_tui.logging.redaction import Redactor
from tau2_tui.recording import tau2_api
from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.databases import StateFingerprint
from tau2_tui.recording.llm_calls import model_calls_recorded
from tau2_tui.recording.outcome import RunInterrupted, RunListener, RunOutcome, RunPlan, SimulationOutcome
from tau2_tui.recording.output import check_output, remove_replaced
from tau2_tui.recording.participants import check_participants, is_solo, user_model
from tau2_tui.recording.session import SimulationIdentity
from tau2_tui.recording.simulation import RunContext, SimulationRecorder
from tau2_tui.recording.task_selection import select_tasks
from tau2_tui.recording.tau2_api import Tau2
from tau2_tui.recording.workers import run_jobs


def record_run(
    config: RecordConfig,
    path: str | Path,
    *,
    listener: RunListener | None = None,
    command_line: Sequence[str] = (),
    replace: bool = False,
) -> RunOutcome:
    """Run every simulation of the configuration and write its run log.

    Nothing is written before the domain, the tasks and the participants are known to exist.

    Args:
        config: what to run.
        path: the log to make.
        listener: is told how it goes on.
        command_line: the words that the user typed, for the log.
        replace: replace a file that is there already.

    Raises:
        RecordingError: no tau2-bench, or it has no such domain, task, agent or user.
        LogWriteError: the log cannot be written, or is there already.
        RunInterrupted: Ctrl-C; the log is closed and lacks only its last line.
    """
    path = Path(path)
    check_output(path, replace=replace)
    tau2 = tau2_api.load()
    check_participants(tau2, config)
    environment = _first_environment(tau2, config)
    tasks = select_tasks(tau2, config)
    remove_replaced(path)
    redactor = Redactor(secrets=config.secrets())
    with ExecutionLogger(path, fsync=config.fsync, recent=0, redactor=redactor) as logger:
        baseline = StateFingerprint.of(environment) if tau2.has_own_environment(config.domain) else None
        context = RunContext(tau2, config, logger, baseline, threading.Event())
        run = _Run(context, tasks, path, listener)
        try:
            run.start(environment, command_line)
            del environment
            run.simulate()
            run.end()
        except KeyboardInterrupt:
            run.note_interruption()
            logger.close()
            raise RunInterrupted(run.tell_end(interrupted=True)) from None
    return run.tell_end(interrupted=False)


def _first_environment(tau2: Tau2, config: RecordConfig) -> Any:
    """Return an environment as every simulation will have one, so that one that cannot be made is known at once."""
    try:
        return tau2.environment(config.domain, solo_mode=is_solo(tau2, config))
    except RecordingError:
        raise
    except Exception as error:  # whatever a domain's own code raises
        raise RecordingError(f"domain {config.domain}: no environment can be made: {error}") from error


class _Run:
    """One run under way."""

    def __init__(self, context: RunContext, tasks: list[Any], path: Path, listener: RunListener | None) -> None:
        self._context = context
        self._tasks = tasks
        self._listener = listener
        self._lock = threading.Lock()
        self._outcomes: list[SimulationOutcome] = []
        self._started = time.monotonic()
        simulations = len(tasks) * context.config.num_trials
        self.plan = RunPlan(str(uuid.uuid4()), context.config.domain, len(tasks), simulations, path)

    def start(self, environment: Any, command_line: Sequence[str]) -> None:
        """Write the run's first event."""
        context, plan = self._context, self.plan
        context.logger.log_event(
            RunStartEvent(
                run_id=plan.run_id,
                program_version=__version__,
                tau2_version=context.tau2.version,
                tau2_flavour=context.tau2.flavour,
                python_version=platform.python_version(),
                host=socket.gethostname(),
                command_line=list(command_line),
                config=context.config.as_dict(),
                domain=plan.domain,
                policy=environment.get_policy(),
                tools=context.tau2.tool_descriptions(environment),
                source="recorder",
                message=f"{plan.domain}: {plan.tasks} tasks, {plan.simulations} simulations",
                metadata={
                    "tasks": plan.tasks,
                    "simulations": plan.simulations,
                    "trial_seeds": context.config.trial_seeds(),
                    "solo_mode": bool(environment.solo_mode),
                },
            )
        )
        if self._listener is not None:
            self._listener.run_started(plan)

    def simulate(self) -> None:
        """Run all simulations, a trial of every task after the other."""
        with model_calls_recorded(self._context.tau2):
            run_jobs(self._jobs(), self._record, self._context.config.max_concurrency, self._context.stop)

    def _jobs(self) -> Iterator[tuple[Any, SimulationIdentity]]:
        """Yield the simulations in their order; each task is written when its first one is taken."""
        config, tau2 = self._context.config, self._context.tau2
        for trial, seed in enumerate(config.trial_seeds()):
            for task in self._tasks:
                if trial == 0:
                    self._context.logger.log_event(_task_event(task))
                yield (
                    task,
                    SimulationIdentity(
                        simulation_id=str(uuid.uuid4()),
                        task_id=task.id,
                        trial=trial,
                        domain=config.domain,
                        seed=seed,
                        agent=config.agent,
                        agent_llm=config.agent_llm,
                        user=config.user,
                        user_llm=user_model(tau2, config),
                        solo_mode=is_solo(tau2, config),
                    ),
                )

    def _record(self, job: tuple[Any, SimulationIdentity]) -> None:
        task, identity = job
        if self._listener is not None:
            with self._lock:
                self._listener.simulation_started(identity)
        outcome = SimulationRecorder(self._context, identity, task).record()
        with self._lock:
            self._outcomes.append(outcome)
            if self._listener is not None:
                self._listener.simulation_ended(outcome)

    def end(self) -> None:
        """Write the run's last event."""
        logger, outcome = self._context.logger, self._outcome(interrupted=False)
        totals = outcome.totals()
        logger.log_event(
            RunEndEvent(
                totals=totals,
                event_counts=logger.event_counts,
                duration=outcome.duration,
                source="recorder",
                message=f"{totals['passed']} of {totals['simulations']} simulations passed",
            )
        )

    def note_interruption(self) -> None:
        """Write that the run was interrupted, in place of its last event."""
        done = len(self._outcomes)
        self._context.logger.log_event(
            ExecutionEvent(
                level=LogLevel.WARNING,
                source="recorder",
                message=f"interrupted after {done} of {self.plan.simulations} simulations",
                metadata={"interrupted": True, "simulations_ended": done, "simulations_planned": self.plan.simulations},
            )
        )

    def tell_end(self, *, interrupted: bool) -> RunOutcome:
        """Return what came of the run, after telling the listener; the log is closed by now."""
        outcome = self._outcome(interrupted=interrupted)
        if self._listener is not None:
            with self._lock:
                self._listener.run_ended(outcome)
        return outcome

    def _outcome(self, *, interrupted: bool) -> RunOutcome:
        with self._lock:
            ended = tuple(self._outcomes)
        duration = time.monotonic() - self._started
        return RunOutcome(self.plan, ended, duration, self._context.logger.size, interrupted)


def _task_event(task: Any) -> TaskEvent:
    return TaskEvent(
        task_id=task.id,
        task=task.model_dump(mode="json"),
        source="recorder",
        message=f"task {task.id}",
    )
