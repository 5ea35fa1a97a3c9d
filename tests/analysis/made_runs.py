"""Small runs as records, without a log: outcomes by task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tau2_tui.analysis.data.records import GoldAction, Run, Simulation


def simulations_of(outcomes: Mapping[str, Sequence[float | None]], **fields: Any) -> tuple[Simulation, ...]:
    """Return simulations with those rewards, trial by trial; all tasks of trial 0 come first, as tau2 runs them."""
    rows = []
    most = max((len(rewards) for rewards in outcomes.values()), default=0)
    for trial in range(most):
        for task_id, rewards in outcomes.items():
            if trial < len(rewards):
                rows.append((task_id, trial, rewards[trial]))
    return tuple(
        Simulation(f"sim-{i}", i, task_id, trial, start=1000.0 + i, reward=reward, **fields)
        for i, (task_id, trial, reward) in enumerate(rows)
    )


def run_of(
    outcomes: Mapping[str, Sequence[float | None]],
    *,
    label: str = "run",
    writes: Mapping[str, int] | None = None,
    **fields: Any,
) -> Run:
    """Return a run with those rewards; ``writes`` gives each task so many writing reference actions."""
    gold = [
        GoldAction(task_id, i, "book", {"i": i}, writes=True)
        for task_id, count in (writes or {}).items()
        for i in range(count)
    ]
    tasks: dict[str, Mapping[str, Any]] = {task_id: {"id": task_id} for task_id in writes or {}}
    return Run(label, "mock", simulations=simulations_of(outcomes, **fields), gold=tuple(gold), tasks=tasks)


def counts(*pairs: tuple[int, int]) -> dict[str, list[float]]:
    """Return outcomes of tasks by successes and trials, the successes first."""
    return {f"t{i}": [1.0] * c + [0.0] * (n - c) for i, (c, n) in enumerate(pairs)}
