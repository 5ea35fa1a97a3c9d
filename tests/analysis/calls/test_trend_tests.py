"""The library tests beside the trend, the jump and the steps to the end, against their own formulas."""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.analysis.calls.steps import steps_to_end
from tau2_tui.analysis.calls.trends import change_point, trend
from tau2_tui.analysis.data.records import Simulation
from tests.analysis.call_records import sim


def rows(values: list[list[float]]) -> list[Simulation]:
    """Return simulations of tasks x trials with these durations, an hour apart, trial by trial."""
    places = [(task, trial) for trial in range(len(values[0])) for task in range(len(values))]
    return [
        sim(i, str(task), None, trial=trial, start=1e9 + 3600.0 * i, duration=values[task][trial])
        for i, (task, trial) in enumerate(places)
    ]


def residuals(values: list[list[float]]) -> tuple[list[float], list[float]]:
    """Return times in hours and values, each less its task's mean, in the order of time."""
    table = np.array(values)
    tasks, trials = table.shape
    hours = np.arange(tasks * trials, dtype=float).reshape(trials, tasks).T
    x, y = hours - hours.mean(1, keepdims=True), table - table.mean(1, keepdims=True)
    return np.round(x.T.ravel(), 9).tolist(), np.round(y.T.ravel(), 9).tolist()


tables = st.integers(2, 4).flatmap(
    lambda trials: st.lists(
        st.lists(st.integers(0, 4).map(float), min_size=trials, max_size=trials), min_size=4, max_size=7
    ).filter(lambda table: any(len(set(row)) > 1 for row in table))
)


def ties(values: list[float]) -> list[int]:
    return [count for count in Counter(values).values() if count > 1]


def sens_variance(x: list[float], y: list[float]) -> float:
    n = len(x)
    tied = sum(k * (k - 1) * (2 * k + 5) for values in (x, y) for k in ties(values))
    return (n * (n - 1) * (2 * n + 5) - tied) / 18


@given(tables, st.sampled_from([0.1, 0.4, 0.5, 0.9, 0.95]))
def test_theil_and_sens_interval_by_sens_formula(table: list[list[float]], level: float) -> None:
    found = trend(rows(table), "duration", level=level).theil_sen
    x, y = residuals(table)
    pairs = list(combinations(range(len(x)), 2))
    slopes = sorted((y[j] - y[i]) / (x[j] - x[i]) for i, j in pairs if x[i] != x[j])
    if found is None:
        return
    half = scipy.stats.norm.ppf((1 + level) / 2) * math.sqrt(max(0.0, sens_variance(x, y)))
    low = max(round((len(slopes) - half) / 2) - 1, 0)
    high = min(round((len(slopes) + half) / 2), len(slopes) - 1)
    assert found.value == pytest.approx(float(np.median(slopes)), abs=1e-9)
    assert (found.low, found.high) == (pytest.approx(slopes[low], abs=1e-9), pytest.approx(slopes[high], abs=1e-9))
    assert found.low <= found.value <= found.high


@given(tables)
def test_mann_and_kendall_by_counting_pairs(table: list[list[float]]) -> None:
    found = trend(rows(table), "duration").mann_kendall
    if found is None or found.p is None:
        return
    x, y = residuals(table)
    n = len(x)
    score = sum(int(np.sign(x[j] - x[i]) * np.sign(y[j] - y[i])) for i, j in combinations(range(n), 2))
    total = n * (n - 1) / 2
    tied = [sum(k * (k - 1) / 2 for k in ties(values)) for values in (x, y)]
    assert found.stat == pytest.approx(score / math.sqrt((total - tied[0]) * (total - tied[1])), abs=1e-9)
    if not ties(y) and not ties(x):
        return  # scipy takes the exact distribution then
    assert found.p == pytest.approx(2 * scipy.stats.norm.sf(abs(score) / math.sqrt(_variance(x, y))), abs=1e-9)


def _variance(x: list[float], y: list[float]) -> float:
    """Return the variance of Kendall's score with ties in both."""
    n = len(x)
    kx, ky = (ties(values) for values in (x, y))
    v0 = n * (n - 1) * (2 * n + 5)
    vx, vy = (sum(k * (k - 1) * (2 * k + 5) for k in tied) for tied in (kx, ky))
    v1 = sum(k * (k - 1) for k in kx) * sum(k * (k - 1) for k in ky) / (2 * n * (n - 1))
    triples = [sum(k * (k - 1) * (k - 2) for k in tied) for tied in (kx, ky)]
    v2 = triples[0] * triples[1] / (9 * n * (n - 1) * (n - 2))
    return (v0 - vx - vy) / 18 + v1 + v2


def test_the_cusum_is_the_largest_of_the_standardised_sums() -> None:
    table = np.random.default_rng(3).normal(size=(6, 4)).tolist()
    found = change_point(rows(table), "duration").cusum
    _, y = residuals(table)
    sums = np.abs(np.cumsum(y))
    statistic = float(sums.max() / math.sqrt(len(y) * np.var(y, ddof=0) * len(y) / (len(y) - 1)))
    assert found is not None
    assert found.stat == pytest.approx(statistic, abs=1e-9)
    series = 2 * sum((-1) ** (k - 1) * math.exp(-2 * k * k * statistic**2) for k in range(1, 200))
    assert found.p == pytest.approx(min(1.0, series), abs=1e-9)


def ended_so(ends: list[tuple[int, str]]) -> list[Simulation]:
    """Return simulations from their number of messages and how they ended: +, - or ? for running."""
    outcome = {"+": True, "-": False, "?": None}
    return [sim(i, messages=n, success=outcome[how], ended=how != "?") for i, (n, how) in enumerate(ends)]


ENDS = st.lists(st.tuples(st.integers(1, 9), st.sampled_from("+-?")), min_size=3, max_size=20)


@given(ENDS)
def test_the_error_of_a_cumulative_incidence_is_that_of_the_delta_method(ends: list[tuple[int, str]]) -> None:
    curves = {curve.end: curve for curve in steps_to_end(ended_so(ends)).curves}
    for cause, end in (("+", "success"), ("-", "failure")):
        curve = curves.get(end)
        if curve is None or curve.standard_error is None:
            continue
        for time, share, error in zip(curve.steps, curve.share, curve.standard_error, strict=True):
            expected = _delta_method(ends, cause, time)
            assert error == pytest.approx(expected, abs=1e-9)
            assert 0 <= share <= 1


def _delta_method(ends: list[tuple[int, str]], cause: str, until: float) -> float:
    surviving, incidence, steps = 1.0, 0.0, []
    for time in sorted({n for n, _ in ends if n <= until}):
        at_risk = sum(n >= time for n, _ in ends)
        own = sum(n == time and how == cause for n, how in ends)
        every = sum(n == time and how in "+-" for n, how in ends)
        incidence += surviving * own / at_risk
        steps.append((surviving, incidence, at_risk, own, every))
        surviving *= 1 - every / at_risk
    total = 0.0
    for before, reached, n, own, every in steps:
        total += (incidence - reached) ** 2 * every / (n * (n - every)) if every < n else 0.0
        total += before**2 * (n - own) * own / n**3 - 2 * (incidence - reached) * before * own / n**2
    return math.sqrt(max(0.0, total))


@given(ENDS)
def test_any_end_is_kaplan_and_meiers_with_greenwoods_error(ends: list[tuple[int, str]]) -> None:
    curve = next((one for one in steps_to_end(ended_so(ends)).curves if one.end == "any"), None)
    if curve is None:
        assert all(how == "?" for _, how in ends)
        return
    surviving, greenwood, expected = 1.0, 0.0, {}
    for time in sorted({n for n, how in ends if how in "+-"}):
        at_risk, ended = sum(n >= time for n, _ in ends), sum(n == time and how in "+-" for n, how in ends)
        surviving *= 1 - ended / at_risk
        greenwood += ended / (at_risk * (at_risk - ended)) if ended < at_risk else 0.0
        expected[float(time)] = (1 - surviving, surviving * math.sqrt(greenwood))
    assert dict(zip(curve.steps, curve.share, strict=True)) == pytest.approx({t: s for t, (s, _) in expected.items()})
    if curve.standard_error is not None:
        errors = dict(zip(curve.steps, curve.standard_error, strict=True))
        assert errors == pytest.approx({t: e for t, (_, e) in expected.items()}, abs=1e-9)
