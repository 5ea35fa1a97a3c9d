from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.analysis.calls.diversity import diversity, inequality, tool_counts, tool_counts_by_task
from tests.analysis.call_records import calls_of

COUNTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 40), min_size=2)


@given(COUNTS)
def test_gini_is_the_mean_difference_of_all_pairs(counts: dict[str, int]) -> None:
    found = inequality(counts)
    x = list(counts.values())
    n = len(x)
    pairs = sum(abs(a - b) for a in x for b in x)
    assert found.gini == pytest.approx(pairs / (2 * n * sum(x)), abs=1e-9)
    assert found.gini_corrected == pytest.approx(pairs / (2 * (n - 1) * sum(x)), abs=1e-9)


@given(COUNTS)
def test_gini_is_twice_the_area_under_the_diagonal_of_the_lorenz_curve(counts: dict[str, int]) -> None:
    found = inequality(counts)
    xs, ys = zip(*found.lorenz, strict=True)
    assert (xs[0], ys[0], xs[-1], ys[-1]) == (0.0, 0.0, 1.0, 1.0)
    assert found.gini == pytest.approx(1 - 2 * np.trapezoid(ys, xs), abs=1e-9)


def test_unused_tools_count_when_they_are_known() -> None:
    used = inequality({"a": 5, "b": 5})
    assert (used.gini, used.includes_unused) == (0.0, False)
    assert "used tools only" in used.note
    of_four = inequality({"a": 5, "b": 5}, ["a", "b", "c", "d"])
    assert (of_four.gini, of_four.unused, of_four.includes_unused) == (0.5, 2, True)
    assert inequality({"a": 5}, ["a", "b", "c"]).gini_corrected == pytest.approx(1.0)


def test_one_tool_and_none() -> None:
    assert inequality({"a": 5}).note == "one tool: Gini undefined"
    assert inequality({"a": 5}).gini is None
    assert inequality({}).note == "no tool calls"
    assert inequality({"a": 0}, ["a", "b"]).gini is None


@given(COUNTS)
def test_entropy_is_scipys_and_the_others_follow(counts: dict[str, int]) -> None:
    found = diversity(counts)
    x = np.array(list(counts.values()), float)
    p = x / x.sum()
    assert found.bits == pytest.approx(scipy.stats.entropy(x, base=2), abs=1e-9)
    assert found.hill1 == pytest.approx(math.exp(scipy.stats.entropy(x)), abs=1e-9)
    assert found.hhi == pytest.approx(float((p**2).sum()), abs=1e-9)
    assert found.hill2 == pytest.approx(1 / float((p**2).sum()), abs=1e-9)
    assert found.pielou == pytest.approx(scipy.stats.entropy(x) / math.log(len(x)), abs=1e-9)
    assert found.miller_madow == pytest.approx(
        scipy.stats.entropy(x, base=2) + (len(x) - 1) / (2 * x.sum()) / math.log(2), abs=1e-9
    )


def test_the_standard_error_leaves_out_one_task_at_a_time() -> None:
    by_task = {"0": {"a": 3, "b": 1}, "1": {"a": 1, "b": 4, "c": 1}, "2": {"c": 5}}
    total = {"a": 4, "b": 5, "c": 6}
    found = diversity(total, by_task)
    left = [scipy.stats.entropy([total[k] - own.get(k, 0) for k in total], base=2) for own in by_task.values()]
    error = math.sqrt(2 / 3 * sum((one - np.mean(left)) ** 2 for one in left))
    assert found.bits_se == pytest.approx(error, abs=1e-9)
    half = scipy.stats.t.ppf(0.975, 2) * error * math.log(2)
    assert found.hill1_interval.high == pytest.approx(found.hill1 * math.exp(half), abs=1e-9)
    assert found.hill1_interval.low == pytest.approx(max(1.0, found.hill1 * math.exp(-half)), abs=1e-9)


def test_one_tool_is_one_effective_tool() -> None:
    found = diversity({"a": 9}, {"0": {"a": 4}, "1": {"a": 5}})
    assert (found.bits, found.hill1, found.hill2, found.hhi) == (0.0, 1.0, 1.0, 1.0)
    assert (found.pielou, found.status) == (None, "degenerate")
    assert "evenness undefined" in found.note


def test_no_calls_and_one_task() -> None:
    none = diversity({})
    assert (none.n, none.bits, none.status, none.note) == (0, None, "none", "no tool calls")
    one = diversity({"a": 1, "b": 2}, {"0": {"a": 1, "b": 2}})
    assert (one.bits_se, one.hill1_interval.low) == (None, None)
    assert "one task" in one.hill1_interval.note


def test_counts_of_calls() -> None:
    calls = calls_of("a b a", "1") + calls_of("a", "2", 1)
    assert tool_counts(calls) == {"a": 3, "b": 1}
    assert tool_counts_by_task(calls) == {"1": {"a": 2, "b": 1}, "2": {"a": 1}}
