"""Two runs on the same tasks: is one better, could it be luck, and what could have been seen at all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tau2_tui.analysis.comparison.compare_plan import ComparePlan, compare_plan, fewest_tasks, smallest_effect
from tau2_tui.analysis.comparison.left_out import LeftOutTask, left_out_tasks
from tau2_tui.analysis.comparison.mcnemar import discordant, durkalski, mcnemar_exact, mcnemar_mid_p
from tau2_tui.analysis.comparison.paired import Pair, Pairs, paired
from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.runs.success import success_new_tasks
from tau2_tui.analysis.shared.estimate import Estimate, Status, Test
from tau2_tui.analysis.shared.exact import sign_flip
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, FEW_TASKS, critical_t
from tau2_tui.analysis.shared.ratios import QUANTITIES, RatioComparison, compare_amounts
from tau2_tui.analysis.shared.task_scores import Source, simulations_of
from tau2_tui.counting import counted

_METHOD = "task differences with two pseudo-tasks of +-1/sqrt(K), t"


@dataclass(frozen=True, slots=True)
class TaskDifference:
    """One common task.

    Attributes:
        task_id: the task.
        successes_a: successes in the first run.
        trials_a: simulations of it that count there.
        successes_b: successes in the second.
        trials_b: simulations of it that count there.
        difference: the second's rate less the first's.
    """

    task_id: str
    successes_a: int
    trials_a: int
    successes_b: int
    trials_b: int
    difference: float


@dataclass(frozen=True, slots=True)
class EffectSize:
    """How big the difference is.

    Attributes:
        risk_difference: the second's rate less the first's.
        cohens_h: difference of the arcsine-transformed rates.
        odds_ratio: conditional odds ratio of single trials: wins by losses; None for several trials, or no losses.
    """

    risk_difference: float
    cohens_h: float
    odds_ratio: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The second run against the first, on the tasks that both have.

    Attributes:
        label_a: the first run.
        label_b: the second run.
        n_tasks: common tasks.
        only_a: tasks of the first run only; they are left out.
        only_b: tasks of the second run only.
        left_out: every task that is not compared, and why.
        trials: trials a task; the harmonic mean where they differ.
        rate_a: the first run's success rate on the common tasks.
        rate_b: the second's.
        difference: the second's rate less the first's, with its interval.
        sign_flip: exact test that there is none; ``p_min`` is the smallest p-value that could have come out.
        mcnemar: McNemar's exact test, for one trial a task.
        mcnemar_mid: the same with the mid-p-value.
        durkalski: McNemar's test with tasks as clusters, asymptotic.
        effect: how big the difference is; None without common tasks.
        wins: common tasks on which the second run is better.
        losses: those on which it is worse.
        ties: those on which they are equal.
        differing: the common tasks on which they differ, the largest gain first, equal gains by id.
        mde: the smallest difference that this comparison finds with a power of 80 %; None under two common tasks.
        sd_plan: the standard deviation of task differences that planning uses.
        plan: what it takes to find ``target``; None under two common tasks.
        amounts: cost and duration in comparison.
        status: as for estimates.
        note: one line for a person.
    """

    label_a: str
    label_b: str
    n_tasks: int
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    left_out: tuple[LeftOutTask, ...]
    trials: float | None
    rate_a: Estimate
    rate_b: Estimate
    difference: Estimate
    sign_flip: Test
    mcnemar: Test
    mcnemar_mid: Test
    durkalski: Test
    effect: EffectSize | None
    wins: int
    losses: int
    ties: int
    differing: tuple[TaskDifference, ...]
    mde: float | None
    sd_plan: float | None
    plan: ComparePlan | None
    amounts: tuple[RatioComparison, ...]
    status: Status = "ok"
    note: str = ""


def compare(a: Source, b: Source, *, target: float = 0.1, level: float = DEFAULT_LEVEL) -> Comparison:
    """Compare two runs, paired by task.

    Args:
        a: the first run, or its simulations.
        b: the second: a positive difference means that it is better.
        target: the difference of rates to plan for.
        level: coverage of the intervals; planning takes its complement as the error rate.

    Raises:
        ValueError: ``target`` is not above 0.
    """
    if not target > 0:
        raise ValueError("the difference to plan for must be above 0")
    pairs = paired(a, b)
    task_ids = [pair.task_id for pair in pairs.common]
    differences = pairs.differences
    estimate, sd_plan = _difference(pairs, level)
    wins, losses = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    mde = smallest_effect(len(task_ids), 1 - level) * sd_plan if sd_plan else None
    return Comparison(
        label_a=_label(a, "A"),
        label_b=_label(b, "B"),
        n_tasks=len(task_ids),
        only_a=pairs.only_a,
        only_b=pairs.only_b,
        left_out=left_out_tasks(a, b, frozenset(task_ids), labels=(_label(a, "A"), _label(b, "B"))),
        trials=pairs.trials if task_ids else None,
        rate_a=_rate(a, task_ids, level),
        rate_b=_rate(b, task_ids, level),
        difference=estimate,
        sign_flip=_sign_flip(pairs),
        mcnemar=mcnemar_exact(pairs),
        mcnemar_mid=mcnemar_mid_p(pairs),
        durkalski=durkalski(pairs),
        effect=_effect(pairs) if task_ids else None,
        wins=wins,
        losses=losses,
        ties=len(differences) - wins - losses,
        differing=tuple(one for one in task_differences(pairs) if one.difference),
        mde=mde,
        sd_plan=sd_plan,
        plan=compare_plan(pairs, sd_plan, target, 1 - level) if sd_plan else None,
        amounts=tuple(compare_amounts(a, b, quantity, task_ids, level=level) for quantity in QUANTITIES),
        status=estimate.status,
        note=_note(pairs, mde, 1 - level),
    )


def _label(source: Source, otherwise: str) -> str:
    return source.label if isinstance(source, Run) else otherwise


def _rate(source: Source, task_ids: Sequence[str], level: float) -> Estimate:
    common = set(task_ids)
    return success_new_tasks([one for one in simulations_of(source) if one.task_id in common], level=level)


def difference_interval(
    differences: Sequence[float | Fraction], trials: float, *, level: float = DEFAULT_LEVEL
) -> tuple[float, float, float]:
    """Return lower end and upper end for the mean difference, and the standard deviation to plan with.

    Bonett and Price's interval, scaled: two pseudo-tasks of plus and minus 1 / sqrt(trials) are added, and the
    critical value is Student's with tasks - 1 degrees of freedom.

    Args:
        differences: one a task, two or more.
        trials: trials a task; their harmonic mean where they differ.
        level: coverage of the interval.
    """
    pseudo = trials**-0.5
    values = [*map(float, differences), pseudo, -pseudo]
    n = len(values)
    mean = math.fsum(values) / n
    spread = math.fsum(value * value for value in values) / n - mean * mean
    half = critical_t(n - 3, level) * math.sqrt(spread / n)
    return max(-1.0, mean - half), min(1.0, mean + half), math.sqrt(spread)


def _difference(pairs: Pairs, level: float) -> tuple[Estimate, float | None]:
    tasks = len(pairs.common)
    if tasks < 2:
        note = pairs.problem or (
            "fewer than 2 common tasks: no comparison" if tasks else "no common tasks: no comparison"
        )
        none = Estimate(None, n=tasks, n_tasks=tasks, method=_METHOD, status="none", note=note, level=level)
        return none, None
    value = float(sum(pairs.differences) / tasks)
    low, high, sd_plan = difference_interval(pairs.differences, pairs.trials, level=level)
    status, note = _remark(pairs)
    n = sum(pair.a.n + pair.b.n for pair in pairs.common)
    low, high = min(low, value), max(high, value)
    return Estimate(value, low, high, n, tasks, None, _METHOD, status, note, level), sd_plan


def _remark(pairs: Pairs) -> tuple[Status, str]:
    tasks = len(pairs.common)
    if not any(pairs.differences):
        return "degenerate", "no task differs"
    return ("few", f"only {tasks} common tasks") if tasks < FEW_TASKS else ("ok", "")


def _sign_flip(pairs: Pairs) -> Test:
    if not pairs.common:
        return Test(None, method="exact sign-flip", status="none", note=pairs.problem or "no common tasks")
    return sign_flip(pairs.differences)


def _effect(pairs: Pairs) -> EffectSize:
    from statsmodels.stats.proportion import proportion_effectsize

    tasks = len(pairs.common)
    rate_a = float(sum(Fraction(pair.a.successes, pair.a.n) for pair in pairs.common) / tasks)
    rate_b = float(sum(Fraction(pair.b.successes, pair.b.n) for pair in pairs.common) / tasks)
    odds_ratio = None
    if pairs.single:
        lost, won = discordant(pairs)
        odds_ratio = won / lost if lost else None
    return EffectSize(rate_b - rate_a, float(proportion_effectsize(rate_b, rate_a)), odds_ratio)


def task_differences(pairs: Pairs) -> tuple[TaskDifference, ...]:
    """Return how the runs do on each common task, the largest gain first, equal gains by id."""
    return tuple(sorted(map(_row, pairs.common), key=lambda row: -row.difference))


def _row(pair: Pair) -> TaskDifference:
    return TaskDifference(pair.task_id, pair.a.successes, pair.a.n, pair.b.successes, pair.b.n, float(pair.difference))


def _note(pairs: Pairs, mde: float | None, alpha: float) -> str:
    notes = [pairs.problem, *pairs.warnings]
    if mde is not None and len(pairs.common) < fewest_tasks(alpha):
        notes.append(f"{len(pairs.common)} common tasks can show no difference: {fewest_tasks(alpha)} at least can")
    elif mde is not None and mde > 1:
        notes.append("the smallest difference that such a comparison finds 4 times of 5 is beyond 100 points")
    for tasks, place in ((pairs.only_a, "first"), (pairs.only_b, "second")):
        if tasks:
            notes.append(f"left out: {counted(len(tasks), 'task')} only in the {place} run")
    return "; ".join(note for note in notes if note)


EXPLANATIONS = {
    "compare": Explanation(
        question="Is B better than A, and by how much?",
        formula="d = rate of B less rate of A, task by task; two pseudo-tasks of plus and minus 1 / sqrt(K) added; "
        "mean plus and minus t(G - 1) sqrt(v / (G + 2)), v the variance of these G + 2 values",
        assumption="the common tasks are a sample of such tasks, independent of each other",
        source="Bonett and Price 2012, scaled; pairing after Miller 2024 (arXiv 2411.00640); coverage simulated in "
        "benchmarks/coverage.py",
        poor="fewer than 2 common tasks: no comparison; tasks of one run only are left out and counted",
    ),
    "sign_flip": Explanation(
        question="Could it be luck?",
        formula="share of all assignments of signs to the tasks' differences whose sum is at least as far from 0",
        assumption="without a difference, each task's two rates could as well be exchanged",
        source="Fisher 1935; equal to McNemar's exact test with one trial a task",
        poor="no task differs: p = 1; m tasks differ: the smallest possible p is 2 / 2^m",
    ),
    "effect_size": Explanation(
        question="Is it big?",
        formula="difference of rates; Cohen's h = 2 asin sqrt(pB) - 2 asin sqrt(pA); wins / losses as the conditional "
        "odds ratio of single trials",
        assumption="none",
        source="Cohen 1988, statsmodels proportion_effectsize",
        poor="no losses, or several trials: no odds ratio",
    ),
}
