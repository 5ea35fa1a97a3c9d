"""tau2's own runner, untouched: the rewards that a recording has to give too."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from tau2_tui.recording.tau2_api import Tau2


def rewards_of_tau2(tau2: Tau2, domain: str, tasks: list[Any], agent: str, user: str, seed: int) -> dict[str, float]:
    """Return the reward of each task as tau2's own code builds, runs and evaluates it."""
    return {task.id: simulation_of_tau2(tau2, domain, task, agent, user, seed).reward_info.reward for task in tasks}


def simulation_of_tau2(tau2: Tau2, domain: str, task: Any, agent: str, user: str, seed: int, **models: Any) -> Any:
    """Return a simulation that tau2's own code built, ran and evaluated; ``models`` under tau2's names for them."""
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        if not tau2.generation:
            from tau2.run import run_task  # type: ignore[import-untyped,unused-ignore]

            return run_task(domain=domain, task=task, agent=agent, user=user, max_steps=200, seed=seed, **models)
        from tau2.data_model.simulation import TextRunConfig  # type: ignore[import-untyped,unused-ignore]
        from tau2.runner.batch import run_single_task  # type: ignore[import-untyped,unused-ignore]

        config = TextRunConfig(domain=domain, agent=agent, user=user, max_steps=200, **models)
        return run_single_task(config, task, seed=seed)


def run_batch(
    tau2: Tau2, domain: str, tasks: list[Any], agent: str, user: str, *, at_once: int = 1, **more: Any
) -> Any:
    """Return the ``Results`` of tau2's own batch runner.

    Args:
        tau2: the installed tau2-bench.
        domain: its name in the registry.
        tasks: the tasks.
        agent: name of the agent.
        user: name of the user.
        at_once: simulations at once.
        more: ``num_trials``, ``save_to``; and for 1.x, fields of its configuration.
    """
    save_to = more.pop("save_to", None)
    common = {"domain": domain, "agent": agent, "user": user, "max_steps": 200, "max_concurrency": at_once}
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        if not tau2.generation:
            from tau2 import run  # type: ignore[import-untyped,unused-ignore]

            models = {"llm_args_agent": {}, "llm_args_user": {}}
            return run.run_tasks(tasks=tasks, save_to=save_to, log_level="ERROR", **models, **common, **more)
        from tau2.data_model.simulation import TextRunConfig  # type: ignore[import-untyped,unused-ignore]
        from tau2.runner import batch  # type: ignore[import-untyped,unused-ignore]

        config = TextRunConfig(**{**common, "retry_delay": 0, "auto_resume": True, **more})
        return batch.run_tasks(config, tasks, save_path=save_to)


def tasks_of(tau2: Tau2, domain: str, count: int | None = None, ids: tuple[str, ...] | None = None) -> list[Any]:
    """Return tasks of a domain's own set."""
    tasks = [task for task in tau2.tasks(domain, "base") if ids is None or task.id in ids]
    return tasks[:count]
