"""Runs the simulations of a configuration and writes their log."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tau2_tui.counting import counted_plainly
from tau2_tui.errors import LogWriteError
from tau2_tui.events import RunStartEvent, decode, encode
from tau2_tui.logging import ExecutionLogger
from tau2_tui.logging.redaction import Redactor
from tau2_tui.logging.streams import NO_STREAMS, Streams
from tau2_tui.recording.attempts import record_attempts
from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.databases import StateFingerprint
from tau2_tui.recording.earlier import EarlierSessions, read_earlier, read_start, task_digest
from tau2_tui.recording.jobs import Job, jobs_of, planned_keys
from tau2_tui.recording.ledger import Ledger, task_event
from tau2_tui.recording.llm_calls import model_calls_recorded
from tau2_tui.recording.outcome import RunInterrupted, RunListener, RunOutcome
from tau2_tui.recording.output import check_output, nothing_left_of, remove_replaced
from tau2_tui.recording.preparation import Preparation, effective_models, prepare
from tau2_tui.recording.processes import run_jobs_in_processes
from tau2_tui.recording.results_file import ResultsFile
from tau2_tui.recording.resume import check_same_run, check_same_tasks
from tau2_tui.recording.run_start import run_start
from tau2_tui.recording.session import RecordingStopped
from tau2_tui.recording.simulation import RunContext
from tau2_tui.recording.stopping import StopSwitch
from tau2_tui.recording.tau2_results import check_results_path, open_results, results_path
from tau2_tui.recording.workers import run_jobs

Restore = Callable[[Path, Collection[str]], Iterable[bytes]]
"""Returns simulations of a log by their ids, each as the JSON that tau2 would save."""


def record_run(
    config: RecordConfig,
    path: str | Path,
    *,
    listener: RunListener | None = None,
    command_line: Sequence[str] = (),
    replace: bool = False,
    resume: bool = False,
    claimed: bool = False,
    tasks: Sequence[Any] | None = None,
    streams: Streams = NO_STREAMS,
    restore: Restore = lambda _, __: (),
) -> RunOutcome:
    """Run every simulation of the configuration and write its run log.

    Nothing is written before the domain, the tasks and the participants are known to exist.

    Args:
        config: what to run.
        path: the log to make.
        listener: is told how it goes on.
        command_line: the words that the user typed, for the log.
        replace: replace a file that is there already.
        resume: continue a log that is there already: simulations that ended by themselves are kept, the others are
            done or repeated. Without one, a new log is begun.
        claimed: the caller has made an empty file there, so that nobody else takes the name.
        tasks: tau2's tasks to run, in place of those that the configuration names.
        streams: who else is told of every event.
        restore: makes simulations of the log that are to be in tau2's results file and are not, because a session was
            killed before it saved them; without it they stay out.

    Raises:
        RecordingError: no tau2-bench, or it has no such domain, task, agent or user; or the log to be continued is of
            another run.
        LogFormatError: the log to be continued is none, or was changed.
        LogWriteError: the log cannot be written, or is there already, or another process writes it.
        RunInterrupted: Ctrl-C; the log is closed and lacks only its last line.
    """
    path = Path(path)
    check_output(path, replace=replace or claimed, resume=resume)
    prepared = prepare(config, tasks)
    tau2, config, tasks = prepared.tau2, prepared.config, prepared.tasks
    saved = results_path(config, path)
    check_results_path(tau2, saved, path, replace=replace, resume=resume)
    redactor = Redactor(config.redact, config.secrets())
    start = _start_event(prepared, command_line)
    continued = resume and _is_same_run(path, _as_written(start, redactor))
    if (replace or claimed) and not resume:
        remove_replaced(path)
    new = not (resume and path.exists())
    with ExecutionLogger(path, fsync=config.fsync, recent=0, redactor=redactor, streams=streams, new=new) as logger:
        with nothing_left_of(path if new else None):
            earlier = _earlier(path, config, tasks, redactor) if continued else None
            baseline = StateFingerprint.of(prepared.environment) if tau2.has_own_environment(config.domain) else None
            results = _results(prepared, saved, redactor, earlier, functools.partial(restore, path))
            ledger = Ledger(
                logger,
                start,
                tasks=len(tasks),
                simulations=len(tasks) * config.num_trials,
                path=path,
                listener=listener,
                earlier=earlier,
                results=results,
            )
        watch = listener.event_logged if listener is not None else None
        context = RunContext(tau2, config, logger, baseline, StopSwitch(), watch, prepared.judge)
        del prepared
        _Run(context, logger, tasks, ledger, earlier).perform()
    return ledger.tell_end()


class _Run:
    """One run under way: from its first event to its last, or to what ends it before."""

    def __init__(
        self,
        context: RunContext,
        logger: ExecutionLogger,
        tasks: list[Any],
        ledger: Ledger,
        earlier: EarlierSessions | None,
    ) -> None:
        self._context = context
        self._logger = logger
        self._tasks = tasks
        self._ledger = ledger
        self._earlier = earlier

    def perform(self) -> None:
        """Run all simulations between the run's first and last event.

        Raises:
            LogWriteError: the log cannot be written; what it holds is valid.
            RunInterrupted: the log is closed, and the listener knows.
        """
        ledger = self._ledger
        if ledger.nothing_to_do:
            ledger.tell_start()
            return
        try:
            ledger.write_start()
            self._simulate()
            ledger.write_end()
        except KeyboardInterrupt:
            ledger.write_interruption()
            self._logger.close()
            raise RunInterrupted(ledger.tell_end(interrupted=True)) from None
        except LogWriteError as error:
            done = ledger.plan.simulations - ledger.left
            raise LogWriteError(
                f"{error}; the log is valid up to there, holds {done} of"
                f" {counted_plainly(ledger.plan.simulations, 'simulation')}, and --resume goes on from there"
            ) from error

    def _simulate(self) -> None:
        context, ledger = self._context, self._ledger
        with model_calls_recorded(context.tau2):
            if context.config.processes > 1:
                run_jobs_in_processes(self._jobs(), context, self._logger, self._tasks, ledger)
            else:
                threads = min(context.config.max_concurrency, max(ledger.left, 1))
                run_jobs(self._jobs(), self._record, threads, context.stop, ledger.stopping)

    def _record(self, job: Job) -> None:
        try:
            record_attempts(self._context, job.identity, job.task, self._ledger)
        except RecordingStopped:
            return

    def _jobs(self) -> Iterator[Job]:
        earlier = self._earlier
        return jobs_of(
            self._context.tau2,
            self._context.config,
            self._tasks,
            done=earlier.kept if earlier else {},
            broken=earlier.broken if earlier else {},
            before_task=self._ledger.write_task,
        )


def _start_event(prepared: Preparation, command_line: Sequence[str]) -> RunStartEvent:
    config, tasks = prepared.config, prepared.tasks
    simulations = len(tasks) * config.num_trials
    return run_start(
        prepared.tau2,
        config.domain,
        prepared.environment,
        config={**config.as_dict(), "effective_models": effective_models(prepared)},
        command_line=command_line,
        message=f"{config.domain}: {counted_plainly(len(tasks), 'task')}, {counted_plainly(simulations, 'simulation')}",
        metadata={"tasks": len(tasks), "simulations": simulations, "trial_seeds": config.trial_seeds()},
    )


def _as_written(start: RunStartEvent, redactor: Redactor) -> RunStartEvent:
    """Return the event as it would be read back from the log."""
    event = decode(redactor.scrub(encode(start)))
    assert isinstance(event, RunStartEvent)
    return event


def _is_same_run(path: Path, now: RunStartEvent) -> bool:
    """Return whether a log holds a run to go on with, and refuse it when that is another one."""
    before = read_start(path)
    if before is not None:
        check_same_run(path, before, now)
    return before is not None


def _results(
    prepared: Preparation,
    saved: Path | None,
    redactor: Redactor,
    earlier: EarlierSessions | None,
    restore: Callable[[Collection[str]], Iterable[bytes]],
) -> ResultsFile | None:
    """Return tau2's results file with the simulations that are kept, None when it is not wanted."""
    if saved is None:
        return None
    kept = [outcome.identity.simulation_id for outcome in earlier.kept.values()] if earlier else []
    return open_results(prepared, saved, redactor, kept, restore)


def _earlier(path: Path, config: RecordConfig, tasks: list[Any], redactor: Redactor) -> EarlierSessions:
    """Return what the log holds, if this run can continue it."""
    earlier = read_earlier(path)
    digests: dict[str, bytes] = {}
    if not redactor.active:  # otherwise the log does not hold the tasks as they are
        for task in tasks:
            written = decode(redactor.scrub(encode(task_event(task))))
            digests[task.id] = task_digest(getattr(written, "task", {}))
    check_same_tasks(path, earlier, digests, planned_keys(config, tasks))
    return earlier
