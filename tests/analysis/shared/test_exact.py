from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.analysis.shared import exact
from tau2_tui.analysis.shared.exact import sign_flip

FRACTIONS = st.lists(st.fractions(-1, 1, max_denominator=12), max_size=9)


def every_sign(differences: list[Fraction]) -> float:
    observed = abs(sum(differences))
    signs = list(itertools.product((-1, 1), repeat=len(differences)))
    return sum(abs(sum(s * d for s, d in zip(row, differences, strict=True))) >= observed for row in signs) / len(signs)


@given(FRACTIONS)
def test_sign_flip_equals_enumeration(differences: list[Fraction]) -> None:
    found = sign_flip(differences)
    telling = [d for d in differences if d]
    assert found.p == pytest.approx(every_sign(telling), abs=1e-9)
    assert found.n == len(telling)
    assert found.p_min == pytest.approx(2 / 2 ** len(telling) if telling else 1.0)
    assert found.p >= found.p_min - 1e-12


@given(st.lists(st.integers(-6, 6), min_size=2, max_size=9).filter(any))
def test_sign_flip_equals_scipys_exact_permutation_test(differences: list[int]) -> None:
    theirs = scipy.stats.permutation_test(
        (np.array(differences, float),), np.sum, permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip(differences).p == pytest.approx(float(theirs.pvalue), abs=1e-9)


@pytest.mark.parametrize(("wins", "losses"), [(6, 0), (5, 1), (10, 3), (30, 12), (0, 0), (1, 0), (4, 4)])
def test_sign_flip_of_whole_steps_is_exact_mcnemar(wins: int, losses: int) -> None:
    expected = scipy.stats.binomtest(wins, wins + losses).pvalue if wins + losses else 1.0
    assert sign_flip([1] * wins + [-1] * losses + [0] * 5).p == pytest.approx(expected, abs=1e-9)


def test_six_tasks_one_way_are_the_least_that_can_show_anything() -> None:
    assert sign_flip([0.1] * 6).p == pytest.approx(2 / 64)
    five = sign_flip([0.1] * 5)
    assert (five.p, five.p_min, five.status) == (0.0625, 0.0625, "few")
    assert "smallest possible p is 0.0625" in five.note


def test_floats_are_the_fractions_they_are_meant_to_be() -> None:
    assert sign_flip([1 / 3, 1 / 3, 1 / 3, -1.0]).p == sign_flip([Fraction(1, 3)] * 3 + [Fraction(-1)]).p == 1.0
    assert sign_flip([0.1, 0.2, -0.3]).p == 1.0


def test_no_difference_is_no_evidence() -> None:
    found = sign_flip([0, 0.0])
    assert (found.p, found.n, found.note) == (1.0, 0, "no task differs")


def test_differences_without_common_measure_are_still_exact_for_few_tasks() -> None:
    differences = [math.pi, -math.e, 1.234567891, math.sqrt(2), -0.1]
    assert sign_flip(differences).p == pytest.approx(every_sign([Fraction(d) for d in differences]), abs=1e-9)


def test_for_many_tasks_they_are_rounded_so_that_p_is_an_upper_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    differences = np.random.default_rng(3).normal(0.4, 1, 15).tolist()
    true = sign_flip(differences)
    monkeypatch.setattr(exact, "_ENUMERATED", 4)
    bound = sign_flip(differences)
    assert "upper bound" in bound.method
    assert true.p <= bound.p <= true.p + 0.01


def test_hundreds_of_tasks_take_no_time_and_agree_with_the_normal_limit() -> None:
    differences = np.random.default_rng(4).normal(0.05, 1, 400)
    z = abs(differences.sum()) / math.sqrt((differences**2).sum())
    found = sign_flip(differences.tolist())
    assert found.p == pytest.approx(2 * scipy.stats.norm.sf(z), abs=1e-9)
    assert "normal approximation" in found.method


def test_hundreds_of_tasks_with_few_trials_stay_exact() -> None:
    steps = np.random.default_rng(5).integers(-4, 5, 500)
    found = sign_flip((steps / 4).tolist())
    assert found.method == "exact sign-flip"
    assert found.p == pytest.approx(sign_flip([Fraction(int(step), 4) for step in steps]).p, abs=1e-12)
    sums = np.zeros(1)
    sums[0] = 1.0
    for step in np.abs(steps):
        sums = np.convolve(sums, [0.5] + [0.0] * (2 * step - 1) + [0.5]) if step else sums
    away = np.abs(np.arange(len(sums)) - (len(sums) - 1) / 2)
    assert found.p == pytest.approx(float(sums[away >= abs(int(steps.sum())) - 1e-9].sum()), abs=1e-9)
