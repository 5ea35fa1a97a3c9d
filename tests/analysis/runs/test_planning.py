from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tau2_tui.analysis.runs.planning import plan
from tests.analysis.made_runs import counts, run_of

tasks = st.lists(st.integers(2, 5).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=3, max_size=12)


@settings(max_examples=40)
@given(tasks, st.sampled_from([0.08, 0.15, 0.3]))
def test_tasks_needed_is_the_first_number_that_is_enough(pairs: list[tuple[int, int]], half_width: float) -> None:
    means = [c / n for c, n in pairs]
    found = plan(run_of(counts(*pairs)), half_width)
    if len(set(means)) == 1:
        assert found.status == "degenerate" and found.tasks_needed is None
        return
    spread = np.var(means, ddof=1)
    needed = next(g for g in range(2, 10**6) if stats.t.ppf(0.975, g - 1) * math.sqrt(spread / g) <= half_width)
    assert found.tasks_needed == needed
    assert found.current == pytest.approx(stats.t.ppf(0.975, len(means) - 1) * math.sqrt(spread / len(means)), abs=1e-9)


def test_trials_needed_is_the_first_number_that_is_enough() -> None:
    pairs = [(2, 4)] * 6 + [(3, 4)] * 6 + [(1, 4)] * 6
    found = plan(run_of(counts(*pairs)), 0.06)
    means = [c / n for c, n in pairs]
    within = np.mean([np.var([1] * c + [0] * (n - c), ddof=1) for c, n in pairs])
    between = max(0.0, np.var(means, ddof=1) - within / 4)
    limit = (0.06 / stats.t.ppf(0.975, 17)) ** 2
    expected = next(k for k in range(4, 10**6) if (between + within / k) / 18 <= limit)
    assert (found.trials_needed, found.trials_help) == (expected, True)
    assert (found.between, found.within) == (pytest.approx(between, abs=1e-9), pytest.approx(within, abs=1e-9))


def test_more_trials_cannot_help_where_tasks_differ() -> None:
    found = plan(run_of(counts(*[(4, 4)] * 8, *[(0, 4)] * 7, (3, 4))), 0.05)
    assert (found.trials_needed, found.trials_help) == (None, False)
    assert "more trials cannot help" in found.note


def test_single_trials_tell_nothing_of_more_trials() -> None:
    found = plan(run_of(counts(*[(1, 1)] * 8, *[(0, 1)] * 8)), 0.05)
    assert found.trials_help is None and found.tasks_needed is not None and "needs 2+ trials" in found.note


def test_poor_data_are_named() -> None:
    assert plan([]).note == "no finished simulations"
    assert plan(run_of(counts((1, 2)))).status == "none"
    assert plan(run_of(counts(*[(2, 2)] * 9))).note == "all tasks agree: nothing to plan from"
    few = plan(run_of(counts(*[(2, 2)] * 9, (0, 2))))
    assert few.status == "few" and "rough guess: tasks that tell: 1" in few.note


def test_a_wide_wish_is_already_fulfilled() -> None:
    found = plan(run_of(counts(*[(4, 4)] * 10, *[(0, 4)] * 10)), 0.5)
    assert (found.trials_needed, found.trials_help) == (4, True)


def test_no_width_is_refused() -> None:
    for half_width in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="half width"):
            plan([], half_width)
