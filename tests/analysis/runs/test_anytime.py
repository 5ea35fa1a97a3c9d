from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from tau2_tui.analysis.runs.anytime import anytime, anytime_success
from tests.analysis.made_runs import run_of


def evidence(x: int, n: int, p: float) -> float:
    """The mixture's likelihood ratio, integrated numerically."""
    mixture, _ = integrate.quad(lambda q: stats.binom.pmf(x, n, q), 0, 1, epsabs=1e-13, epsrel=1e-13)
    return mixture / float(stats.binom.pmf(x, n, p))


@pytest.mark.parametrize(("x", "n"), [(1, 1), (0, 3), (3, 5), (17, 40), (40, 40)])
def test_ends_are_where_the_evidence_reaches_20(x: int, n: int) -> None:
    found = anytime(x, n).estimate
    assert found.low is not None and found.high is not None
    for end in (found.low, found.high):
        if 0 < end < 1:
            assert evidence(x, n, end) == pytest.approx(20, rel=1e-6)
    assert (found.low == 0) == (x == 0) and (found.high == 1) == (x == n)
    assert anytime(x, n, null=0.3).e_value == pytest.approx(evidence(x, n, 0.3), rel=1e-9)


@given(
    st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.5, 0.95, 0.999])
)
def test_an_interval_holds_the_rate(pair: tuple[int, int], level: float) -> None:
    x, n = pair
    found = anytime(x, n, level=level).estimate
    assert found.low is not None and found.high is not None
    assert 0 <= found.low <= x / n <= found.high <= 1


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8, 0.97])
def test_looking_at_every_outcome_misleads_in_at_most_5_percent(p: float) -> None:
    """The chance of ever excluding the true rate in 150 looks, by enumeration of all paths."""
    alive = np.array([1.0])
    lost = 0.0
    for n in range(1, 151):
        following = np.zeros(n + 1)
        following[: len(alive)] += alive * (1 - p)
        following[1:] += alive * p
        for x in np.flatnonzero(following):
            if math.log(20) <= -math.log(n + 1) - stats.binom.logpmf(x, n, p):
                lost += following[x]
                following[x] = 0.0
        alive = following
    assert 0 < lost < 0.05
    found = anytime(140, 150).estimate
    excluded = math.log(20) <= -math.log(151) - stats.binom.logpmf(140, 150, p)
    assert excluded == (not (found.low or 0) < p < (found.high or 1))


def test_nothing_yet() -> None:
    found = anytime(0, 0)
    assert (found.estimate.value, found.estimate.low, found.estimate.high, found.e_value) == (None, 0.0, 1.0, 1.0)
    assert "safe to look at any time" in found.estimate.note


def test_a_task_counts_once_with_its_first_trial() -> None:
    found = anytime_success(run_of({"a": [1.0, 0.0, 0.0], "b": [0.0, 1.0], "c": [None, 1.0]})).estimate
    assert (found.n, found.value) == (3, pytest.approx(2 / 3))


def test_overwhelming_evidence_stays_a_number() -> None:
    found = anytime(100_000, 100_000)
    assert math.isfinite(found.e_value) and found.estimate.high == 1.0
    assert anytime(999_999, 1_000_000).estimate.high is not None
