from __future__ import annotations

import itertools
import math
from collections import Counter

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.analysis.calls import loops as loop_finder
from tau2_tui.analysis.calls.loops import loops
from tau2_tui.analysis.calls.sequence import END, START, ngrams, transitions
from tau2_tui.analysis.data.records import Call
from tests.analysis.call_records import call, calls_of

RUNS = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=8).map(" ".join), min_size=1, max_size=5)


def of_runs(runs: list[str]) -> list[Call]:
    return [row for index, names in enumerate(runs) for row in calls_of(names, str(index), index)]


def test_transitions_never_cross_simulations() -> None:
    interleaved = [call("a", simulation=0, i=0), call("b", simulation=1, i=0), call("c", simulation=0, i=1)]
    found = transitions(interleaved)
    pairs = {(row.source, row.target): row.count for row in found.rows}
    assert pairs == {(START, "a"): 1, ("a", "c"): 1, ("c", END): 1, (START, "b"): 1, ("b", END): 1}
    assert (found.total, found.simulations) == (5, 2)


@given(RUNS)
def test_conditional_entropy_is_that_of_pairs_less_that_of_the_first(runs: list[str]) -> None:
    found = transitions(of_runs(runs))
    pairs = Counter[tuple[str, str]]()
    for names in runs:
        steps = [START, *names.split(), END]
        pairs.update(itertools.pairwise(steps))
    firsts = Counter[str]()
    for (source, _), count in pairs.items():
        firsts[source] += count
    joint = scipy.stats.entropy(list(pairs.values()), base=2)
    assert found.entropy == pytest.approx(joint - scipy.stats.entropy(list(firsts.values()), base=2), abs=1e-9)
    assert {(row.source, row.target): row.count for row in found.rows} == pairs


def test_shares_of_a_row_have_wilsons_interval_from_five_on() -> None:
    found = transitions(of_runs(["a b"] * 6 + ["a c"]))
    row = next(row for row in found.rows if (row.source, row.target) == ("a", "b"))
    theirs = scipy.stats.binomtest(6, 7).proportion_ci(method="wilson")
    assert (row.share.value, row.share.low, row.share.high) == pytest.approx((6 / 7, theirs.low, theirs.high), abs=1e-9)
    few = next(row for row in found.rows if row.source == "c")
    assert (few.share.low, few.share.status) == (None, "few")


def test_always_the_same_next_tool_has_no_entropy() -> None:
    assert transitions(of_runs(["a b c", "a b c"])).entropy == 0.0


def test_no_calls() -> None:
    found = transitions([])
    assert (found.rows, found.total, found.entropy, found.note) == ((), 0, None, "no tool calls")
    assert ngrams([], 2) == ()
    assert loops([]).note == "no tool calls"


def test_ngrams_count_overlaps_inside_simulations() -> None:
    found = ngrams(of_runs(["a a a", "a b"]), 2)
    assert [(row.tools, row.count, row.simulations, row.tasks) for row in found] == [
        (("a", "a"), 2, 1, 1),
        (("a", "b"), 1, 1, 1),
    ]
    assert sum(row.share for row in found) == pytest.approx(1.0)
    assert ngrams(of_runs(["a"]), 2) == ()
    assert len(ngrams(of_runs(["a b c d"]), 1, most=2)) == 2
    with pytest.raises(ValueError, match="1 or more"):
        ngrams([], 0)


def test_the_longest_run_of_equal_calls() -> None:
    found = loops(of_runs(["a=1 a=1 a=2 b b b", "a b"]))
    (row,) = found.simulations
    assert (row.longest, row.longest_tool, row.longest_i, row.repeats, row.retries) == (3, "b", 3, 3, 0)
    assert (found.longest, found.looping, found.note) == (3, 1, "")


def test_an_identical_call_after_its_failure_is_a_retry() -> None:
    found = loops(of_runs(["a=1! a=1! a=1 a=2! a=3"]))
    assert (found.retries, found.simulations[0].repeats) == (2, 2)


def test_cycles_need_two_rounds_and_different_calls() -> None:
    (row,) = loops(of_runs(["x a=1 b a=1 b a=1 c"])).simulations
    (cycle,) = row.cycles
    assert (cycle.tools, cycle.rounds, cycle.i) == (("a", "b"), 2, 1)
    assert loops(of_runs(["a b c a b c"])).simulations[0].cycles[0].tools == ("a", "b", "c")
    assert loops(of_runs(["a a a a"])).cycles == 0
    assert loops(of_runs(["a=1 b a=2 b"])).cycles == 0


def test_tens_of_thousands_of_equal_calls_are_looked_through_once() -> None:
    rows = of_runs(["b b " + "a " * 30_000 + "b"])
    found = loops(rows)
    assert (found.longest, found.cycles) == (30_000, 0)
    looked_at = 0

    class Key:
        def __eq__(self, other: object) -> bool:
            nonlocal looked_at
            looked_at += 1
            return True

        def __hash__(self) -> int:
            return 1

    assert loop_finder._cycles([Key() for _ in range(2_000)], rows[:2_000]) == []
    assert looked_at < 20 * 2_000


def test_no_repeated_call() -> None:
    found = loops(of_runs(["a b a", "c"]))
    assert (found.longest, found.looping, found.simulations, found.note) == (1, 0, (), "no repeated call")


def test_the_order_of_arguments_plays_no_part() -> None:
    rows = [call("a", i=0, args={"x": 1, "y": 2}), call("a", i=1, args={"y": 2, "x": 1})]
    assert loops(rows).longest == 2


def test_odd_arguments_do_no_harm() -> None:
    rows = [call("a", i=i, args={"x": 10**30, "y": "\ud800", "z": math.nan}) for i in range(2)]
    assert loops(rows).longest == 2
