"""What a comparison of two runs could have found, and what it takes to find less."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean, variance

from tau2_tui.analysis.comparison.paired import Pairs
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Status
from tau2_tui.analysis.shared.power import power, shift_for
from tau2_tui.analysis.shared.task_scores import TaskScore

POWER = 0.8
_MOST_TASKS = 10_000_000


@dataclass(frozen=True, slots=True)
class ComparePlan:
    """What it takes to find a difference of ``target`` with a power of 80 %.

    Attributes:
        target: the difference of rates, as a share: 0.1 is ten points.
        tasks_needed: common tasks in all, with as many trials as now; None where that cannot be told.
        trials_needed: trials a task in all in each run, same tasks; None where that cannot be told or cannot help.
        trials_help: whether more trials on the same tasks can do it; None where that cannot be told.
        interaction: variance of the tasks' true differences; None with single trials.
        within_a: variance of trials of a task in the first run; None with single trials.
        within_b: the same in the second run.
        status: as for estimates.
        note: one line for a person.
    """

    target: float
    tasks_needed: int | None
    trials_needed: int | None
    trials_help: bool | None
    interaction: float | None
    within_a: float | None
    within_b: float | None
    status: Status = "ok"
    note: str = ""


def smallest_effect(tasks: int, alpha: float) -> float:
    """Return the standardised difference that a paired t-test of so many tasks, two or more, finds with 80 % power.

    It is 0 when the test is wrong so often that it finds that many where there is nothing.
    """
    return shift_for(tasks, alpha, POWER) / math.sqrt(tasks)


def tasks_for(effect: float, alpha: float) -> int | None:
    """Return how many tasks a paired t-test needs to find a standardised difference; None for too many to name."""

    def enough(tasks: int) -> bool:
        return power(tasks, alpha, effect * math.sqrt(tasks)) >= POWER

    if not enough(_MOST_TASKS):
        return None
    low, high = 1, _MOST_TASKS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def fewest_tasks(alpha: float) -> int:
    """Return how many tasks must differ, all one way, for an exact sign-flip test to give a p-value below alpha."""
    return math.floor(1 - math.log2(alpha)) + 1


def compare_plan(pairs: Pairs, sd_plan: float, target: float, alpha: float) -> ComparePlan:
    """Return what it takes to find a difference of ``target``.

    Args:
        pairs: two or more common tasks.
        sd_plan: the standard deviation of the tasks' differences to plan with, above 0.
        target: the difference of rates.
        alpha: the error rate of the test.
    """
    tasks = len(pairs.common)
    within_a = _within([pair.a for pair in pairs.common])
    within_b = _within([pair.b for pair in pairs.common])
    fewest, tasks_needed = fewest_tasks(alpha), tasks_for(target / sd_plan, alpha)
    if tasks_needed is not None:
        tasks_needed = max(tasks_needed, fewest)
    if within_a is None or within_b is None:
        note = "single trials: cannot tell what more trials would do"
        return ComparePlan(target, tasks_needed, None, None, None, within_a, within_b, "few", note)
    noise = fmean(within_a / pair.a.n + within_b / pair.b.n for pair in pairs.common)
    interaction = max(0.0, variance(map(float, pairs.differences)) - noise)
    least = smallest_effect(tasks, alpha)
    room = (target / least) ** 2 - interaction if least else math.inf
    if tasks < fewest or room <= 0 or (within_a + within_b) / room > _MOST_TASKS:
        wanted = "many more tasks" if tasks_needed is None else f"{tasks_needed} tasks"
        why = "so few tasks can show no difference" if tasks < fewest else "the runs differ on tasks of their own"
        note = f"more trials cannot help: {why}; it needs {wanted}"
        return ComparePlan(target, tasks_needed, None, False, interaction, within_a, within_b, "ok", note)
    trials = max(1, math.ceil((within_a + within_b) / room - 1e-9))
    if trials <= pairs.trials and target < least * sd_plan:
        note = "the trials seen hardly vary: cannot tell what more of them would do"
        return ComparePlan(target, tasks_needed, None, None, interaction, within_a, within_b, "few", note)
    return ComparePlan(target, tasks_needed, trials, True, interaction, within_a, within_b)


def _within(scores: list[TaskScore]) -> float | None:
    """Return the variance of trials of a task, from the tasks with two or more."""
    repeated = [score for score in scores if score.n >= 2]
    if not repeated:
        return None
    return fmean(score.n / (score.n - 1) * score.mean * (1 - score.mean) for score in repeated)


EXPLANATIONS = {
    "mde": Explanation(
        question="What could this comparison have found?",
        formula="the standardised difference that a paired t-test of G tasks finds with 80 % power, times the standard "
        "deviation of the task differences with two pseudo-tasks of plus and minus 1 / sqrt(K)",
        assumption="task differences roughly normal",
        source="noncentral t, integrated (SciPy's and so statsmodels' is NaN at places); Miller 2024 "
        "(arXiv 2411.00640); never observed power (Hoenig and Heisey 2001)",
        poor="fewer than 2 common tasks: none",
    ),
    "compare_plan": Explanation(
        question="What should I run next: more tasks or more trials?",
        formula="Var(d) = interaction + (within_a + within_b) / K; tasks from the t-test's power, and at least so many "
        "that the exact sign-flip test can give p < 1 - level; trials from what of the variance they can take away",
        assumption="the variances seen here hold",
        source="Miller 2024 (arXiv 2411.00640)",
        poor="single trials, or trials that hardly vary: cannot tell what more trials would do; more trials cannot "
        "help: needs n tasks",
    ),
}
