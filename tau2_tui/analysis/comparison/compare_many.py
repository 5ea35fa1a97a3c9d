"""Several runs on the same tasks: all pairs, and all at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from tau2_tui.analysis.comparison.compare import Comparison, compare
from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.runs.success import success_new_tasks
from tau2_tui.analysis.runs.variance import Q_CELLS
from tau2_tui.analysis.shared.adjust import adjusted
from tau2_tui.analysis.shared.estimate import Estimate, Status, Test
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL
from tau2_tui.analysis.shared.quiet import quiet
from tau2_tui.analysis.shared.task_scores import TaskScore, scores_of
from tau2_tui.counting import counted


@dataclass(frozen=True, slots=True)
class ManyRuns:
    """Several runs in comparison.

    Attributes:
        labels: the runs, in the order given.
        rates: each run's success rate for new tasks, on all of its own tasks.
        comparisons: every pair; ``sign_flip.p_adj`` is adjusted by Holm for all of them.
        overall: test that all runs succeed equally often on the tasks that all have.
        common_tasks: tasks that all runs have.
        status: as for estimates.
        note: one line for a person.
    """

    labels: tuple[str, ...]
    rates: tuple[Estimate, ...]
    comparisons: tuple[Comparison, ...]
    overall: Test
    common_tasks: int
    status: Status = "ok"
    note: str = ""


def compare_many(runs: Sequence[Run], *, target: float = 0.1, level: float = DEFAULT_LEVEL) -> ManyRuns:
    """Compare every run with every other one, and all at once.

    Args:
        runs: two or more; with fewer there is nothing to compare, and the note says so.
        target: the difference of rates to plan for.
        level: coverage of the intervals.
    """
    found = [compare(a, b, target=target, level=level) for a, b in combinations(runs, 2)]
    p_values = adjusted([comparison.sign_flip.p for comparison in found], "holm")
    comparisons = tuple(
        replace(comparison, sign_flip=replace(comparison.sign_flip, p_adj=p))
        for comparison, p in zip(found, p_values, strict=True)
    )
    overall, common = _overall(runs)
    made = sum(p is not None for p in p_values)
    return ManyRuns(
        labels=tuple(run.label for run in runs),
        rates=tuple(success_new_tasks(run, level=level) for run in runs),
        comparisons=comparisons,
        overall=overall,
        common_tasks=common,
        status="ok" if made else "none",
        note=f"{counted(made, 'comparison')}, adjusted by Holm" if made else "nothing to compare",
    )


def _overall(runs: Sequence[Run]) -> tuple[Test, int]:
    by_run = [scores_of(run).by_id for run in runs]
    domains = {run.domain for run in runs if run.domain}
    common = [task_id for task_id in by_run[0] if all(task_id in tasks for tasks in by_run)] if by_run else []
    if len(runs) < 3 or len(common) < 2 or len(domains) > 1:
        note = (
            "needs three runs or more"
            if len(runs) < 3
            else f"the runs are of different domains ({', '.join(sorted(domains))})"
            if len(domains) > 1
            else "fewer than 2 tasks that all runs have"
        )
        return Test(None, method="Cochran's Q", status="none", note=note), 0 if len(domains) > 1 else len(common)
    table = [[tasks[task_id] for tasks in by_run] for task_id in common]
    telling = sum(len({score.mean for score in row}) > 1 for row in table)
    if telling == 0:
        return Test(1.0, 0.0, 0, 1.0, method="Cochran's Q", status="degenerate", note="no task differs"), len(common)
    return _test(table, telling), len(common)


def _test(table: list[list[TaskScore]], telling: int) -> Test:
    with quiet():
        if all(score.n == 1 for row in table for score in row):
            from statsmodels.stats.contingency_tables import cochrans_q

            method = "Cochran's Q"
            result = cochrans_q([[score.successes for score in row] for row in table])
        else:
            from scipy.stats import friedmanchisquare

            method = "Friedman on task rates"
            result = friedmanchisquare(*([row[place].mean for row in table] for place in range(len(table[0]))))
    p, stat = float(result.pvalue), float(result.statistic)
    if not math.isfinite(p):
        return Test(None, method=method, n=telling, status="degenerate", note="no test")
    few = telling * len(table[0]) < Q_CELLS
    note = f"tasks that differ: {telling}; the p-value is rough" if few else ""
    return Test(p, stat, telling, method=method, status="few" if few else "ok", note=note)


EXPLANATIONS = {
    "compare_many": Explanation(
        question="Which of these runs is better?",
        formula="compare for every pair, Holm over their sign-flip p-values; Cochran's Q over the tasks that all have, "
        "Friedman's test on task rates with several trials",
        assumption="as for compare; tasks independent",
        source="Holm 1979; Cochran 1950; Friedman 1937; statsmodels multipletests, cochrans_q; scipy friedmanchisquare",
        poor="says how many comparisons were made; fewer than 2 tasks that all have: none",
    ),
}
