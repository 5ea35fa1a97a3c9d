"""tau2's own runner, untouched: the rewards that a recording has to give too."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from tau2_tui.recording.tau2_api import Tau2


def rewards_of_tau2(tau2: Tau2, domain: str, tasks: list[Any], agent: str, user: str, seed: int) -> dict[str, float]:
    """Return the reward of each task as tau2's own code builds, runs and evaluates it."""
    return {task.id: _run(tau2, domain, task, agent, user, seed).reward_info.reward for task in tasks}


def _run(tau2: Tau2, domain: str, task: Any, agent: str, user: str, seed: int) -> Any:
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        if not tau2.generation:
            from tau2.run import run_task  # type: ignore[import-untyped,unused-ignore]

            return run_task(domain=domain, task=task, agent=agent, user=user, max_steps=200, seed=seed)
        from tau2.data_model.simulation import TextRunConfig  # type: ignore[import-untyped,unused-ignore]
        from tau2.runner.batch import run_single_task  # type: ignore[import-untyped,unused-ignore]

        config = TextRunConfig(domain=domain, agent=agent, user=user, max_steps=200)
        return run_single_task(config, task, seed=seed)
