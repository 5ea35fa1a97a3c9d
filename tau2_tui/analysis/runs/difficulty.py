"""Whether tasks with more reference actions are harder."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Literal

from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.runs.subgroups import Subgroup, subgroup
from tau2_tui.analysis.shared.estimate import Estimate, Status, Test
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, FEW_TASKS
from tau2_tui.analysis.shared.quiet import quiet
from tau2_tui.analysis.shared.task_scores import scores_of

Measure = Literal["writes", "actions"]

LEAST_TASKS = 3
_WELCH = "Welch's t on task means"


@dataclass(frozen=True, slots=True)
class Difficulty:
    """Success by the number of reference actions.

    Attributes:
        by: ``writes`` for actions that change a database, ``actions`` for all; ``actions`` where writes are not known.
        groups: one a number of actions, rising.
        split: tasks with up to so many actions are the easy side of the test; None without a test.
        difference: rate of the easy side less that of the hard side, with Welch's interval.
        test: that both sides succeed equally often.
        unknown: tasks whose definition is not in the log.
        status: as for estimates.
        note: one line for a person.
    """

    by: Measure
    groups: tuple[Subgroup, ...]
    split: int | None
    difference: Estimate
    test: Test
    unknown: int
    status: Status = "ok"
    note: str = ""


def action_counts(run: Run, by: Measure = "writes") -> dict[str, int] | None:
    """Return how many reference actions, or writing ones, each task of the log has.

    Returns:
        None when writes are asked for and it is not known of every action whether it writes.
    """
    if by == "writes" and any(action.writes is None for action in run.gold):
        return None
    counts = Counter(action.task_id for action in run.gold if by == "actions" or action.writes)
    return {task_id: counts[task_id] for task_id in run.tasks}


def difficulty(run: Run, by: Measure = "writes", *, level: float = DEFAULT_LEVEL) -> Difficulty:
    """Compare the success of tasks with few and with many reference actions.

    Args:
        run: the run.
        by: which actions count; where it is not known which write, all of them.
        level: coverage of the intervals.
    """
    counts = action_counts(run, by)
    measure: Measure = by
    if counts is None:
        measure, counts = "actions", action_counts(run, "actions") or {}
    scores = {task.task_id: task.mean for task in scores_of(run).tasks}
    known = {task_id: counts[task_id] for task_id in scores if task_id in counts}
    groups = subgroup(run, lambda simulation: counts.get(simulation.task_id), level=level).groups
    unknown = len(scores) - len(known)
    if not known:
        note = "no task definitions in the log" if scores else "no finished simulations"
        test = Test(None, method=_WELCH, status="none", note=note)
        none = Estimate(None, method=_WELCH, status="none", note=note, level=level)
        return Difficulty(measure, (), None, none, test, unknown, "none", note)
    split = _split(list(known.values()))
    difference, test = _welch(scores, known, split, level)
    return Difficulty(
        by=measure,
        groups=tuple(sorted(groups, key=lambda group: int(group.key))),
        split=split,
        difference=difference,
        test=test,
        unknown=unknown,
        status=test.status,
        note=test.note,
    )


def _split(counts: Sequence[int]) -> int | None:
    """Return the most actions of an easy task: 0 where enough tasks have none, else about half of the tasks."""
    if len(set(counts)) < 2:
        return None
    if counts.count(0) >= LEAST_TASKS:
        return 0
    middle = median_low(counts)
    return middle if middle < max(counts) else max(count for count in counts if count < middle)


def _welch(
    scores: Mapping[str, float], counts: Mapping[str, int], split: int | None, level: float
) -> tuple[Estimate, Test]:
    if split is None:
        note = "all tasks have the same number of actions"
        return _nothing(note, len(counts), level)
    easy = [scores[task_id] for task_id, count in counts.items() if count <= split]
    hard = [scores[task_id] for task_id, count in counts.items() if count > split]
    if min(len(easy), len(hard)) < LEAST_TASKS:
        return _nothing(f"fewer than {LEAST_TASKS} tasks on one side: counts only", len(counts), level)
    from scipy.stats import ttest_ind

    with quiet():
        result = ttest_ind(easy, hard, equal_var=False)
        interval = result.confidence_interval(level)
    value = math.fsum(easy) / len(easy) - math.fsum(hard) / len(hard)
    if not math.isfinite(float(result.pvalue)) or not math.isfinite(float(result.statistic)):
        note = "no variation inside either side: no test"
        n = len(counts)
        return (
            Estimate(value, n=n, n_tasks=n, method=_WELCH, status="degenerate", note=note, level=level),
            Test(None, n=n, method=_WELCH, status="degenerate", note=note),
        )
    low, high = max(-1.0, float(interval.low)), min(1.0, float(interval.high))
    fewest = min(len(easy), len(hard))
    status: Status = "few" if fewest < FEW_TASKS else "ok"
    note = f"only {fewest} tasks on one side: interval and p-value are rough" if status == "few" else ""
    n = len(counts)
    estimate = Estimate(value, low, high, n, n, None, _WELCH, status, note, level)
    return estimate, Test(float(result.pvalue), float(result.statistic), n, method=_WELCH, status=status, note=note)


def _nothing(note: str, n: int, level: float) -> tuple[Estimate, Test]:
    estimate = Estimate(None, n=n, n_tasks=n, method=_WELCH, status="none", note=note, level=level)
    return estimate, Test(None, n=n, method=_WELCH, status="none", note=note)


EXPLANATIONS = {
    "difficulty": Explanation(
        question="Are tasks with more to do harder?",
        formula="success by number of reference actions that write; Welch's t test of task means, tasks without any "
        "against the others, else few against many",
        assumption="tasks independent; their means roughly normal",
        source="Welch 1947, scipy ttest_ind",
        poor="groups under 3 tasks: counts only; rough under 6 tasks on one side; all tasks have the same number of "
        "actions; no definitions in the log",
    ),
}
