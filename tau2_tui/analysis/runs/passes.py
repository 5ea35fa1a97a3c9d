"""Succeeding every time (pass^k) and at least once (pass@k) in k trials."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean

from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.runs.success import NOTHING, score_interval
from tau2_tui.analysis.shared.estimate import Estimate, Status
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, FEW_TASKS, critical_z, wilson
from tau2_tui.analysis.shared.task_scores import Scores, Source, scores_of


@dataclass(frozen=True, slots=True)
class PassEstimate(Estimate):
    """An estimate for k trials.

    Attributes:
        k: the number of trials.
    """

    k: int = 0


def every_one(n: int, successes: int, k: int) -> float:
    """Return the chance that k of a task's n trials, drawn without replacement, all succeeded."""
    return math.comb(successes, k) / math.comb(n, k)


def any_one(n: int, successes: int, k: int) -> float:
    """Return the chance that of k of a task's n trials, drawn without replacement, at least one succeeded."""
    return 1.0 - math.comb(n - successes, k) / math.comb(n, k)


def pass_hat(source: Source, kmax: int | None = None, *, level: float = DEFAULT_LEVEL) -> list[PassEstimate]:
    """Return pass^k: the chance that k trials of a task all succeed.

    Args:
        source: a run or its simulations.
        kmax: the largest k; by default the smallest number of trials of a task, as tau2-bench does. For a k larger
            than that there is no value, and the note says so.
        level: coverage of the interval, which is for new tasks like these.
    """
    return _passes(scores_of(source), kmax, every_one, "pass^k", level)


def pass_at(source: Source, kmax: int | None = None, *, level: float = DEFAULT_LEVEL) -> list[PassEstimate]:
    """Return pass@k: the chance that at least one of k trials of a task succeeds; arguments as for :func:`pass_hat`."""
    return _passes(scores_of(source), kmax, any_one, "pass@k", level)


def _passes(
    scores: Scores, kmax: int | None, chance: Callable[[int, int, int], float], name: str, level: float
) -> list[PassEstimate]:
    most = scores.fewest if kmax is None else kmax
    return [_pass(scores, k, chance, name, level) for k in range(1, max(1, most) + 1)]


def _pass(scores: Scores, k: int, chance: Callable[[int, int, int], float], name: str, level: float) -> PassEstimate:
    tasks, n = len(scores.tasks), scores.n
    method = f"{name}, Wilson, n_eff by task, t"
    if not tasks or scores.fewest < k:
        note = NOTHING if not tasks else f"needs {k} trials per task (have {scores.fewest})"
        return PassEstimate(None, n=n, n_tasks=tasks, method=method, status="none", note=note, level=level, k=k)
    values = [chance(task.n, task.successes, k) for task in scores.tasks]
    value = fmean(values)
    if tasks == 1:
        return _of_one_task(value, n, name, level, k)
    low, high, n_eff = score_interval(values, n, level=level)
    status, note = _remark(value, tasks)
    return PassEstimate(value, low, high, n, tasks, n_eff, method, status, note, level, k)


def _of_one_task(value: float, n: int, name: str, level: float, k: int) -> PassEstimate:
    """Return what one task shows: with one trial drawn, Wilson's interval of its trials; otherwise none."""
    low, high = wilson(value * n, n, critical_z(level)) if k == 1 else (None, None)
    note = "one task: says nothing about other tasks"
    return PassEstimate(value, low, high, n, 1, float(n), f"{name} of one task", "few", note, level, k)


def _remark(value: float, tasks: int) -> tuple[Status, str]:
    if value >= 1.0:
        return "degenerate", f"every one of {tasks} tasks"
    if value <= 0.0:
        return "degenerate", f"none of {tasks} tasks"
    return ("few", f"only {tasks} tasks") if tasks < FEW_TASKS else ("ok", "")


EXPLANATIONS = {
    "pass_hat": Explanation(
        question="Will it work k times in a row?",
        formula="mean over tasks of C(c, k) / C(n, k), c successes in n trials; the interval of these "
        "values as for success_new_tasks",
        assumption="a task's trials are exchangeable; tasks are independent",
        source="Yao et al. 2024 (arXiv 2406.12045); equal to tau2-bench's compute_metrics",
        poor="needs k trials per task (have n); never extrapolated as a power of the rate",
    ),
    "pass_at": Explanation(
        question="Can it do it at all, in k attempts?",
        formula="mean over tasks of 1 - C(n - c, k) / C(n, k); the interval as for success_new_tasks",
        assumption="a task's trials are exchangeable; tasks are independent",
        source="Chen et al. 2021 (arXiv 2107.03374)",
        poor="needs k trials per task (have n)",
    ),
}
