from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from tau2_tui.analysis.shared import permutation
from tau2_tui.analysis.shared.permutation import Stratum, permute_rows, permute_tables, permute_within
from tau2_tui.analysis.shared.ranks import doubled_midranks

STRATA = st.lists(
    st.lists(st.tuples(st.integers(-4, 6), st.booleans()), min_size=1, max_size=5).map(
        lambda rows: Stratum(tuple(score for score, _ in rows), tuple(chosen for _, chosen in rows))
    ),
    max_size=3,
)

BINARY = st.lists(
    st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=6).map(
        lambda rows: Stratum(tuple(int(score) for score, _ in rows), tuple(chosen for _, chosen in rows))
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


@given(st.one_of(STRATA, BINARY))
@settings(max_examples=250)
def test_permutation_within_tasks_equals_enumeration(strata: list[Stratum]) -> None:
    found = permute_within(strata)
    telling = [own for own in strata if 0 < sum(own.chosen) < len(own.chosen) and len(set(own.scores)) > 1]
    if not telling:
        assert (found.p, found.status) == (None, "none")
        return
    p, p_min = every_assignment(telling)
    assert (found.p, found.p_min) == (pytest.approx(p, abs=1e-9), pytest.approx(p_min, abs=1e-9))


def test_long_distributions_are_added_by_fourier_transform(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(6)
    strata = [
        Stratum(tuple(generator.integers(0, 90, 5).tolist()), tuple((generator.random(5) < 0.4).tolist()))
        for _ in range(40)
    ]
    found = permute_within(strata)
    monkeypatch.setattr(permutation, "_DIRECT", 10**9)
    assert found.p == pytest.approx(permute_within(strata).p, abs=1e-12)
    assert "exact" in found.method


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
    monkeypatch.setattr(permutation, "_REACH", 10)
    approximate = permute_within(strata)
    assert "normal approximation" in approximate.method
    assert approximate.p == pytest.approx(true.p, abs=0.02)


def test_a_table_a_task_says_what_its_rows_say() -> None:
    generator = np.random.default_rng(8)
    sizes = generator.integers(1, 60, 120)
    tasks = np.repeat(np.arange(120), sizes)
    scores, chosen = generator.integers(0, 2, len(tasks)), generator.random(len(tasks)) < 0.3
    counted = [np.bincount(tasks, row).astype(np.int64) for row in (chosen, scores, chosen * scores)]
    found = permute_tables(sizes, *counted)
    assert found == permute_rows(scores, chosen, tasks)
    assert "exact" in found.method
    wide = permute_rows(scores * 2, chosen, tasks)  # the same by drawing from every score
    assert (found.p, found.p_min, found.n) == (pytest.approx(wide.p, abs=1e-9), pytest.approx(wide.p_min), wide.n)
    assert 2 * (found.stat or 0) == pytest.approx(wide.stat)


def test_a_table_is_the_exact_test_of_fisher() -> None:
    found = permute_tables(*(np.array([value]) for value in (17, 6, 8, 5)))
    table = [[5, 3], [1, 8]]
    ways = scipy.stats.hypergeom(17, 8, 6)
    away = abs(5 - 48 / 17)
    assert found.p == pytest.approx(sum(ways.pmf(k) for k in range(7) if abs(k - 48 / 17) >= away - 1e-9), abs=1e-12)
    assert found.p == pytest.approx(scipy.stats.fisher_exact(table).pvalue, abs=0.02)
