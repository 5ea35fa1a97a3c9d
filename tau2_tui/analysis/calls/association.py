"""Which arguments go with failed simulations, or with failed calls: inside tasks, over all arguments at once."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tau2_tui.analysis.calls.arguments import args_sizes
from tau2_tui.analysis.data.records import Call, Simulation
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.adjust import adjusted
from tau2_tui.analysis.shared.estimate import Estimate, Test
from tau2_tui.analysis.shared.exact import sign_flip
from tau2_tui.analysis.shared.interval import measured
from tau2_tui.analysis.shared.permutation import Flags, Floats, Whole, larger, permute_rows
from tau2_tui.analysis.shared.ranks import midranks_within, settled
from tau2_tui.analysis.shared.slope import group_codes

Outcome = Literal["failure", "error"]

_FINEST_WEIGHTS = 10_000
"""Tasks of very many different sizes get equal weights for their ranks, not van Elteren's."""

_TYPES_SHOWN = 3
"""An argument that comes with more types than that gives features for the most frequent ones only."""


@dataclass(frozen=True, slots=True)
class AssociationRow:
    """One feature of a tool's arguments beside the outcome.

    Attributes:
        tool_name: the tool.
        feature: ``arg given``, ``arg is list``, ``size of arg``, ``number of arguments``, ``size of arguments`` or
            ``missing arguments``, with the argument's name for ``arg``.
        kind: ``presence``, ``type``, ``size``, ``count`` or ``missing``.
        outcome: ``failure`` of the simulation or ``error`` of the call.
        effect: for features that are there or not, the difference of the outcome's risk (with it, less without it)
            inside tasks; for amounts, the rank-biserial correlation inside tasks (above 0: larger with the outcome).
        test: exact, inside tasks, adjusted over all rows that could be tested.
        n: simulations, or calls, that have the feature's value.
        note: why there is no test, such as ``always the same``.
    """

    tool_name: str
    feature: str
    kind: str
    outcome: Outcome
    effect: Estimate
    test: Test
    n: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Points:
    """The value of a feature and the outcome of simulations or calls, with the number of the task of each."""

    values: Floats
    outcomes: Flags
    tasks: Whole

    def only(self, rows: Flags) -> _Points:
        """Return some of them."""
        return _Points(self.values[rows], self.outcomes[rows], self.tasks[rows])

    def per_task(self, weights: npt.NDArray[Any] | None = None) -> Floats:
        """Return, by task, how many there are, or the sum of weights."""
        counts = np.bincount(self.tasks, weights=weights, minlength=int(self.tasks.max(initial=-1)) + 1)
        return counts.astype(np.float64)


@dataclass(frozen=True, slots=True)
class _Units:
    """Where the calls of one tool belong: each to a unit, each unit to a task and with an outcome."""

    unit: Whole
    tasks: Whole
    outcomes: Flags

    def points(self, values: Sequence[float | None]) -> _Points:
        """Return a point a unit that has the feature: the mean over its calls."""
        each = np.array([math.nan if value is None else value for value in values], np.float64)
        known = ~np.isnan(each)
        counts = np.bincount(self.unit[known], minlength=len(self.tasks))
        sums = np.bincount(self.unit[known], weights=each[known], minlength=len(self.tasks))
        there = counts > 0
        return _Points(settled(sums[there] / counts[there]), self.outcomes[there], self.tasks[there])


def argument_outcome(
    calls: Sequence[Call], sims: Sequence[Simulation], outcome: Outcome = "failure"
) -> tuple[AssociationRow, ...]:
    """Return how each feature of each tool's arguments goes with the outcome, smallest p first.

    With ``failure`` the unit is the simulation (the mean over its calls of the tool) and the test moves the outcomes
    among the task's simulations. With ``error`` it is the call, and the larger p of that test and of one that flips
    the signs of the tasks' differences counts. Benjamini and Hochberg's adjustment is over all rows with a p-value.

    Args:
        calls: the live calls.
        sims: the run's simulations.
        outcome: what the arguments may go with.
    """
    failed = {s.index: not s.success for s in sims if s.counted and s.success is not None}
    by_tool: defaultdict[str, list[Call]] = defaultdict(list)
    for call in calls:
        if outcome == "error" or call.simulation in failed:
            by_tool[call.name].append(call)
    rows = []
    for name, own in sorted(by_tool.items()):
        units = _units(own, failed if outcome == "failure" else None)
        for feature, kind, values in _features(own):
            rows.append(_row(name, feature, kind, outcome, units.points(values)))
    corrected = adjusted([row.test.p for row in rows])
    rows = [replace(row, test=replace(row.test, p_adj=p)) for row, p in zip(rows, corrected, strict=True)]
    rows.sort(key=lambda row: (row.test.p is None, row.test.p or 0.0, row.tool_name, row.feature))
    return tuple(rows)


def _units(calls: Sequence[Call], failed: Mapping[int, bool] | None) -> _Units:
    """Return the simulations of the calls with their outcomes, or without outcomes the calls themselves."""
    if failed is None:
        outcomes = np.array([call.error for call in calls], np.bool_)
        return _Units(np.arange(len(calls)), group_codes([call.task_id for call in calls]), outcomes)
    task_of = {call.simulation: call.task_id for call in calls}
    unit = group_codes([call.simulation for call in calls])
    return _Units(unit, group_codes(list(task_of.values())), np.array([failed[index] for index in task_of], np.bool_))


def _features(calls: Sequence[Call]) -> Iterator[tuple[str, str, list[float | None]]]:
    """Yield feature, kind and the value of each call; None for a call to which it does not apply."""
    yield "number of arguments", "count", [len(call.args) for call in calls]
    yield "size of arguments", "size", list(args_sizes(calls))
    if any(call.missing_args for call in calls):
        missing = [None if call.missing_args is None else float(bool(call.missing_args)) for call in calls]
        yield "missing arguments", "missing", missing
    for name in sorted({str(name) for call in calls for name in call.args}):
        yield from _of_argument(name, calls)


def _of_argument(name: str, calls: Sequence[Call]) -> Iterator[tuple[str, str, list[float | None]]]:
    values = [call.args.get(name, _ABSENT) for call in calls]
    yield f"{name} given", "presence", [float(value is not _ABSENT) for value in values]
    types = list(map(type, values))
    counts = Counter(types)
    counts.pop(_Absent, None)
    if len(counts) > 1:
        for shown, _ in counts.most_common(_TYPES_SHOWN):
            is_it = [None if kind is _Absent else float(kind is shown) for kind in types]
            yield f"{name} is {shown.__name__}", "type", is_it
    if set(counts) == {str}:  # as nearly all arguments are
        yield f"size of {name}", "size", [None if value is _ABSENT else len(value) for value in values]
    else:
        yield f"size of {name}", "size", [_size(value) for value in values]


class _Absent:
    """The type of what a call does not give."""


_ABSENT: Any = _Absent()


def _size(value: Any) -> float | None:
    """Return a number itself, the length of a text or list, the number of keys of an object."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return float(value) if measured(value) else None
    return float(len(value)) if hasattr(value, "__len__") else None


def _row(name: str, feature: str, kind: str, outcome: Outcome, points: _Points) -> AssociationRow:
    n = len(points.values)
    if n == 0 or points.values.min() == points.values.max():
        note = "always the same" if n else "no values"
        effect = Estimate(None, n=n, status="degenerate", note=note)
        return AssociationRow(name, feature, kind, outcome, effect, Test(None, status="degenerate", note=note), n, note)
    hits, sizes = points.per_task(points.outcomes), points.per_task()
    mixed = points.only(((hits > 0) & (hits < sizes))[points.tasks])
    binary = bool(np.isin(points.values, (0.0, 1.0)).all())
    effect = _risk_difference(mixed) if binary else _rank_biserial(mixed)
    test = _permuted(mixed, binary)
    if outcome == "error":  # calls of one conversation are not independent
        test = larger(_flipped(mixed), test)
    return AssociationRow(name, feature, kind, outcome, effect, test, n, test.note)


def _permuted(points: _Points, binary: bool) -> Test:
    """Return the exact test of the number of hits with the feature, or of van Elteren's weighted rank sum."""
    if binary:
        return permute_rows(points.values.astype(np.int64), points.outcomes, points.tasks)
    sizes = points.per_task().astype(np.int64)
    scale = math.lcm(*{size + 1 for size in sizes.tolist() if size})
    weights = scale // (sizes + 1) if scale <= _FINEST_WEIGHTS else np.ones_like(sizes)
    scores = midranks_within(points.values, points.tasks) * weights[points.tasks]
    return permute_rows(scores, points.outcomes, points.tasks)


def _flipped(points: _Points) -> Test:
    """Return the sign-flip test over the tasks' rank-biserial correlations."""
    top, bottom = _pairs(points)
    n = len(top)
    if n < 2:
        note = f"both outcomes in {n} task{'' if n == 1 else 's'}: cannot separate argument from task"
        return Test(None, n=n, method="exact sign-flip", status="none", note=note)
    pairs = zip(top.tolist(), bottom.tolist(), strict=True)
    return sign_flip([Fraction(round(above), round(of)) for above, of in pairs])


def _pairs(points: _Points) -> tuple[Floats, Floats]:
    """Return, by task, pairs with the larger value on the outcome's side less those with the smaller; and all pairs."""
    sizes, hits = points.per_task(), points.per_task(points.outcomes)
    of_hits = points.per_task(midranks_within(points.values, points.tasks) * points.outcomes)
    pairs = hits * (sizes - hits)
    top = of_hits - hits * (hits + 1) - pairs
    there = pairs > 0
    return top[there], pairs[there]


def _risk_difference(points: _Points) -> Estimate:
    """Return the outcome's risk with the feature less that without, weighted over tasks as Mantel and Haenszel do."""
    sizes, given = points.per_task(), points.per_task(points.values)
    hits_given = points.per_task(points.values * points.outcomes)
    hits_without = points.per_task(points.outcomes) - hits_given
    both = (given > 0) & (given < sizes)
    given, without = given[both], (sizes - given)[both]
    weights = given * without / sizes[both]
    differences = hits_given[both] / given - hits_without[both] / without
    method = "Mantel-Haenszel risk difference inside tasks"
    return _effect(float(weights @ differences), float(weights.sum()), int(sizes[both].sum()), int(both.sum()), method)


def _rank_biserial(points: _Points) -> Estimate:
    """Return the share of pairs inside tasks in which the value is larger with the outcome, less that of smaller."""
    top, bottom = _pairs(points)
    method = "rank-biserial inside tasks"
    return _effect(float(top.sum()), float(bottom.sum()), len(points.values), len(top), method)


def _effect(top: float, bottom: float, n: int, tasks: int, method: str) -> Estimate:
    if bottom <= 0:
        return Estimate(None, method=method, status="none", note="no task has both outcomes and both values")
    return Estimate(top / bottom, n=n, n_tasks=tasks, method=method)


EXPLANATIONS = {
    "argument_outcome": Explanation(
        "Which argument goes with failure?",
        "per tool: whether an argument is given, its type and size, number and size of all; against the simulation's "
        "failure by exact permutation inside tasks (hits with the feature, or van Elteren's rank sum), against the "
        "call's error also by an exact sign-flip over tasks, the larger p; risk difference (Mantel-Haenszel) or "
        "rank-biserial correlation; Benjamini-Hochberg over all rows",
        "inside a task, simulations exchangeable when the argument plays no part; it shows association, not cause",
        "Fisher 1935; van Elteren 1960; Mantel and Haenszel 1959; Benjamini and Hochberg 1995",
        "'always the same' for a constant feature; 'no task has both outcomes with different values'",
    ),
}
