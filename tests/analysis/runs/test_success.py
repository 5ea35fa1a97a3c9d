from __future__ import annotations

import dataclasses
import json
import math
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from tau2_tui.analysis.data.records import Simulation
from tau2_tui.analysis.runs.success import (
    basic,
    effective_size,
    proportion,
    score_interval,
    success_new_tasks,
    success_same_tasks,
    terminations,
)
from tests.analysis.made_runs import counts, run_of, simulations_of

tasks = st.lists(st.integers(1, 6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=30)


def score_test_roots(share: float, n: float, critical: float) -> tuple[float, float]:
    """Wilson's interval from its definition: the rates that a score test does not reject."""

    def distance(p: float) -> float:
        return (share - p) ** 2 - critical**2 * p * (1 - p) / n

    low = 0.0 if share == 0 else optimize.brentq(distance, 0.0, min(share, 1 - 1e-9), xtol=1e-15)
    high = 1.0 if share == 1 else optimize.brentq(distance, max(share, 1e-9), 1.0, xtol=1e-15)
    return low, high


@given(tasks)
def test_headline_interval_is_the_score_test_with_the_tasks_effective_number(pairs: list[tuple[int, int]]) -> None:
    estimate = success_new_tasks(run_of(counts(*pairs)))

    means = [c / n for c, n in pairs]
    squared_error = np.var(means, ddof=1) / len(means)
    mean, n = fmean(means), sum(n for _, n in pairs)
    n_eff = len(means) if squared_error < 1e-24 else mean * (1 - mean) / squared_error
    n_eff = min(max(n_eff, len(means)), n)
    low, high = score_test_roots(mean, n_eff, stats.t.ppf(0.975, len(means) - 1))
    assert estimate.value == pytest.approx(mean, abs=1e-9)
    assert estimate.n_eff == pytest.approx(n_eff, rel=1e-9)
    assert (estimate.low, estimate.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))
    assert (estimate.n, estimate.n_tasks) == (n, len(means))


def test_effective_size_rests_on_the_cluster_robust_error_of_the_mean() -> None:
    from statsmodels.regression.linear_model import OLS

    pairs = [(4, 4), (0, 4), (2, 4), (1, 4), (3, 4), (4, 4), (4, 4), (0, 4)]
    outcomes = [y for c, n in pairs for y in [1.0] * c + [0.0] * (n - c)]
    groups = np.repeat(np.arange(len(pairs)), 4)
    fitted = OLS(outcomes, np.ones(len(outcomes))).fit(cov_type="cluster-crv3", cov_kwds={"groups": groups}, use_t=True)
    mean, error = float(fitted.params[0]), float(fitted.bse[0])

    assert effective_size([c / n for c, n in pairs], 32) == pytest.approx(mean * (1 - mean) / error**2, rel=1e-9)


@given(tasks, st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_an_interval_holds_its_rate_and_stays_between_0_and_1(pairs: list[tuple[int, int]], level: float) -> None:
    run = run_of(counts(*pairs))
    for estimate in (
        success_new_tasks(run, level=level),
        success_new_tasks(run, exact=True, level=level),
        success_same_tasks(run, level=level),
    ):
        assert estimate.value is not None and estimate.low is not None and estimate.high is not None
        assert 0 <= estimate.low <= estimate.value + 1e-12 and estimate.value - 1e-12 <= estimate.high <= 1
        assert estimate.level == level


def test_exact_interval_is_clopper_pearson_on_the_corrected_effective_size() -> None:
    pairs = [(4, 4), (0, 4), (2, 4), (1, 4), (3, 4), (4, 4)]
    estimate = success_new_tasks(run_of(counts(*pairs)), exact=True)

    means = [c / n for c, n in pairs]
    mean = fmean(means)
    n_eff = mean * (1 - mean) / (np.var(means, ddof=1) / 6)
    n_eff *= (stats.t.ppf(0.975, 23) / stats.t.ppf(0.975, 5)) ** 2
    x = mean * n_eff
    assert estimate.low == pytest.approx(stats.beta.ppf(0.025, x, n_eff - x + 1), abs=1e-9)
    assert estimate.high == pytest.approx(stats.beta.ppf(0.975, x + 1, n_eff - x), abs=1e-9)


@pytest.mark.parametrize(("x", "n"), [(0, 1), (1, 1), (0, 20), (20, 20), (3, 7), (57, 200)])
def test_proportions_equal_scipy(x: int, n: int) -> None:
    binomial = stats.binomtest(x, n)
    for method, name in (("wilson", "wilson"), ("exact", "exact")):
        interval = binomial.proportion_ci(0.95, method=name)
        estimate = proportion(x, n, method)  # type: ignore[arg-type]
        assert (estimate.low, estimate.high) == (
            pytest.approx(interval.low, abs=1e-9),
            pytest.approx(interval.high, abs=1e-9),
        )
    jeffreys = proportion(x, n, "jeffreys")
    assert jeffreys.low == pytest.approx(0 if x == 0 else stats.beta.ppf(0.025, x + 0.5, n - x + 0.5), abs=1e-9)
    assert jeffreys.high == pytest.approx(1 if x == n else stats.beta.ppf(0.975, x + 0.5, n - x + 0.5), abs=1e-9)


def test_a_proportion_of_nothing_says_so() -> None:
    estimate = proportion(0, 0)
    assert (estimate.value, estimate.low, estimate.status, estimate.note) == (None, None, "none", "no observations")


def test_the_same_tasks_again_counts_simulations() -> None:
    estimate = success_same_tasks(run_of(counts((4, 4), (0, 2), (1, 2))))
    expected = stats.binomtest(5, 8).proportion_ci(0.95, method="wilson")
    assert (estimate.value, estimate.n, estimate.n_tasks) == (5 / 8, 8, 3)
    assert (estimate.low, estimate.high) == (
        pytest.approx(expected.low, abs=1e-9),
        pytest.approx(expected.high, abs=1e-9),
    )


def test_nothing_finished() -> None:
    for estimate in (success_new_tasks([]), success_same_tasks([]), success_new_tasks(run_of({"a": [None]}))):
        assert (estimate.value, estimate.status) == (None, "none")
        assert "no finished simulations" in estimate.note


def test_one_task_says_nothing_about_others() -> None:
    estimate = success_new_tasks(run_of(counts((3, 4))))
    expected = stats.binomtest(3, 4).proportion_ci(0.95, method="wilson")
    assert estimate.status == "few" and "one task: says nothing about other tasks" in estimate.note
    assert estimate.low == pytest.approx(expected.low, abs=1e-9)


def test_all_or_none_succeeded_is_an_interval_of_the_tasks_and_says_so() -> None:
    won = success_new_tasks(run_of(counts(*[(4, 4)] * 10)))
    lost = success_new_tasks(run_of(counts(*[(0, 4)] * 10)))
    critical = stats.t.ppf(0.975, 9) ** 2
    assert (won.value, won.high, won.n_eff, won.status) == (1.0, 1.0, 10.0, "degenerate")
    assert won.low == pytest.approx(10 / (10 + critical), abs=1e-9)
    assert lost.high == pytest.approx(critical / (10 + critical), abs=1e-9)
    assert won.note == "no failures seen in 10 tasks" and lost.note == "no success seen in 10 tasks"


def test_two_means_are_told_apart_when_trials_are_unequal() -> None:
    estimate = success_new_tasks(run_of(counts(*[(4, 4)] * 3, *[(0, 1)] * 5)))
    assert estimate.value == pytest.approx(3 / 8)
    assert "over simulations 70.6%" in estimate.note


def test_what_is_left_out_is_said() -> None:
    simulations = (
        *simulations_of({"a": [1.0], "b": [0.0]}),
        Simulation("x", 2, "c", 0, reward=0.0, termination="infrastructure_error"),
        Simulation("y", 3, "d", 0, reward=None, judge_skipped=True),
        Simulation("z", 4, "e", 0, reward=None, ended=False),
    )
    estimate = success_new_tasks(simulations)
    assert (estimate.n, estimate.n_tasks, estimate.value) == (2, 2, 0.5)
    assert "1 infrastructure failure, 1 undecided (judge not asked), 1 without a reward" in estimate.note


def test_basic_counts_and_keeps_unknown_apart_from_zero() -> None:
    run = run_of({"a": [1.0, 0.0], "b": [0.5, None]}, agent_cost=0.25, duration=2.0)
    mixed = dataclasses.replace(
        run,
        simulations=(
            *run.simulations[:3],
            dataclasses.replace(run.simulations[3], agent_cost=None, termination="infrastructure_error"),
        ),
    )
    counted = basic(mixed)
    assert (counted.tasks, counted.simulations, counted.counted, counted.passed) == (2, 4, 3, 1)
    assert counted.mean_reward == pytest.approx(0.5)
    assert (counted.agent_cost, counted.agent_cost_unknown) == (0.75, 1)
    assert (counted.user_cost, counted.user_cost_unknown) == (None, 4)
    assert (counted.conventions.over_tasks, counted.conventions.over_simulations) == (0.25, pytest.approx(1 / 3))
    assert counted.conventions.with_failures_as_zero == 0.25
    assert counted.left_out.infrastructure == 1
    json.dumps(dataclasses.asdict(counted))


def test_basic_of_an_empty_run() -> None:
    counted = basic(run_of({}))
    assert (counted.simulations, counted.mean_reward, counted.duration, counted.agent_cost) == (0, None, None, None)


def test_terminations_are_counted_by_reason() -> None:
    simulations = (
        Simulation("a", 0, "1", reward=1.0, termination="user_stop"),
        Simulation("b", 1, "1", reward=0.0, termination="user_stop"),
        Simulation("c", 2, "2", reward=0.0, termination="max_steps"),
        Simulation("d", 3, "3", reward=None, ended=False),
    )
    found = terminations(simulations)
    assert [(row.termination, row.simulations, row.passed, row.counted) for row in found] == [
        ("user_stop", 2, 1, 2),
        (None, 1, 0, 0),
        ("max_steps", 1, 0, 1),
    ]
    assert terminations([]) == ()


def test_score_interval_takes_other_scores_than_0_and_1() -> None:
    low, high, n_eff = score_interval([0.25, 0.5, 0.75], 30)
    assert n_eff == pytest.approx(0.25 / (0.0625 / 3)) and math.isclose((low + high) / 2, 0.5)
