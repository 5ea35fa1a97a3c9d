from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from tau2_tui.analysis.shared import exact
from tau2_tui.analysis.shared.adjust import adjust_tests, adjusted
from tau2_tui.analysis.shared.estimate import Test
from tau2_tui.analysis.shared.exact import Stratum, doubled_midranks, midranks_within, permute_within, sign_flip

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


def test_long_distributions_are_added_by_fourier_transform(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(6)
    strata = [
        Stratum(tuple(generator.integers(0, 90, 5).tolist()), tuple((generator.random(5) < 0.4).tolist()))
        for _ in range(40)
    ]
    found = permute_within(strata)
    monkeypatch.setattr(exact, "_DIRECT", 10**9)
    assert found.p == pytest.approx(permute_within(strata).p, abs=1e-12)
    assert "exact" in found.method


def test_midranks_inside_tasks() -> None:
    values, tasks = np.array([3.0, 1.0, 3.0, 5.0, 5.0, 2.0, 9.0]), np.array([0, 1, 0, 1, 0, 1, 2])
    found = midranks_within(values, tasks)
    for task in range(3):
        assert found[tasks == task].tolist() == (2 * scipy.stats.rankdata(values[tasks == task])).tolist()


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


STRATA = st.lists(
    st.lists(st.tuples(st.integers(-4, 6), st.booleans()), min_size=1, max_size=5).map(
        lambda rows: Stratum(tuple(score for score, _ in rows), tuple(chosen for _, chosen in rows))
    ),
    max_size=3,
)


def every_assignment(strata: list[Stratum]) -> tuple[float, float]:
    """Return the two-sided p and the smallest possible one by going through all assignments."""
    options = [
        [sum(subset) for subset in itertools.combinations(stratum.scores, sum(stratum.chosen))] for stratum in strata
    ]
    mean = sum((Fraction(sum(own), len(own)) for own in options), Fraction(0))
    away = [abs(sum(sums) - mean) for sums in itertools.product(*options)]
    made = sum(score for own in strata for score, chosen in zip(own.scores, own.chosen, strict=True) if chosen)
    observed = abs(made - mean)
    return sum(one >= observed for one in away) / len(away), away.count(max(away)) / len(away)


@given(STRATA)
@settings(max_examples=150)
def test_permutation_within_tasks_equals_enumeration(strata: list[Stratum]) -> None:
    found = permute_within(strata)
    telling = [own for own in strata if 0 < sum(own.chosen) < len(own.chosen) and len(set(own.scores)) > 1]
    if not telling:
        assert (found.p, found.status) == (None, "none")
        return
    p, p_min = every_assignment(telling)
    assert (found.p, found.p_min) == (pytest.approx(p, abs=1e-9), pytest.approx(p_min, abs=1e-9))


def test_one_task_is_the_exact_rank_sum_test() -> None:
    x, y = [3.1, 4.5, 7.0, 1.2], [2.0, 8.0, 9.5]
    ranks = doubled_midranks([*x, *y]).tolist()
    found = permute_within([Stratum(tuple(ranks), (True,) * 4 + (False,) * 3)])
    assert found.p == pytest.approx(scipy.stats.mannwhitneyu(x, y, method="exact").pvalue, abs=1e-9)


def test_too_large_tasks_get_the_normal_approximation_with_the_exact_variance(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(5)
    strata = [
        Stratum(tuple(generator.integers(0, 40, 30).tolist()), tuple((generator.random(30) < 0.4).tolist()))
        for _ in range(4)
    ]
    true = permute_within(strata)
    monkeypatch.setattr(exact, "_REACH", 10)
    approximate = permute_within(strata)
    assert "normal approximation" in approximate.method
    assert approximate.p == pytest.approx(true.p, abs=0.02)


@given(st.lists(st.sampled_from([0.0, 1.0, 1.5, 2.0, 7.25]), min_size=1, max_size=20))
def test_midranks_are_scipys(values: list[float]) -> None:
    assert doubled_midranks(values).tolist() == (2 * scipy.stats.rankdata(values)).tolist()


@given(st.lists(st.one_of(st.none(), st.just(math.nan), st.floats(0, 1)), max_size=12))
def test_adjustment_is_the_step_up_rule_over_what_was_tested(p_values: list[float | None]) -> None:
    tested = [p for p in p_values if p is not None and not math.isnan(p)]
    found = adjusted(p_values)
    assert [value is None for value in found] == [p is None or math.isnan(p) for p in p_values]
    expected = [min(1.0, min(q * len(tested) / sum(r <= q for r in tested) for q in tested if q >= p)) for p in tested]
    assert [value for value in found if value is not None] == pytest.approx(expected, abs=1e-9)
    if tested:
        theirs = scipy.stats.false_discovery_control(tested)
        assert [value for value in found if value is not None] == pytest.approx(theirs.tolist(), abs=1e-9)


def test_tests_keep_everything_else() -> None:
    rows = adjust_tests([Test(0.01, 1.0, 5), Test(None, note="nothing"), Test(0.04)], "holm")
    assert [row.p_adj for row in rows] == [pytest.approx(0.02), None, pytest.approx(0.04)]
    assert rows[1].note == "nothing"
    assert rows[0].stat == 1.0
