"""Run logs of what tau2's own runner runs: one for each of its batches, and one for what belongs to no batch."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tau2_tui.counting import counted_plainly
from tau2_tui.errors import LogWriteError
from tau2_tui.logging import ExecutionLogger
from tau2_tui.logging.redaction import Redactor
from tau2_tui.recording.attempts import next_attempt
from tau2_tui.recording.call_observer import SnapshotMode
from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.databases import StateFingerprint
from tau2_tui.recording.earlier import EarlierSessions, Key, read_earlier, read_start
from tau2_tui.recording.ledger import Ledger
from tau2_tui.recording.outcome import SimulationOutcome
from tau2_tui.recording.run_start import run_start
from tau2_tui.recording.secrets import secret_values, without_secrets
from tau2_tui.recording.session import SimulationIdentity
from tau2_tui.recording.tau2_api import Tau2
from tau2_tui.recording.tau2_api.own_runner import Batch

DEFAULT_FOLDER = "enhanced_logs"
FOLDER_VARIABLE = "TAU2_TUI_LOG_DIR"
LOG_SUFFIX = "_enhanced_logs"


@dataclass
class TwinSettings:
    """How enhanced domains are recorded under tau2's own runner; the same for the whole process.

    Attributes:
        log_dir: folder for logs that have no results file to stand beside; ``$TAU2_TUI_LOG_DIR``, or
            ``enhanced_logs`` in the working directory, unless set.
        snapshots: when the state is looked at; before and after each call unless set otherwise.
        redact: what becomes of personal data.
    """

    log_dir: Path | None = None
    snapshots: SnapshotMode = "all"
    redact: Any = "off"

    def folder(self) -> Path:
        """Return the folder for logs without a results file, made if it is not there.

        Raises:
            LogWriteError: it cannot be made.
        """
        return made_folder(self.log_dir or Path(os.environ.get(FOLDER_VARIABLE) or DEFAULT_FOLDER))


def made_folder(folder: Path) -> Path:
    """Return a folder, made if it is not there.

    Raises:
        LogWriteError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LogWriteError(f"{folder}: cannot make the folder: {error.strerror or error}") from error
    return folder


def new_stem(folder: Path) -> Path:
    """Return where files ``enhanced_results_TIME…`` may be made, a number added when that time is taken."""
    stem = f"enhanced_results_{time.strftime('%Y%m%d_%H%M%S')}"
    taken = {path.name for path in folder.glob(f"{stem}*")}
    number = 1
    name = stem
    while any(other.startswith((f"{name}.", f"{name}{LOG_SUFFIX}")) for other in taken):
        number += 1
        name = f"{stem}_{number}"
    return folder / name


def log_beside(results: Path) -> Path:
    """Return the log that belongs to a results file: ``NAME_enhanced_logs.jsonl`` beside ``NAME.json``."""
    return results.with_name(f"{results.name.removesuffix('.json')}{LOG_SUFFIX}.jsonl")


class BatchLog:
    """The run log of one batch, or of all simulations of a domain in this process that belong to none.

    Args:
        tau2: the installed tau2-bench.
        domain: tau2's name of the domain.
        path: the log; one that is there is continued.
        settings: how to record.
        environment: one as every simulation has.
        batch: tau2's call, None for what belongs to none.
    """

    def __init__(
        self, tau2: Tau2, domain: str, path: Path, settings: TwinSettings, environment: Any, batch: Batch | None
    ) -> None:
        self.tau2, self.domain, self.path, self.settings = tau2, domain, path, settings
        self._batch = batch
        options = batch.options if batch is not None else {}
        self._trial_seeds = _seeds(batch)
        secrets = secret_values([value for name, value in options.items() if name.endswith("_args")])
        redactor = Redactor(settings.redact, secrets)
        self.logger, earlier = _opened(path, redactor)
        plan = (len(batch.tasks), len(batch.tasks) * batch.num_trials) if batch is not None else (0, 0)
        config = {"domain": domain, "snapshots": settings.snapshots, "redact": settings.redact, **options}
        by_whom = f"{counted_plainly(plan[1], 'simulation')} by tau2's own runner" if batch else "by hand"
        start = run_start(
            tau2,
            domain,
            environment,
            config={**without_secrets(config), "runner": tau2.name, **_numbers(batch)},
            command_line=sys.argv,
            message=f"{domain}: {by_whom}",
            metadata={"tasks": plan[0], "simulations": plan[1], "trial_seeds": self._trial_seeds} if batch else {},
        )
        self.ledger = Ledger(
            self.logger, start, tasks=plan[0], simulations=plan[1], path=path, listener=None, earlier=earlier
        )
        self.baseline = StateFingerprint.of(environment) if batch and tau2.has_own_environment(domain) else None
        self._lock = threading.Lock()
        self._named: set[str] = set()
        self._begun: Counter[str] = Counter()
        self._last: dict[Key, SimulationIdentity] = {}
        self._closed = False
        self.ledger.write_start()

    def identity(self, orchestrator: Any) -> SimulationIdentity:
        """Return which simulation an orchestrator is about to be, after writing its task."""
        task = orchestrator.task
        options = self._batch.options if self._batch is not None else {}
        with self._lock:
            if task.id not in self._named:
                self._named.add(task.id)
                self.ledger.write_task(task)
            trial = self._trial(task.id, orchestrator.seed)
            self._begun[task.id] += 1
            identity = SimulationIdentity(
                simulation_id=getattr(orchestrator, "simulation_id", None) or str(uuid.uuid4()),
                task_id=task.id,
                trial=trial,
                domain=self.domain,
                seed=orchestrator.seed,
                agent=options.get("agent") or type(orchestrator.agent).__name__,
                agent_llm=options.get("agent_llm") or getattr(orchestrator.agent, "llm", None),
                user=options.get("user") or type(orchestrator.user).__name__,
                user_llm=options.get("user_llm") or getattr(orchestrator.user, "llm", None),
                solo_mode=bool(getattr(orchestrator, "solo_mode", False)),
            )
            former = self._last.get((task.id, trial))
            if former is not None:
                again = next_attempt(former)
                identity = dataclasses.replace(identity, attempt=again.attempt, repeats=again.repeats)
            self._last[(task.id, trial)] = identity
            return identity

    def takes(self, orchestrator: Any) -> bool:
        """Return whether a simulation may be one of this batch, by its task and its seed."""
        tasks = {task.id for task in self._batch.tasks} if self._batch is not None else set()
        same_run = orchestrator.domain == self.domain and orchestrator.seed in self._trial_seeds
        return same_run and orchestrator.task.id in tasks

    def _trial(self, task_id: str, seed: int | None) -> int:
        """Return the trial that has a seed; without a batch, how many simulations of the task there were before."""
        if seed in self._trial_seeds:
            return self._trial_seeds.index(seed)
        return self._begun[task_id]

    def ended(self, outcome: SimulationOutcome) -> None:
        """Count a simulation that is over."""
        attempts = self._batch.attempts if self._batch is not None else 1
        if outcome.error is not None and outcome.identity.attempt < attempts:
            self.ledger.attempt_failed(outcome)
        else:
            self.ledger.ended(outcome)

    def close(self, *, interrupted: bool = False) -> None:
        """Write the run's last event, unless it was interrupted, and close the log; more calls do nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        with contextlib.closing(self.logger):
            if interrupted:
                self.ledger.write_interruption()
            else:
                self.ledger.write_end()


def _opened(path: Path, redactor: Redactor) -> tuple[ExecutionLogger, EarlierSessions | None]:
    """Return the logger of a log, and what the log holds already; what a killed writer left of a line is repaired."""
    logger = ExecutionLogger(path, recent=0, redactor=redactor)
    try:
        return logger, read_earlier(path) if read_start(path) is not None else None
    except BaseException:
        logger.close()
        raise


def _seeds(batch: Batch | None) -> list[int]:
    """Return the seed of each trial, as tau2 draws them."""
    if batch is None or batch.num_trials <= 0:
        return []
    return RecordConfig(domain=batch.domain, seed=batch.seed, num_trials=batch.num_trials).trial_seeds()


def _numbers(batch: Batch | None) -> dict[str, Any]:
    if batch is None:
        return {}
    saved = str(batch.save_to) if batch.save_to is not None else None
    return {"num_trials": batch.num_trials, "seed": batch.seed, "save_to": saved}
