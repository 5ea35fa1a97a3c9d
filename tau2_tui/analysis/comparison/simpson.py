"""Whether a total misleads: the difference of two runs inside kinds of tasks."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.runs.difficulty import action_counts
from tau2_tui.analysis.runs.subgroups import LEAST_TASKS
from tau2_tui.analysis.shared.estimate import Estimate, Status, Test
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL
from tau2_tui.analysis.shared.quiet import quiet
from tau2_tui.analysis.shared.task_scores import Source, TaskScore, scores_of
from tau2_tui.counting import counted

Stratum = Callable[[str], Hashable]

_MANTEL_HAENSZEL = "Mantel-Haenszel"


@dataclass(frozen=True, slots=True)
class StratumRow:
    """One kind of task in two runs.

    Attributes:
        name: the kind.
        tasks_a: tasks of it in the first run.
        n_a: simulations of them that count.
        successes_a: how many of those succeeded.
        tasks_b: the same in the second run.
        n_b: simulations.
        successes_b: successes.
        difference: the second's rate less the first's, over simulations; None when a run lacks the kind.
        few: a run has fewer than three tasks of it.
    """

    name: str
    tasks_a: int
    n_a: int
    successes_a: int
    tasks_b: int
    n_b: int
    successes_b: int
    difference: float | None
    few: bool


@dataclass(frozen=True, slots=True)
class Simpson:
    """A total and its parts.

    Attributes:
        crude: the second run's rate less the first's, over all of its simulations.
        standardised: the same with both runs given the same mixture of kinds: that of both together.
        strata: one row a kind.
        odds_ratio: Mantel and Haenszel's common odds ratio over the kinds.
        test: that it is 1.
        dropped: kinds that say nothing about it: missing in a run, or all or none succeeded.
        reversal: the total points one way and every kind that differs points the other.
        status: as for estimates.
        note: one line for a person.
    """

    crude: float | None
    standardised: float | None
    strata: tuple[StratumRow, ...]
    odds_ratio: Estimate
    test: Test
    dropped: int
    reversal: bool
    status: Status = "ok"
    note: str = ""


def simpson(a: Source, b: Source, stratum: Stratum | None = None, *, level: float = DEFAULT_LEVEL) -> Simpson:
    """Compare two runs in total and inside kinds of tasks, all tasks of either run included.

    Args:
        a: the first run, or its simulations.
        b: the second.
        stratum: the kind of a task by its id, None to leave it out; by default whether its reference actions write.
        level: coverage of the interval.
    """
    left, right = scores_of(a).tasks, scores_of(b).tasks
    kind = stratum or _by_writing(a, b)
    if kind is None:
        return _nothing("the log does not say which reference actions write: no kinds", level)
    if isinstance(a, Run) and isinstance(b, Run) and a.domain and b.domain and a.domain != b.domain:
        return _nothing(f"the runs are of different domains ({a.domain}, {b.domain})", level)
    names = {task.task_id: kind(task.task_id) for task in (*left, *right)}
    kinds = [name for name in dict.fromkeys(names.values()) if name is not None]
    strata = tuple(_row(str(name), _of(left, names, name), _of(right, names, name)) for name in kinds)
    both = [row for row in strata if row.difference is not None]
    if not both:
        return _nothing("no kind of task is in both runs", level)
    crude = _rate(strata, "b") - _rate(strata, "a")
    odds_ratio, test, dropped = _mantel_haenszel(strata, level)
    signs = {_sign(row.difference) for row in both} - {0}
    return Simpson(
        crude=crude,
        standardised=_standardised(both),
        strata=strata,
        odds_ratio=odds_ratio,
        test=test,
        dropped=dropped,
        reversal=bool(signs) and _sign(crude) != 0 and signs == {-_sign(crude)},
        status="few" if any(row.few for row in strata) else "ok",
        note=_remark(strata),
    )


def _by_writing(a: Source, b: Source) -> Stratum | None:
    counts: dict[str, int] = {}
    for source in (a, b):
        found = action_counts(source, "writes") if isinstance(source, Run) else None
        counts.update(found or {})
    if not counts:
        return None

    def kind(task_id: str) -> str | None:
        count = counts.get(task_id)
        return None if count is None else ("writes" if count else "no writes")

    return kind


def _of(tasks: tuple[TaskScore, ...], names: dict[str, Hashable], name: Hashable) -> list[TaskScore]:
    return [task for task in tasks if names[task.task_id] == name]


def _row(name: str, left: list[TaskScore], right: list[TaskScore]) -> StratumRow:
    n_a, n_b = sum(task.n for task in left), sum(task.n for task in right)
    successes_a, successes_b = sum(task.successes for task in left), sum(task.successes for task in right)
    difference = successes_b / n_b - successes_a / n_a if n_a and n_b else None
    few = min(len(left), len(right)) < LEAST_TASKS
    return StratumRow(name, len(left), n_a, successes_a, len(right), n_b, successes_b, difference, few)


def _rate(strata: tuple[StratumRow, ...], side: str) -> float:
    if side == "a":
        return sum(row.successes_a for row in strata) / sum(row.n_a for row in strata)
    return sum(row.successes_b for row in strata) / sum(row.n_b for row in strata)


def _standardised(both: list[StratumRow]) -> float:
    weights = [row.n_a + row.n_b for row in both]
    return math.fsum(w * (row.difference or 0.0) for w, row in zip(weights, both, strict=True)) / sum(weights)


def _sign(value: float | None) -> int:
    if value is None or abs(value) < 1e-12:
        return 0
    return 1 if value > 0 else -1


def _mantel_haenszel(strata: tuple[StratumRow, ...], level: float) -> tuple[Estimate, Test, int]:
    usable = [row for row in strata if _tells(row)]
    dropped = len(strata) - len(usable)
    tables = [_table(row) for row in usable]
    wins = sum(table[0][0] * table[1][1] for table in tables)
    losses = sum(table[0][1] * table[1][0] for table in tables)
    n = sum(row.n_a + row.n_b for row in usable)
    if not wins or not losses:
        note = (
            "no kind has both outcomes in both runs"
            if not usable
            else "the odds ratio has an end without an observation"
        )
        estimate = Estimate(None, n=n, method=_MANTEL_HAENSZEL, status="none", note=note, level=level)
        return estimate, Test(None, n=n, method=_MANTEL_HAENSZEL, status="none", note=note), dropped
    import numpy as np
    from statsmodels.stats.contingency_tables import StratifiedTable

    with quiet():
        stratified = StratifiedTable([np.array(table, float) for table in tables])
        ratio = float(stratified.oddsratio_pooled)
        low, high = (float(end) for end in stratified.oddsratio_pooled_confint(alpha=1 - level))
        result = stratified.test_null_odds()
    note = "simulations taken as independent"
    estimate = Estimate(ratio, low, high, n, None, None, _MANTEL_HAENSZEL, "ok", note, level)
    test = Test(float(result.pvalue), float(result.statistic), n, method=_MANTEL_HAENSZEL, note=note)
    return estimate, test, dropped


def _tells(row: StratumRow) -> bool:
    return bool(row.n_a and row.n_b and 0 < row.successes_a + row.successes_b < row.n_a + row.n_b)


def _table(row: StratumRow) -> list[list[int]]:
    """Return success and failure of the second run above those of the first."""
    return [[row.successes_b, row.n_b - row.successes_b], [row.successes_a, row.n_a - row.successes_a]]


def _remark(strata: tuple[StratumRow, ...]) -> str:
    few = sum(row.few for row in strata)
    return f"{counted(few, 'kind')} with fewer than {LEAST_TASKS} tasks in a run" if few else ""


def _nothing(note: str, level: float) -> Simpson:
    none = Estimate(None, method=_MANTEL_HAENSZEL, status="none", note=note, level=level)
    test = Test(None, method=_MANTEL_HAENSZEL, status="none", note=note)
    return Simpson(None, None, (), none, test, 0, False, "none", note)


EXPLANATIONS = {
    "simpson": Explanation(
        question="Is the total misleading?",
        formula="the difference in total and inside kinds of tasks; standardised: kinds weighted by the "
        "simulations of both runs; Mantel and Haenszel's odds ratio and test; a reversal if all kinds oppose it",
        assumption="simulations independent (for the odds ratio's interval and test)",
        source="Simpson 1951; Mantel and Haenszel 1959; statsmodels StratifiedTable",
        poor="kinds missing in a run or without both outcomes are dropped and counted; under three tasks is said",
    ),
}
