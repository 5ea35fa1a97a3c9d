from __future__ import annotations

import dataclasses
import math
from itertools import permutations, product
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tau2_tui.analysis.runs.variance import agreement, flaky, trial_effect, variance_split
from tests.analysis.made_runs import counts, run_of

balanced = st.integers(2, 5).flatmap(
    lambda k: st.lists(st.integers(0, k), min_size=2, max_size=12).map(lambda cs: [(c, k) for c in cs])
)


@given(balanced)
def test_variance_split_equals_the_analysis_of_variance(pairs: list[tuple[int, int]]) -> None:
    split = variance_split(run_of(counts(*pairs)))
    groups = [[1.0] * c + [0.0] * (n - c) for c, n in pairs]
    k = pairs[0][1]
    if all(c in (0, n) for c, n in pairs):
        assert split.status == "degenerate" and split.icc.low is None
        return
    ratio, _ = stats.f_oneway(*groups)
    ms_within = fmean(np.var(group, ddof=1) for group in groups)
    ms_between = k * np.var([fmean(group) for group in groups], ddof=1)
    assert split.ms_between == pytest.approx(ms_between, abs=1e-9)
    assert split.ms_within == pytest.approx(ms_within, abs=1e-9)
    assert ms_between / ms_within == pytest.approx(float(ratio), abs=1e-9)
    icc = (ms_between - ms_within) / (ms_between + (k - 1) * ms_within)
    assert split.icc.value == pytest.approx(max(0.0, icc), abs=1e-9)
    assert split.icc_k.value == pytest.approx(max(0.0, 1 - ms_within / ms_between) if ms_between else 0.0, abs=1e-9)
    g = len(pairs)
    low = ratio / stats.f.ppf(0.975, g - 1, g * (k - 1))
    high = ratio * stats.f.ppf(0.975, g * (k - 1), g - 1)
    if high <= 1:
        assert (split.icc.low, split.icc.high) == (None, None)
        return
    assert split.icc.low == pytest.approx(max(0.0, (low - 1) / (low + k - 1)), abs=1e-9)
    assert split.icc.high == pytest.approx((high - 1) / (high + k - 1), abs=1e-9)


def test_variance_split_of_unequal_trials_equals_statsmodels_and_has_no_interval() -> None:
    import pandas as pd
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    pairs = [(4, 4), (0, 3), (1, 2), (2, 5), (1, 1)]
    split = variance_split(run_of(counts(*pairs)))
    rows = [(i, y) for i, (c, n) in enumerate(pairs) for y in [1.0] * c + [0.0] * (n - c)]
    table = anova_lm(ols("y ~ C(task)", pd.DataFrame(rows, columns=["task", "y"])).fit())
    assert split.ms_between == pytest.approx(table["mean_sq"]["C(task)"], abs=1e-9)
    assert split.ms_within == pytest.approx(table["mean_sq"]["Residual"], abs=1e-9)
    k0 = (15 - (16 + 9 + 4 + 25 + 1) / 15) / 4
    assert split.trials == pytest.approx(k0, abs=1e-9)
    assert split.icc.low is None and "1 to 5 trials" in split.icc.note


def test_variance_split_of_poor_data_says_why() -> None:
    assert variance_split([]).note == "no finished simulations"
    assert variance_split(run_of(counts((1, 1), (0, 1)))).note == "needs 2+ trials per task"
    assert variance_split(run_of(counts((1, 3)))).status == "none"
    assert variance_split(run_of(counts((3, 3), (3, 3)))).note == "all tasks agree: ICC undefined"
    moody = variance_split(run_of(counts((1, 2), (1, 2), (1, 2))))
    assert moody.icc.value == 0.0 and "shown as 0" in moody.note and moody.between == 0.0
    assert (moody.icc.low, moody.icc.high, moody.icc_k.low, moody.icc_k.high) == (None,) * 4
    assert "no interval" in moody.note


@given(balanced)
def test_flaky_tasks_disagree_as_often_as_pairs_of_trials_do(pairs: list[tuple[int, int]]) -> None:
    found = flaky(run_of(counts(*pairs)))

    def disagreement(c: int, n: int) -> float:
        trials = [True] * c + [False] * (n - c)
        return fmean(a != b for a, b in permutations(trials, 2))

    assert found.disagreement == pytest.approx(fmean(disagreement(c, n) for c, n in pairs), abs=1e-9)
    assert len(found.tasks) == sum(0 < c < n for c, n in pairs)
    assert all(task.disagreement > 0 for task in found.tasks)
    assert found.share.value == len(found.tasks) / len(pairs)


def test_equally_flaky_tasks_stand_in_the_order_in_which_a_person_counts() -> None:
    found = flaky(run_of({"t10": [1.0, 0.0], "t2": [1.0, 1.0, 0.0], "t9": [0.0, 1.0]}))
    assert [task.task_id for task in found.tasks] == ["t9", "t10", "t2"]


def test_flaky_needs_two_trials() -> None:
    found = flaky(run_of(counts((1, 1), (0, 1))))
    assert (found.tasks, found.status, found.note) == ((), "none", "needs 2+ trials per task")
    assert flaky(run_of(counts((2, 2), (0, 2)))).note == "no task flipped"


@given(balanced)
def test_agreement_equals_fleiss_formula(pairs: list[tuple[int, int]]) -> None:
    estimate = agreement(run_of(counts(*pairs)))
    total = sum(c for c, _ in pairs)
    n = sum(n for _, n in pairs)
    if total in (0, n):
        assert (estimate.value, estimate.note) == (None, "agreement perfect, kappa undefined")
        return
    share = total / n
    expected = share**2 + (1 - share) ** 2
    observed = fmean((c * (c - 1) + (k - c) * (k - c - 1)) / (k * (k - 1)) for c, k in pairs)
    assert estimate.value == pytest.approx((observed - expected) / (1 - expected), abs=1e-9)


def test_agreement_needs_equal_trials() -> None:
    assert agreement(run_of(counts((1, 2), (1, 3)))).status == "none"
    assert agreement(run_of(counts((1, 1), (0, 1)))).note == "needs 2+ trials per task"


grids = st.tuples(st.integers(2, 4), st.integers(1, 4)).flatmap(
    lambda shape: st.lists(
        st.lists(st.sampled_from([0.0, 1.0]), min_size=shape[0], max_size=shape[0]),
        min_size=shape[1],
        max_size=shape[1],
    )
)


@settings(max_examples=60)
@given(grids)
def test_trend_equals_the_enumeration_of_all_orders_inside_tasks(grid: list[list[float]]) -> None:
    effect = trial_effect(run_of({f"t{i}": row for i, row in enumerate(grid)}))

    def statistic(rows: tuple[tuple[float, ...], ...]) -> float:
        return sum(j * y for row in rows for j, y in enumerate(row))

    orders = [sorted(set(permutations(row))) for row in grid]
    sums = [statistic(rows) for rows in product(*orders)]
    centre, observed = fmean(sums), statistic(tuple(map(tuple, grid)))
    expected = fmean(abs(value - centre) >= abs(observed - centre) - 1e-9 for value in sums)
    if all(sum(row) in (0, len(row)) for row in grid):
        assert (effect.trend.p, effect.trend.note) == (None, "no task changed between trials")
    else:
        assert effect.trend.p == pytest.approx(expected, abs=1e-9)
        assert effect.trend.p_min is not None and effect.trend.p_min <= expected + 1e-12


@given(grids)
def test_cochran_q_equals_its_formula(grid: list[list[float]]) -> None:
    test = trial_effect(run_of({f"t{i}": row for i, row in enumerate(grid)})).cochran_q
    table = np.array(grid)
    k = table.shape[1]
    rows, columns, total = table.sum(1), table.sum(0), table.sum()
    spread = k * total - (rows**2).sum()
    if spread == 0:
        assert (test.p, test.status, test.note) == (1.0, "degenerate", "no task changed between trials")
        return
    q = (k - 1) * (k * (columns**2).sum() - total**2) / spread
    assert test.stat == pytest.approx(q, abs=1e-9)
    assert test.p == pytest.approx(stats.chi2.sf(q, k - 1), abs=1e-9)


def test_trials_without_numbers_are_taken_in_order_of_start() -> None:
    run = run_of({"a": [1.0, 0.0], "b": [1.0, 0.0], "c": [1.0, 0.0]})
    unnumbered = dataclasses.replace(
        run, simulations=tuple(dataclasses.replace(one, trial=None) for one in reversed(run.simulations))
    )
    effect = trial_effect(unnumbered)
    assert [(row.trial, row.successes, row.n) for row in effect.trials] == [(0, 3, 3), (1, 0, 3)]
    assert effect.trend.p == pytest.approx(2 / 2**3)


def test_one_trial_cannot_separate_order_from_task() -> None:
    effect = trial_effect(run_of(counts((1, 1), (0, 1))))
    assert (effect.trend.p, effect.cochran_q.p) == (None, None)
    assert "one trial" in effect.trend.note


def test_huge_trial_numbers_do_no_harm() -> None:
    run = run_of({"a": [1.0, 0.0], "b": [1.0, 0.0]})
    far = tuple(dataclasses.replace(one, trial=one.trial * 10**9) for one in run.simulations if one.trial is not None)
    assert trial_effect(far).trend.p == pytest.approx(0.5)
    assert math.isclose(trial_effect(run).trend.p or 0, 0.5)
