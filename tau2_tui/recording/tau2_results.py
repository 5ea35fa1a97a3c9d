"""A recording in tau2's own results format, for tau2's own tools."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

from tau2_tui.errors import RecordingError
from tau2_tui.events import SimulationEndEvent
from tau2_tui.events.codec import dumps_for_tau2
from tau2_tui.logging.redaction import Redactor
from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.judging import SKIPPED
from tau2_tui.recording.participants import user_model
from tau2_tui.recording.preparation import Preparation, effective_models
from tau2_tui.recording.results_file import ResultsFile, simulations_in
from tau2_tui.recording.secrets import without_secrets
from tau2_tui.recording.session import SimulationIdentity
from tau2_tui.recording.tau2_api import Tau2
from tau2_tui.recording.tau2_package import commit_of

_SIMULATIONS = "simulations"


def results_path(config: RecordConfig, log: Path) -> Path | None:
    """Return where a configuration wants the results, None when it does not: a bare name means beside the log."""
    if config.save_to is None:
        return None
    name = Path(config.save_to if config.save_to.endswith(".json") else f"{config.save_to}.json")
    if config.results_dir is not None:
        return Path(config.results_dir) / name
    return log.parent / name if name.parent == Path() else name


def check_results_path(tau2: Tau2, path: Path | None, log: Path, *, replace: bool, resume: bool) -> None:
    """Refuse a place where results cannot be, or would not be found again.

    Raises:
        RecordingError: says why.
    """
    if path is None:
        return
    try:
        is_folder = path.is_dir()
    except OSError as error:  # such as a name that is too long
        raise RecordingError(f"--save-to {path}: {error.strerror or error}") from error
    if is_folder or _same_place(path, log):
        raise RecordingError(f"--save-to {path}: {'is a directory' if is_folder else 'is the log itself'}")
    if os.path.lexists(path) and not (replace or resume):
        raise RecordingError(f"{path}: exists already; take another --save-to, or replace it with --force")
    if tau2.generation and (path.parent / _SIMULATIONS).is_dir():
        raise RecordingError(
            f"--save-to {path}: beside a folder {_SIMULATIONS}/ tau2 1.x takes a file for the index of that folder,"
            " and would find no simulation in it; take another folder"
        )


def _same_place(path: Path, other: Path) -> bool:
    mine, others = (os.path.join(os.path.realpath(each.parent), each.name) for each in (path, other))  # noqa: PTH118
    return mine == others


def open_results(
    prepared: Preparation,
    path: Path,
    redactor: Redactor,
    keep: Collection[str] = (),
    restored: Callable[[Collection[str]], Iterable[bytes]] = lambda _: (),
) -> ResultsFile:
    """Return a new results file of a run.

    Args:
        prepared: the run.
        path: the file.
        redactor: what takes secrets and personal data out.
        keep: ids of simulations that belong in it already: those in the file that is there are kept.
        restored: makes the others, which a killed session had not saved yet, of the log.

    Raises:
        LogWriteError: it cannot be written.
    """
    there = simulations_in(path, keep) if keep else {}
    lost = [name for name in keep if name not in there]
    kept = [*there.values(), *(restored(lost) if lost else ())]
    tasks = [task.model_dump(mode="json") for task in prepared.tasks]
    head = {
        "timestamp": _tau2("utils.utils").get_now(),
        "info": _info(prepared).model_dump(mode="json"),
        "tasks": redactor.redact({"task": tasks})["task"] if redactor.active else tasks,
        _SIMULATIONS: [],
    }
    return ResultsFile(path, redactor.scrub(dumps_for_tau2(head)).removesuffix(b"]}"), kept)


def simulation_result(
    tau2: Tau2,
    config: RecordConfig,
    identity: SimulationIdentity,
    simulation: Any,
    end: SimulationEndEvent,
    redactor: Redactor | None,
) -> bytes | None:
    """Return a simulation as tau2 would save it, None for one that tau2 would not.

    Args:
        tau2: the installed tau2-bench.
        config: the run's configuration.
        identity: which simulation.
        simulation: tau2's ``SimulationRun``; None when the conversation did not come to an end.
        end: what the log says of its end.
        redactor: what takes secrets and personal data out.
    """
    if end.error is not None:
        simulation = _failed(tau2, config, identity, end)
    if simulation is None:
        return None
    simulation.agent_cost, simulation.user_cost = end.agent_cost, end.user_cost
    if end.metadata.get("judge") == SKIPPED and tau2.generation:
        simulation.info = {**(simulation.info or {}), "judge": SKIPPED}
    values = simulation.model_dump(mode="json")
    if redactor is None:
        return dumps_for_tau2(values)
    if redactor.active:
        values = redactor.redact({"simulation_id": identity.simulation_id, **values})
        del values["simulation_id"]
    return redactor.scrub(dumps_for_tau2(values))


def _failed(tau2: Tau2, config: RecordConfig, identity: SimulationIdentity, end: SimulationEndEvent) -> Any:
    """Return what tau2 saves for a simulation that raised: 1.x its error, 0.2 nothing or a reward of 0."""
    data, now = _tau2("data_model.simulation"), _tau2("utils.utils").get_now()
    common = {
        "id": identity.simulation_id,
        "task_id": identity.task_id,
        "trial": identity.trial,
        "seed": identity.seed,
        "start_time": now,
        "end_time": now,
        "duration": end.duration or 0.0,
        "messages": [],
    }
    if tau2.generation:
        details = {
            "error": end.error,
            "error_type": end.error_type,
            "error_traceback": end.traceback,
            "failed_after_attempts": identity.attempt,
        }
        reason = data.TerminationReason.INFRASTRUCTURE_ERROR
        return data.SimulationRun(**common, termination_reason=reason, reward_info=None, info=details)
    if not config.skip_failed_samples:
        return None
    reason = data.TerminationReason.AGENT_ERROR
    return data.SimulationRun(
        **common, termination_reason=reason, reward_info=data.RewardInfo(reward=0.0), skipped=True
    )


def _info(prepared: Preparation) -> Any:
    """Return tau2's ``Info`` of the run, secrets removed."""
    tau2, config = prepared.tau2, prepared.config
    data, models = _tau2("data_model.simulation"), effective_models(prepared)
    more: dict[str, Any] = {}
    if tau2.generation:
        arguments = without_secrets(config.retrieval_config_kwargs)
        more = {"retrieval_config": config.retrieval_config, "retrieval_config_kwargs": arguments}
    return data.Info(
        git_commit=commit_of(tau2.folder),
        num_trials=config.num_trials,
        max_steps=config.max_steps,
        max_errors=config.max_errors,
        user_info=data.UserInfo(
            implementation=str(config.user),
            llm=user_model(tau2, config),
            llm_args=models.get("user", {}).get("llm_args"),
            global_simulation_guidelines=_tau2("user.user_simulator").get_global_user_sim_guidelines(),
        ),
        agent_info=data.AgentInfo(
            implementation=config.agent, llm=config.agent_llm, llm_args=models.get("agent", {}).get("llm_args")
        ),
        environment_info=prepared.environment.get_info(include_tool_info=False),
        seed=config.seed,
        **more,
    )


def _tau2(module: str) -> Any:
    return importlib.import_module(f"tau2.{module}")
