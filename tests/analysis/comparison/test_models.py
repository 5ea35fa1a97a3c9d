from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from tau2_tui.analysis.comparison.models import compare_model
from tests.analysis.made_runs import counts, run_of

A = [1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0]
B = [1, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 1]


def singles(outcomes: list[int]) -> dict[str, list[float]]:
    return counts(*[(outcome, 1) for outcome in outcomes])


def mancl_derouen(a: list[int], b: list[int]) -> tuple[float, float]:
    """Return coefficient and error for pairs by hand: saturated means, exchangeable correlation by moments."""
    y = np.array([a, b], float).T
    p = y.mean(0)
    design = np.array([[1.0, 0.0], [1.0, 1.0]])
    spread = np.sqrt(p * (1 - p))
    residuals = (y - p) / spread
    scale = (residuals**2).sum() / (y.size - 2)
    rho = residuals.prod(1).sum() / (len(a) - 2) / scale
    variance = scale * np.diag(spread) @ np.array([[1, rho], [rho, 1]]) @ np.diag(spread)
    derivative = np.diag(p * (1 - p)) @ design
    inverse = np.linalg.inv(variance)
    bread = np.linalg.inv(len(a) * derivative.T @ inverse @ derivative)
    leverage = derivative @ bread @ derivative.T @ inverse
    corrected = np.linalg.solve(np.eye(2) - leverage, (y - p).T)
    scores = derivative.T @ inverse @ corrected
    covariance = bread @ scores @ scores.T @ bread
    return math.log(p[1] / (1 - p[1])) - math.log(p[0] / (1 - p[0])), math.sqrt(covariance[1, 1])


def test_gee_equals_the_computation_by_hand() -> None:
    found = compare_model(run_of(singles(A)), run_of(singles(B))).gee
    value, error = mancl_derouen(A, B)
    assert found.log_odds_ratio.value == pytest.approx(value, abs=1e-9)
    t = stats.t.ppf(0.975, len(A) - 1)
    assert found.log_odds_ratio.low == pytest.approx(value - t * error, abs=1e-9)
    assert found.test.p == pytest.approx(2 * stats.t.sf(abs(value / error), len(A) - 1), abs=1e-9)
    assert found.odds_ratio.value == pytest.approx(math.exp(value), abs=1e-9)


def test_conditional_logit_of_pairs_is_the_ratio_of_wins_and_losses() -> None:
    found = compare_model(run_of(singles(A)), run_of(singles(B))).conditional
    won, lost = sum(b > a for a, b in zip(A, B, strict=True)), sum(a > b for a, b in zip(A, B, strict=True))
    error = math.sqrt(1 / won + 1 / lost)
    assert found.log_odds_ratio.value == pytest.approx(math.log(won / lost), abs=1e-9)
    assert found.log_odds_ratio.high == pytest.approx(math.log(won / lost) + 1.959963984540054 * error, abs=1e-8)
    assert (found.tasks_used, found.tasks_dropped) == (9, 5)


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        ([1] * 8, [1, 1, 0, 1, 0, 1, 1, 0], "no variation in the first run"),
        ([0, 1] * 4, [0] * 8, "no variation in the second run"),
        ([0, 1] * 4, [0, 1] * 4, "no task differs"),
        ([0], [1], "fewer than 2 common tasks"),
    ],
)
def test_what_would_diverge_is_not_fitted(a: list[int], b: list[int], why: str) -> None:
    found = compare_model(run_of(singles(a)), run_of(singles(b)))
    assert found.gee.log_odds_ratio.value is None and why in found.gee.log_odds_ratio.note
    assert found.conditional.test.p is None


def test_tasks_that_all_point_one_way_diverge_inside_tasks() -> None:
    found = compare_model(run_of(singles([0, 0, 0, 1, 0, 1])), run_of(singles([1, 1, 1, 1, 0, 1])))
    assert "point one way" in found.conditional.log_odds_ratio.note
    assert found.gee.log_odds_ratio.value is not None


def test_several_trials() -> None:
    rng = np.random.default_rng(1)
    hard = rng.normal(size=12)
    a = counts(*[(int(rng.binomial(4, 1 / (1 + math.exp(h)))), 4) for h in hard])
    b = counts(*[(int(rng.binomial(4, 1 / (1 + math.exp(h - 1)))), 4) for h in hard])
    found = compare_model(run_of(a), run_of(b))
    for result in (found.gee, found.conditional):
        assert result.log_odds_ratio.value is not None and result.test.p is not None and 0 < result.test.p < 1
        assert result.log_odds_ratio.low is not None and result.log_odds_ratio.low < result.log_odds_ratio.value


def test_nothing() -> None:
    assert compare_model([], []).status == "none"
