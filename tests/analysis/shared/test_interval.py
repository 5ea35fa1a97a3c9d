from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from tau2_tui.analysis.shared import interval

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
TASKS = st.lists(
    st.integers(1, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=12
)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
def test_critical_values_are_those_of_the_distributions(level: float) -> None:
    assert interval.critical_z(level) == pytest.approx(scipy.stats.norm.ppf((1 + level) / 2), abs=1e-12)
    for degrees in (1, 2, 9, 113):
        assert interval.critical_t(degrees, level) == pytest.approx(
            scipy.stats.t.ppf((1 + level) / 2, degrees), rel=1e-10
        )


@given(COUNTS)
def test_wilson_equals_statsmodels_and_scipy(counts: tuple[int, int]) -> None:
    x, n = counts
    found = interval.wilson(x, n, interval.critical_z(0.95))
    assert found == pytest.approx(proportion_confint(x, n, method="wilson"), abs=1e-9)
    theirs = scipy.stats.binomtest(x, n).proportion_ci(method="wilson")
    assert found == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert 0 <= found[0] <= x / n <= found[1] <= 1


def test_wilson_touches_the_ends_exactly() -> None:
    assert interval.wilson(0, 7, 2.3)[0] == 0.0
    assert interval.wilson(7, 7, 2.3)[1] == 1.0


@given(TASKS)
def test_the_standard_error_of_a_ratio_is_that_of_a_clustered_regression_on_calls(tasks: list[tuple[int, int]]) -> None:
    outcomes = np.concatenate([[1.0] * x + [0.0] * (n - x) for x, n in tasks])
    groups = np.concatenate([[code] * n for code, (_, n) in enumerate(tasks)])
    fit = sm.OLS(outcomes, np.ones(len(outcomes))).fit(cov_type="cluster", cov_kwds={"groups": groups})
    found = interval.ratio_standard_error([x for x, _ in tasks], [n for _, n in tasks])
    assert found == pytest.approx(float(fit.bse[0]), abs=1e-9)


def test_a_clustered_share_is_wilson_with_effective_n_and_t() -> None:
    found = interval.clustered_share([1, 0, 3, 2, 0, 1], [4, 5, 4, 6, 3, 2])
    share, error = 7 / 24, interval.ratio_standard_error([1, 0, 3, 2, 0, 1], [4, 5, 4, 6, 3, 2])
    n_eff = min(24, share * (1 - share) / error**2)
    assert found.value == pytest.approx(share)
    assert found.n_eff == pytest.approx(n_eff)
    residuals = np.array([1, 0, 3, 2, 0, 1]) - share * np.array([4, 5, 4, 6, 3, 2])
    kurtosis = np.mean(residuals**4) / np.mean(residuals**2) ** 2
    z = scipy.stats.t.ppf(0.975, min(5, 12 / (kurtosis - 1)))
    root = np.roots([1 + z**2 / n_eff, -2 * share - z**2 / n_eff, share**2])
    assert (found.low, found.high) == pytest.approx(tuple(sorted(root)), abs=1e-9)
    assert (found.n, found.n_tasks, found.status) == (24, 6, "ok")


@given(TASKS)
def test_degrees_of_freedom_are_between_one_and_those_of_the_tasks(tasks: list[tuple[int, int]]) -> None:
    found = interval.degrees_of_freedom([x for x, _ in tasks], [n for _, n in tasks])
    assert 1 <= found <= max(1, len(tasks) - 1)


def test_a_spread_that_one_task_makes_has_few_degrees_of_freedom() -> None:
    even = interval.degrees_of_freedom([3, 5] * 10, [10] * 20)
    assert even == 19
    lonely = [20, *[0] * 19]
    residuals = np.array(lonely) - 0.1 * 10
    kurtosis = np.mean(residuals**4) / np.mean(residuals**2) ** 2
    assert interval.degrees_of_freedom(lonely, [10] * 20) == pytest.approx(40 / (kurtosis - 1), abs=1e-9)
    assert interval.degrees_of_freedom([2, 2], [4, 4]) == 1
    crowded = interval.clustered_share([30, *[1, 0] * 10], [100, *[10] * 20])
    assert crowded.high is not None and crowded.low is not None and crowded.high - crowded.low > 0.3


def test_errors_of_one_or_two_tasks_are_said_to_be_so() -> None:
    found = interval.clustered_share([9, 0, 0, 0, 0, 0, 0], [10] * 7)
    assert (found.status, found.note) == ("few", "rests on 1 of 7 tasks")
    assert interval.clustered_share([1, 1, 1, 0, 0, 0, 0], [10] * 7).status == "ok"


def test_calls_that_fail_together_are_worth_no_more_than_their_tasks() -> None:
    together = interval.clustered_share([10, 0, 10, 0, 0, 0], [10] * 6)
    assert together.n_eff is not None and together.n_eff < 6
    spread = interval.clustered_share([3, 4, 3, 3, 4, 3], [10] * 6)
    assert spread.n_eff == 60


def test_no_error_at_all_is_bounded_by_the_tasks_not_the_calls() -> None:
    found = interval.clustered_share([0] * 10, [30] * 10)
    assert (found.value, found.low, found.status) == (0.0, 0.0, "degenerate")
    assert found.high == pytest.approx(1 - 0.05 ** (1 / 10))
    assert "none in 10 tasks" in found.note
    every = interval.clustered_share([30] * 10, [30] * 10)
    assert (every.low, every.high) == pytest.approx((0.05 ** (1 / 10), 1.0))


def test_one_task_and_no_task() -> None:
    one = interval.clustered_share([2], [8])
    assert (one.value, one.status) == (0.25, "few")
    assert "one task" in one.note
    none = interval.clustered_share([], [])
    assert (none.value, none.status, none.note) == (None, "none", "no tool calls")
    assert interval.call_share(0, 0).note == "no tool calls"


def test_ratio_of_sums_is_the_linearised_ratio_estimator() -> None:
    costs, wins = [1.0, 2.5, 0.0, 4.0], [1, 2, 0, 1]
    found = interval.ratio_of_sums(costs, wins)
    ratio = 7.5 / 4
    residuals = [c - ratio * w for c, w in zip(costs, wins, strict=True)]
    error = math.sqrt(4 / 3 * sum(u * u for u in residuals)) / 4
    half = scipy.stats.t.ppf(0.975, 3) * error
    assert (found.value, found.low, found.high) == pytest.approx(
        (ratio, max(0.0, ratio - half), ratio + half), abs=1e-9
    )
    assert interval.ratio_of_sums([2.0], [1]).low is None
    assert interval.ratio_of_sums([2.0, 2.0], [1, 1]).status == "degenerate"


def test_a_single_trial_a_task_is_the_ordinary_standard_error_of_a_mean() -> None:
    x = [1, 0, 0, 1, 1, 0, 1]
    assert interval.ratio_standard_error(x, [1] * 7) == pytest.approx(np.std(x, ddof=1) / math.sqrt(7))
