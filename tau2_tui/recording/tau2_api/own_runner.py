"""tau2's own runner and command line: where it can be watched, and what it is told.

0.2 has all of it in ``tau2.run``; 1.x in ``tau2.runner``, with other signatures. Three functions are replaced, each
once for as long as the process lives, by ones that ask a watcher: the batch runner, an orchestrator's ``run``, and
the evaluation as the runner calls it.
"""

from __future__ import annotations

import functools
import inspect
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tau2_tui.recording.tau2_api.access import Tau2
from tau2_tui.recording.tau2_api.modules import attribute, module

_WATCHED = "_tau2_tui_watched"
_lock = threading.Lock()


@dataclass(frozen=True)
class Batch:
    """A call of tau2's batch runner, in the terms that both versions share.

    Attributes:
        domain: name of the domain.
        tasks: the tasks.
        num_trials: simulations of each.
        seed: what the trials' seeds are drawn from.
        attempts: how often a simulation is tried at most.
        save_to: tau2's results file, None when it writes none.
        options: the other options under the names of our own configuration.
    """

    domain: str
    tasks: list[Any]
    num_trials: int
    seed: int | None
    attempts: int
    save_to: Path | None
    options: dict[str, Any]


class RunnerWatcher(Protocol):
    """Is asked in place of tau2's functions; ``inner`` is what tau2 would do."""

    def batch(self, batch: Batch, inner: Callable[[str, list[Any]], Any]) -> Any:
        """Run a batch; ``inner`` takes the domain and the tasks to run it with."""

    def conversation(self, orchestrator: Any, inner: Callable[[], Any]) -> Any:
        """Run one orchestrator and return tau2's ``SimulationRun``."""

    def evaluation(self, simulation: Any, arguments: dict[str, Any], inner: Callable[[], Any]) -> Any:
        """Evaluate a finished simulation and return tau2's ``RewardInfo``."""


def watch(tau2: Tau2, watcher: RunnerWatcher) -> None:
    """Put the watcher in place; only the first one of a process is taken."""
    runner = "tau2.runner.batch" if tau2.generation else "tau2.run"
    evaluating = "tau2.runner.simulation" if tau2.generation else "tau2.run"
    orchestrator = attribute("tau2.orchestrator.orchestrator", "Orchestrator")
    with _lock:
        _replace_everywhere(module(runner), "run_tasks", lambda inner: _batch(tau2, watcher, inner))
        _replace(orchestrator, "run", lambda inner: _conversation(watcher, inner))
        _replace(module(evaluating), "evaluate_simulation", lambda inner: _evaluation(watcher, inner))


def run_command_line(tau2: Tau2, words: list[str]) -> None:
    """Run tau2's own command line in this process, as ``tau2 WORDS`` would, with tau2's own log as it sets it.

    Raises:
        SystemExit: as tau2 ends it.
    """
    before, log = sys.argv, module("loguru").logger
    sys.argv = ["tau2", *words]
    log.enable("tau2")
    try:
        module("tau2.cli").main()
    finally:
        log.disable("tau2")
        sys.argv = before


def load_results(path: Path) -> Any:
    """Return a results file as tau2's own ``Results``."""
    return attribute("tau2.data_model.simulation", "Results").load(path)


def _replace(owner: Any, name: str, made: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    original = getattr(owner, name)
    if not hasattr(original, _WATCHED):
        replacement = made(original)
        setattr(replacement, _WATCHED, original)
        setattr(owner, name, replacement)


def _replace_everywhere(owner: Any, name: str, made: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Replace a function in the module that defines it, and in tau2's modules that imported it by name."""
    original = getattr(owner, name)
    _replace(owner, name, made)
    for loaded_name, loaded in list(sys.modules.items()):
        if loaded_name.startswith("tau2."):
            for alias in [alias for alias, value in vars(loaded).items() if value is original]:
                setattr(loaded, alias, getattr(owner, name))


def _batch(tau2: Tau2, watcher: RunnerWatcher, inner: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(inner)

    @functools.wraps(inner)
    def run_tasks(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = bound.arguments
        if tau2.generation and not hasattr(given["config"], "llm_agent"):
            return inner(*args, **kwargs)  # a voice run: its orchestrators have no conversation of messages
        if tau2.generation:
            return watcher.batch(
                _batch_of_1(given),
                lambda domain, tasks: inner(
                    **{**given, "config": _with_domain(given["config"], domain), "tasks": tasks}
                ),
            )
        return watcher.batch(
            _batch_of_0_2(given), lambda domain, tasks: inner(**{**given, "domain": domain, "tasks": tasks})
        )

    return run_tasks


def _batch_of_0_2(given: dict[str, Any]) -> Batch:
    names = {"llm_agent": "agent_llm", "llm_args_agent": "agent_llm_args", "llm_user": "user_llm"}
    names |= {"llm_args_user": "user_llm_args"}
    same: list[str] = ["agent", "user", "max_steps", "max_errors", "max_concurrency", "enforce_communication_protocol"]
    same += ["skip_failed_samples", "judge_llm", "judge_llm_args", "judge_window_size", "judge_system_prompt"]
    save_to = given["save_to"]
    return Batch(
        domain=given["domain"],
        tasks=list(given["tasks"]),
        num_trials=given["num_trials"],
        seed=given["seed"],
        attempts=1,
        save_to=Path(save_to) if save_to is not None else None,
        options={ours: given[name] for name, ours in [*names.items(), *((name, name) for name in same)]},
    )


def _batch_of_1(given: dict[str, Any]) -> Batch:
    config, save_to = given["config"], given["save_path"]
    names = {"effective_agent": "agent", "effective_user": "user", "effective_max_steps": "max_steps"}
    names |= {"llm_agent": "agent_llm", "llm_args_agent": "agent_llm_args", "llm_user": "user_llm"}
    names |= {"llm_args_user": "user_llm_args"}
    same: list[str] = [
        "max_errors",
        "max_concurrency",
        "enforce_communication_protocol",
        "timeout",
        "max_retries",
        "retry_delay",
    ]
    same += ["retrieval_config", "retrieval_config_kwargs"]
    return Batch(
        domain=config.domain,
        tasks=list(given["tasks"]),
        num_trials=config.num_trials,
        seed=config.seed,
        attempts=config.max_retries + 1,
        save_to=Path(save_to) if save_to is not None else None,
        options={
            ours: getattr(config, name, None) for name, ours in [*names.items(), *((name, name) for name in same)]
        },
    )


def _with_domain(config: Any, domain: str) -> Any:
    """Return a 1.x configuration for another domain, with what 1.x itself would add for that one."""
    if config.domain == domain:
        return config
    changed: dict[str, Any] = {"domain": domain}
    if getattr(config, "retrieval_config", "none") is None:
        changed["retrieval_config"] = type(config)(domain=domain).retrieval_config
    return config.model_copy(update=changed)


def _conversation(watcher: RunnerWatcher, inner: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(inner)
    def run(self: Any) -> Any:
        return watcher.conversation(self, functools.partial(inner, self))

    return run


def _evaluation(watcher: RunnerWatcher, inner: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(inner)

    @functools.wraps(inner)
    def evaluate_simulation(*args: Any, **kwargs: Any) -> Any:
        arguments = signature.bind(*args, **kwargs).arguments
        return watcher.evaluation(arguments["simulation"], arguments, lambda: inner(*args, **kwargs))

    return evaluate_simulation
