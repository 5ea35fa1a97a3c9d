"""What tau2's own runner does with enhanced domains, recorded."""

from __future__ import annotations

import atexit
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tau2_tui.recording.enhanced.batches import (
    LOG_SUFFIX,
    BatchLog,
    TwinSettings,
    log_beside,
    made_folder,
    new_stem,
)
from tau2_tui.recording.enhanced.names import original_name
from tau2_tui.recording.enhanced.twin import Twin, twin_of
from tau2_tui.recording.enhanced.watched import WatchedSimulation
from tau2_tui.recording.tau2_api import Tau2
from tau2_tui.recording.tau2_api.own_runner import Batch
from tau2_tui.safe_text import visible


class Watcher:
    """Finds out which simulations belong to enhanced domains, and gives each its log. One for the process.

    A batch of tau2's runner has one log: beside tau2's results file, or in the settings' folder. What belongs to no
    batch (an orchestrator run by hand, calls on an environment) goes to one log a domain in that folder.

    Args:
        tau2: the installed tau2-bench.
        settings: how to record.
        twins: the registered twins by their names.
    """

    def __init__(self, tau2: Tau2, settings: TwinSettings, twins: dict[str, Twin]) -> None:
        self._tau2, self._settings, self._twins = tau2, settings, twins
        self._lock = threading.RLock()
        self._batch_of_task: dict[int, BatchLog | None] = {}
        self._batches: list[BatchLog] = []
        self._loose: dict[str, BatchLog] = {}
        self._waiting: dict[int, tuple[Any, WatchedSimulation]] = {}
        self._of_thread = threading.local()
        atexit.register(self.close)

    # What tau2's runner calls

    def batch(self, batch: Batch, inner: Callable[[str, list[Any]], Any]) -> Any:
        """Run a batch; one of an enhanced domain as the original's, and recorded."""
        twin = self._twins.get(batch.domain)
        tasks = batch.tasks if twin is None else [task.model_copy() for task in batch.tasks]
        domain = self._run_as(batch.domain)
        log = self._batch_log(domain, batch) if twin is not None and tasks else None
        with self._lock:
            self._batch_of_task.update({id(task): log for task in tasks})
            self._batches += [log] if log is not None else []
        finished = False
        try:
            answer = inner(domain, tasks)
            finished = True
            return answer
        finally:
            with self._lock:
                for task in tasks:
                    self._batch_of_task.pop(id(task), None)
            if log is not None:
                self._leave(lambda watched: watched.log is log)
                with self._lock:
                    self._batches.remove(log)
                log.close(interrupted=not finished)

    def conversation(self, orchestrator: Any, inner: Callable[[], Any]) -> Any:
        """Run one orchestrator, recorded if its domain is an enhanced one."""
        log = self._log_of(orchestrator)
        if log is None:
            return inner()
        self._leave_previous()
        watched = WatchedSimulation(log, orchestrator)
        simulation = watched.run()
        with self._lock:
            self._waiting[id(simulation)] = (simulation, watched)
        self._of_thread.last = simulation
        return simulation

    def evaluation(self, simulation: Any, arguments: dict[str, Any], inner: Callable[[], Any]) -> Any:
        """Evaluate a simulation, and write how it ended if it is recorded."""
        with self._lock:
            waiting = self._waiting.pop(id(simulation), None)
        if waiting is None:
            return inner()
        return waiting[1].evaluate(arguments["domain"], dict(arguments.get("env_kwargs") or {}), inner)

    # Logs

    def logger_of_calls(self, twin: Twin, environment: Any) -> Any:
        """Return the logger of calls outside conversations."""
        return self._loose_log(twin, environment).logger

    def close(self) -> None:
        """Write what is left, and close every log."""
        self._leave(lambda _: True)
        with self._lock:
            logs = [*self._batches, *self._loose.values()]
            self._loose.clear()
        for log in logs:
            log.close(interrupted=log in self._batches)

    def _run_as(self, domain: str) -> str:
        original = original_name(domain)
        return original if domain in self._twins and original in self._tau2.domains() else domain

    def _log_of(self, orchestrator: Any) -> BatchLog | None:
        with self._lock:
            if "_tau2_tui_watched" in vars(orchestrator):
                return None
            task = id(orchestrator.task)
            if task in self._batch_of_task:
                log = self._batch_of_task[task]
            else:
                # tau2 1.x takes tasks from the file when it resumes a run to which tasks were added.
                log = next((log for log in self._batches if log.takes(orchestrator)), None)
            twin = twin_of(orchestrator.environment)
            if log is None and twin is not None:
                log = self._loose_log(twin, orchestrator.environment)
            if log is not None:
                object.__setattr__(orchestrator, "_tau2_tui_watched", True)
            return log

    def _batch_log(self, domain: str, batch: Batch) -> BatchLog:
        environment = self._tau2.environment(domain, arguments=self._arguments(domain, batch))
        with self._lock:  # two batches that begin in one second must not choose the same name
            if batch.save_to is not None:
                made_folder(batch.save_to.parent)
                path = log_beside(batch.save_to)
            else:
                path = self._new_path()
            log = BatchLog(self._tau2, domain, path, self._settings, environment, batch)
        _tell(batch.domain, path)
        return log

    def _new_path(self) -> Path:
        stem = new_stem(self._settings.folder())
        return stem.with_name(f"{stem.name}{LOG_SUFFIX}.jsonl")

    def _arguments(self, domain: str, batch: Batch) -> dict[str, Any]:
        options = batch.options
        return self._tau2.environment_arguments(
            domain, None, options.get("retrieval_config"), options.get("retrieval_config_kwargs")
        )

    def _loose_log(self, twin: Twin, environment: Any) -> BatchLog:
        with self._lock:
            log = self._loose.get(twin.name)
            if log is None:
                path = self._new_path()
                domain = self._run_as(twin.name)
                log = self._loose[twin.name] = BatchLog(self._tau2, domain, path, self._settings, environment, None)
                _tell(twin.name, path)
            return log

    # Simulations that nobody evaluates

    def _leave_previous(self) -> None:
        last, self._of_thread.last = getattr(self._of_thread, "last", None), None
        with self._lock:
            waiting = self._waiting.pop(id(last), None)
        if waiting is not None:
            waiting[1].leave()

    def _leave(self, which: Callable[[WatchedSimulation], bool]) -> None:
        with self._lock:
            left = {key: watched for key, (_, watched) in self._waiting.items() if which(watched)}
            for key in left:
                del self._waiting[key]
        for watched in left.values():
            watched.leave()


def _tell(domain: str, path: Path) -> None:
    print(f"tau2-tui: recording {visible(f'{domain} to {path}')}", file=sys.stderr)
