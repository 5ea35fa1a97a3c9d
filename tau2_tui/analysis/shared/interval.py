"""Intervals of shares: Wilson's, with the number of observations that clustered data are worth."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence

from tau2_tui.analysis.shared.estimate import Estimate, Status

DEFAULT_LEVEL = 0.95

LARGEST = 1e100
"""Amounts beyond that are no measurements; their squares and sums could not be computed either."""


def measured(value: float | None) -> bool:
    """Return whether a recorded amount is a number to compute with: known, finite and not absurdly large."""
    return value is not None and abs(value) < LARGEST


def critical_z(level: float) -> float:
    """Return the two-sided critical value of the normal distribution."""
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))


def critical_t(degrees: float, level: float) -> float:
    """Return the two-sided critical value of Student's distribution with at least one degree of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + level) / 2))


def wilson(successes: float, n: float, critical: float) -> tuple[float, float]:
    """Return Wilson's interval of a share; successes and n may be fractional, n must be above 0."""
    share = successes / n
    shrink = 1 + critical**2 / n
    centre = (share + critical**2 / (2 * n)) / shrink
    half = critical * math.sqrt(max(0.0, share * (1 - share)) / n + critical**2 / (4 * n * n)) / shrink
    low = 0.0 if successes <= 0 else max(0.0, centre - half)
    high = 1.0 if successes >= n else min(1.0, centre + half)
    return low, high


def call_share(successes: int, n: int, *, level: float = DEFAULT_LEVEL, n_tasks: int | None = None) -> Estimate:
    """Return a share of calls with Wilson's interval, which takes the calls as independent."""
    if n == 0:
        return Estimate(None, n=0, n_tasks=n_tasks, status="none", note="no tool calls", level=level)
    low, high = wilson(successes, n, critical_z(level))
    one_task = n_tasks == 1
    return Estimate(
        successes / n,
        low,
        high,
        n=n,
        n_tasks=n_tasks,
        method="Wilson on calls",
        status="few" if one_task else "ok",
        note="one task only" if one_task else "",
        level=level,
    )


def ratio_by_task(
    rows: Iterable[tuple[Hashable, float, float]], *, level: float = DEFAULT_LEVEL, nothing: str = "no tool calls"
) -> Estimate:
    """Return a share as :func:`clustered_share` does, from rows of task, numerator and denominator."""
    numerators: dict[Hashable, float] = {}
    denominators: dict[Hashable, float] = {}
    for task, numerator, denominator in rows:
        numerators[task] = numerators.get(task, 0.0) + numerator
        denominators[task] = denominators.get(task, 0.0) + denominator
    tasks = [task for task, total in denominators.items() if total > 0]
    return clustered_share(
        [numerators[task] for task in tasks], [denominators[task] for task in tasks], level=level, nothing=nothing
    )


def clustered_share(
    numerators: Sequence[float],
    denominators: Sequence[float],
    *,
    level: float = DEFAULT_LEVEL,
    nothing: str = "no tool calls",
) -> Estimate:
    """Return the share sum/sum with an interval that takes tasks, not calls, as independent.

    The standard error is that of a ratio of sums, clustered by task (CR1); the interval is Wilson's with the number of
    independent calls that gives the same standard error, and Student's critical value with
    :func:`degrees_of_freedom`. Without any standard error, the tasks count as the observations.

    Args:
        numerators: per task, for instance its failed calls.
        denominators: per task, above 0, for instance its calls.
        level: coverage of the interval.
        nothing: the note when there is no task at all.
    """
    tasks, total = len(denominators), float(sum(denominators))
    if tasks == 0:
        return Estimate(None, status="none", note=nothing, level=level)
    hits = float(sum(numerators))
    share = hits / total
    n = round(total)
    if tasks == 1:
        low, high = wilson(hits, total, critical_z(level))
        note = "one task: says nothing about other tasks"
        return Estimate(share, low, high, n, 1, total, "Wilson on calls", "few", note, level)
    if hits <= 0 or hits >= total:
        return _one_sided(share, n, tasks, level)
    n_eff = effective_n(numerators, denominators)
    low, high = wilson(share * n_eff, n_eff, critical_t(degrees_of_freedom(numerators, denominators), level))
    telling = min(sum(top > 0 for top in numerators), sum(t < b for t, b in zip(numerators, denominators, strict=True)))
    status: Status = "few" if tasks < FEW_TASKS or telling < FEW_EVENT_TASKS else "ok"
    note = (
        f"only {tasks} tasks"
        if tasks < FEW_TASKS
        else f"rests on {telling} of {tasks} tasks"
        if status == "few"
        else ""
    )
    return Estimate(
        share, low, high, n, tasks, n_eff, "Wilson, n_eff by task (CR1), t (Satterthwaite)", status, note, level
    )


def _one_sided(share: float, n: int, tasks: int, level: float) -> Estimate:
    """Return a share of 0 or 1 with the exact bound that its tasks give."""
    bound = (1 - level) ** (1 / tasks)
    low, high = (0.0, 1 - bound) if share <= 0 else (bound, 1.0)
    note = f"none in {tasks} tasks" if share <= 0 else f"every one in {tasks} tasks"
    return Estimate(share, low, high, n, tasks, float(tasks), "one-sided exact on tasks", "degenerate", note, level)


FEW_TASKS = 6
"""Under so many tasks an interval or test over tasks is named as resting on few: six that all point one way are the
least that can give p < 0.05."""


FEW_EVENT_TASKS = 3
"""When fewer tasks have any of the events (or any without), their spread over tasks is hardly known."""


def effective_n(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Return how many independent observations give a clustered share's standard error, at most their number."""
    tasks, total = len(denominators), float(sum(denominators))
    share = sum(numerators) / total
    variance = ratio_standard_error(numerators, denominators) ** 2
    n_eff = share * (1 - share) / variance if variance > 1e-24 else float(tasks)
    return min(max(n_eff, 1.0), total)


def degrees_of_freedom(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Return how well the spread of two or more tasks around a share is known: at most tasks - 1, at least 1.

    Satterthwaite's 2 G / (kurtosis - 1), from the kurtosis of the tasks' residuals: a few tasks with nearly all of the
    calls, or nearly all of the events, make the standard error itself uncertain.
    """
    tasks = len(denominators)
    ratio = sum(numerators) / float(sum(denominators))
    squares = [(top - ratio * bottom) ** 2 for top, bottom in zip(numerators, denominators, strict=True)]
    total = math.fsum(squares)
    kurtosis = tasks * math.fsum(square * square for square in squares) / total**2 if total > _NO_SPREAD else 1.0
    return max(1.0, min(tasks - 1, 2 * tasks / (kurtosis - 1))) if kurtosis > 1 else float(tasks - 1)


_NO_SPREAD = 1e-24


def ratio_standard_error(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Return the linearised standard error of sum/sum over two or more tasks (CR1)."""
    tasks, total = len(denominators), float(sum(denominators))
    ratio = sum(numerators) / total
    squares = math.fsum((top - ratio * bottom) ** 2 for top, bottom in zip(numerators, denominators, strict=True))
    return math.sqrt(tasks / (tasks - 1) * squares) / total


def ratio_of_sums(
    numerators: Sequence[float], denominators: Sequence[float], *, level: float = DEFAULT_LEVEL
) -> Estimate:
    """Return sum/sum of amounts that are not below 0, with a linearised interval over tasks (CR1, t).

    Args:
        numerators: per task, for instance what its simulations cost.
        denominators: per task, with a sum above 0, for instance how many of them succeeded.
        level: coverage of the interval.
    """
    tasks, total = len(denominators), float(sum(denominators))
    value = float(sum(numerators)) / total
    if tasks < 2:
        note = "one task: no interval"
        return Estimate(value, None, None, round(total), tasks, None, "ratio of sums", "few", note, level)
    error = ratio_standard_error(numerators, denominators)
    method = "ratio of sums by task, t"
    if error == 0:
        note = "the same in every task: no interval"
        return Estimate(value, None, None, round(total), tasks, None, method, "degenerate", note, level)
    half = critical_t(tasks - 1, level) * error
    status: Status = "few" if tasks < FEW_TASKS else "ok"
    note = f"only {tasks} tasks" if status == "few" else ""
    return Estimate(value, max(0.0, value - half), value + half, round(total), tasks, None, method, status, note, level)
