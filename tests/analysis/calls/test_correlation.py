from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy.stats
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.analysis.calls import correlation
from tau2_tui.analysis.calls.correlation import correlate, rho
from tau2_tui.analysis.calls.distribution import distribution, medcouple
from tau2_tui.analysis.shared.slope import cluster_slope, group_codes, slope_test

NUMBERS = st.lists(st.integers(-5, 20).map(float), min_size=8, max_size=30)


@given(st.data())
def test_spearman_is_scipys(data: st.DataObject) -> None:
    x = np.array(data.draw(NUMBERS))
    y = np.array(data.draw(st.lists(st.integers(0, 5).map(float), min_size=len(x), max_size=len(x))))
    if len(set(x)) < 2 or len(set(y)) < 2:
        assert rho(x, y) is None
    else:
        assert rho(x, y) == pytest.approx(scipy.stats.spearmanr(x, y).statistic, abs=1e-9)


def test_the_interval_leaves_out_one_group_at_a_time() -> None:
    generator = np.random.default_rng(1)
    groups = np.repeat(np.arange(8), 5)
    x = generator.normal(size=40)
    y = x + generator.normal(size=40)
    found = correlate(x.tolist(), y.tolist(), groups.tolist()).spearman
    left = [math.atanh(scipy.stats.spearmanr(x[groups != g], y[groups != g]).statistic) for g in range(8)]
    error = math.sqrt(7 / 8 * sum((one - np.mean(left)) ** 2 for one in left))
    centre, half = math.atanh(scipy.stats.spearmanr(x, y).statistic), scipy.stats.t.ppf(0.975, 7) * error
    assert (found.low, found.high) == pytest.approx((math.tanh(centre - half), math.tanh(centre + half)), abs=1e-9)
    assert (found.n, found.n_tasks, found.status) == (40, 8, "ok")


def test_permutation_within_groups_equals_enumeration() -> None:
    x, y, groups = [1, 5, 2, 8, 3, 3, 9, 4], [2, 4, 1, 9, 9, 1, 5, 7], [0, 0, 0, 1, 1, 1, 2, 2]
    found = correlate(x, y, groups)
    rx, ry = scipy.stats.rankdata(x), scipy.stats.rankdata(y)
    parts = [[i for i in range(8) if groups[i] == g] for g in range(3)]
    sums = []
    for orders in itertools.product(*(itertools.permutations(part) for part in parts)):
        sums.append(
            sum(
                rx[i] * ry[j]
                for part, order in zip(parts, orders, strict=True)
                for i, j in zip(part, order, strict=True)
            )
        )
    away = np.abs(np.array(sums) - np.mean(sums))
    assert found.within.p == pytest.approx(float((away >= abs(float(rx @ ry) - np.mean(sums)) - 1e-9).mean()), abs=1e-9)
    assert found.within.p_min == pytest.approx(float((away >= away.max() - 1e-9).mean()), abs=1e-9)
    assert found.seed is None


def test_a_difference_between_tasks_is_no_association_inside_them() -> None:
    x = [float(task) for task in range(10) for _ in range(4)]
    y = [10.0 * task + trial for task in range(10) for trial in range(4)]
    found = correlate(x, y, [task for task in range(10) for _ in range(4)])
    assert found.spearman.value is not None and found.spearman.value > 0.95
    assert (found.within.p, found.within.status) == (None, "none")


def test_drawn_permutations_are_repeatable_and_near_the_exact_p(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(2)
    x, groups = generator.normal(size=24).tolist(), np.repeat(np.arange(6), 4).tolist()
    y = [a + b for a, b in zip(x, generator.normal(0, 2, 24), strict=True)]
    true = correlate(x, y, groups)
    monkeypatch.setattr(correlation, "_ENUMERATED", 2)
    state = np.random.get_state()[1].tolist()
    drawn = correlate(x, y, groups)
    assert np.random.get_state()[1].tolist() == state, "the global generator is not touched"
    assert (drawn.seed, drawn.resamples) == (correlation.SEED, 9_999)
    assert drawn == correlate(x, y, groups)
    assert drawn.within.p == pytest.approx(true.within.p, abs=0.02)


def test_thousands_of_pairs_get_the_normal_limit_of_the_permutations(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(3)
    x, groups = generator.normal(size=300).tolist(), np.repeat(np.arange(30), 10).tolist()
    y = [0.1 * a + b for a, b in zip(x, generator.normal(size=300), strict=True)]
    drawn = correlate(x, y, groups)
    monkeypatch.setattr(correlation, "_DRAWN_PAIRS", 100)
    limit = correlate(x, y, groups)
    assert (limit.seed, limit.resamples) == (None, None)
    assert limit.within.p == pytest.approx(drawn.within.p, abs=0.02)


def test_missing_numbers_are_left_out_and_counted() -> None:
    x = [1.0, 2, 3, 4, 5, 6, 7, 8, None, math.nan, math.inf]
    found = correlate(x, [1.0, 3, 2, 5, 4, 6, 8, 7, 1, 1, 1], list(range(11)))
    assert (found.pairs, found.missing) == (8, 3)
    assert found.spearman.value == pytest.approx(scipy.stats.spearmanr(x[:8], [1, 3, 2, 5, 4, 6, 8, 7]).statistic)


def test_too_few_constant_and_none() -> None:
    assert correlate([], [], []).spearman.note == "fewer than 8 pairs"
    assert correlate([1, 2], [2, 1], [0, 1]).spearman.value is None
    constant = correlate([1.0] * 9, list(range(9)), list(range(9)))
    assert (constant.spearman.value, constant.spearman.status, constant.spearman.note) == (
        None,
        "degenerate",
        "always the same",
    )
    one_group = correlate(list(range(1, 10)), [2, 1, 3, 5, 4, 6, 7, 9, 8], ["0"] * 9)
    assert one_group.spearman.low is None


def test_log_slope_of_a_power_law_is_its_exponent() -> None:
    x = [1.0, 2, 3, 5, 7, 11, 13, 17, 19, 23]
    found = correlate(x, [3 * value**1.5 for value in x], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]).log_slope
    assert found.value == pytest.approx(1.5)
    assert correlate([0.0, *x], [1.0, *x], list(range(11))).log_slope.value is None


@pytest.mark.parametrize("clusters", [3, 9])
def test_the_slope_and_its_standard_error_are_statsmodels_crv3(clusters: int) -> None:
    generator = np.random.default_rng(clusters)
    codes = np.concatenate([np.arange(clusters), generator.integers(0, clusters, 40)])
    x = generator.normal(size=len(codes)) + codes
    y = 0.5 * x + generator.normal(size=len(codes))
    fit = sm.OLS(y, sm.add_constant(x))
    try:
        theirs = fit.fit(cov_type="cluster-crv3", cov_kwds={"groups": codes}, use_t=True)
    except ValueError:
        pytest.skip("this statsmodels has no CRV3")
    found = cluster_slope(x, y, codes)
    assert found.value == pytest.approx(theirs.params[1], abs=1e-9)
    assert (found.low, found.high) == pytest.approx(tuple(theirs.conf_int()[1]), abs=1e-9)
    assert slope_test(x, y, codes).p == pytest.approx(theirs.pvalues[1], abs=1e-9)


def test_a_slope_of_constant_or_no_data() -> None:
    assert cluster_slope(np.ones(5), np.arange(5.0), np.arange(5)).value is None
    assert cluster_slope(np.array([]), np.array([]), np.array([], np.int64)).value is None
    one = cluster_slope(np.arange(5.0), np.arange(5.0), np.zeros(5, np.int64))
    assert (one.value, one.low) == (pytest.approx(1.0), None)
    alike = cluster_slope(np.array([0.0, 1.0] * 3), np.array([0.0, 2.0] * 3), np.array([0, 0, 1, 1, 2, 2]))
    assert (alike.value, alike.low, alike.high, alike.status) == (2.0, None, None, "degenerate")
    assert slope_test(np.ones(5), np.arange(5.0), np.arange(5)).p is None
    assert group_codes(["b", "a", "b"]).tolist() == [0, 1, 0]


@given(st.lists(st.integers(-9, 9).map(float), min_size=3, max_size=40).filter(lambda values: len(set(values)) > 1))
def test_the_medcouple_is_the_median_of_its_kernel(values: list[float]) -> None:
    x = np.sort(values)
    m = float(np.median(x))
    kernel = []
    at_median = [i for i in range(len(x)) if x[i] == m]
    for i, low in enumerate(x):
        for j, high in enumerate(x):
            if low <= m <= high:
                if low == high:
                    kernel.append(float(np.sign(at_median.index(i) + at_median.index(j) - (len(at_median) - 1))))
                else:
                    kernel.append(((high - m) - (m - low)) / (high - low))
    assert medcouple(x) == pytest.approx(float(np.median(kernel)), abs=1e-9)


def test_the_medcouple_is_statsmodels() -> None:
    from statsmodels.stats.stattools import medcouple as theirs

    x = np.sort(np.random.default_rng(6).lognormal(size=301))
    assert medcouple(x) == pytest.approx(float(theirs(x)), abs=1e-9)
    many = np.sort(np.random.default_rng(7).lognormal(size=20_001))
    assert medcouple(many) == pytest.approx(float(theirs(many[::10])), abs=0.03)


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6), st.just(math.nan)), max_size=60))
def test_a_distribution_is_numpys(values: list[float | None]) -> None:
    known = np.array([value for value in values if value is not None and not math.isnan(value)])
    found = distribution(values)
    assert (found.n, found.missing) == (len(known), len(values) - len(known))
    if not len(known):
        assert (found.mean, found.status, found.note) == (None, "none", "no values")
        return
    assert found.mean == pytest.approx(known.mean(), abs=1e-6)
    assert found.sd == (pytest.approx(known.std(ddof=1), abs=1e-6) if len(known) > 1 else None)
    for q, value in found.quantiles:
        assert value == pytest.approx(np.quantile(known, q), abs=1e-6)
    assert sum(found.counts) == found.n
    assert len(found.edges) == len(found.counts) + 1
    assert len(found.counts) <= 40


def test_constant_and_one_value() -> None:
    tenths = distribution([0.1] * 3)
    assert (tenths.mean, tenths.sd) == (0.1, 0.0), "the mean of what is always the same is that"
    found = distribution([2.0] * 20)
    assert (found.sd, found.skew, found.status, found.counts) == (0.0, None, "degenerate", (20,))
    assert (distribution([1.0]).sd, distribution([1.0]).note) == (None, "one value")
    assert distribution([1.0, math.inf]).missing == 1
