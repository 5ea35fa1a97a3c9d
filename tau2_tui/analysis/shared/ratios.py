"""Whether the second run is cheaper or faster than the first, on the same tasks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import fmean, stdev

from tau2_tui.analysis.data.records import Simulation
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Estimate, Status, Test
from tau2_tui.analysis.shared.exact import sign_flip
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, FEW_TASKS, critical_t, measured
from tau2_tui.analysis.shared.task_scores import Source, simulations_of
from tau2_tui.counting import counted

_METHOD = "ratio of geometric means, paired t on logarithms"


@dataclass(frozen=True, slots=True)
class RatioComparison:
    """An amount in the second run relative to the first.

    Attributes:
        quantity: what is compared: ``agent_cost``, ``user_cost`` or ``duration``.
        ratio: second over first, geometric mean over tasks.
        test: exact sign-flip on the logarithms of the tasks' ratios.
        mean_a: mean of the tasks' means in the first run, None without tasks.
        mean_b: the same in the second.
        left_out: common tasks of which an amount is unknown or 0.
    """

    quantity: str
    ratio: Estimate
    test: Test
    mean_a: float | None
    mean_b: float | None
    left_out: int


QUANTITIES: dict[str, Callable[[Simulation], float | None]] = {
    "agent_cost": lambda simulation: simulation.agent_cost,
    "user_cost": lambda simulation: simulation.user_cost,
    "duration": lambda simulation: simulation.duration,
}


def compare_amounts(
    a: Source, b: Source, quantity: str, tasks: Iterable[str], *, level: float = DEFAULT_LEVEL
) -> RatioComparison:
    """Compare an amount over common tasks.

    Args:
        a: the first run.
        b: the second.
        quantity: one of ``QUANTITIES``.
        tasks: the common tasks.
        level: coverage of the interval.
    """
    tasks = list(tasks)
    left, right = _task_means(a, quantity), _task_means(b, quantity)
    usable = [task_id for task_id in tasks if left.get(task_id) and right.get(task_id)]
    left_out = len(tasks) - len(usable)
    if not usable:
        note = f"{quantity.replace('_', ' ')} unknown or 0: not compared" if tasks else "no common tasks"
        none = Estimate(None, method=_METHOD, status="none", note=note, level=level)
        return RatioComparison(quantity, none, Test(None, status="none", note=note), None, None, left_out)
    pairs = [(left[task_id] or 0.0, right[task_id] or 0.0) for task_id in usable]
    logs = [_log_ratio(first, second) for first, second in pairs]
    return RatioComparison(
        quantity=quantity,
        ratio=_ratio(logs, left_out, level),
        test=sign_flip(logs),
        mean_a=fmean(first for first, _ in pairs),
        mean_b=fmean(second for _, second in pairs),
        left_out=left_out,
    )


def _task_means(source: Source, quantity: str) -> dict[str, float | None]:
    """Return each task's mean; None where an amount is unknown, 0 or negative, or no number to compute with."""
    amount_of = QUANTITIES[quantity]
    groups: dict[str, list[float | None]] = {}
    for simulation in simulations_of(source):
        if simulation.counted:
            groups.setdefault(simulation.task_id, []).append(amount_of(simulation))
    means: dict[str, float | None] = {}
    for task_id, amounts in groups.items():
        known = [amount for amount in amounts if amount is not None and measured(amount) and amount > 0]
        means[task_id] = fmean(known) if len(known) == len(amounts) else None
    return means


def _log_ratio(first: float, second: float) -> float:
    """Return the logarithm of second/first; amounts that differ by rounding noise only are equal."""
    ratio = second / first
    exact = math.log(ratio) if 0 < ratio < math.inf else math.log(second) - math.log(first)
    return round(exact, _DECIMALS)


_DECIMALS = 12
"""Digits of a logarithm that sums of recorded amounts carry: what is beyond them is their order of addition."""


def _ratio(logs: list[float], left_out: int, level: float) -> Estimate:
    tasks = len(logs)
    mean = fmean(logs)
    notes = [f"{counted(left_out, 'task')} with unknown or zero amounts left out"] if left_out else []
    if tasks == 1:
        note = "; ".join(["one task: no interval", *notes])
        return Estimate(_exp(mean), n=1, n_tasks=1, method=_METHOD, status="few", note=note, level=level)
    half = critical_t(tasks - 1, level) * stdev(logs) / math.sqrt(tasks)
    if half == 0:
        note = "; ".join(["the same ratio in every task: no interval", *notes])
        return Estimate(_exp(mean), None, None, tasks, tasks, None, _METHOD, "degenerate", note, level)
    status: Status = "ok"
    if tasks < FEW_TASKS:
        status = "few"
        notes.insert(0, f"only {tasks} tasks")
    low, high = _exp(mean - half), _exp(mean + half)
    return Estimate(_exp(mean), low, high, tasks, tasks, None, _METHOD, status, "; ".join(notes), level)


def _exp(value: float) -> float:
    return math.exp(min(value, 700.0))


EXPLANATIONS = {
    "compare_amounts": Explanation(
        question="Is it cheaper or faster?",
        formula="ratio of geometric means of task means, interval by paired t on logarithms; exact sign-flip on the "
        "logarithms of the tasks' ratios",
        assumption="tasks independent; logarithms roughly normal for the interval",
        source="paired t-test on logarithms; sign-flip as for compare",
        poor="unknown or zero amounts: the task is left out; none left: not compared",
    ),
}
