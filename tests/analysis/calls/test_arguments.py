from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from tau2_tui.analysis.calls.arguments import argument_profile, canonical, complexity
from tau2_tui.analysis.calls.association import argument_outcome
from tau2_tui.analysis.calls.sensitive import sensitive
from tau2_tui.analysis.data.records import Call, Simulation, Tool
from tests.analysis.call_records import call, sim

BOOK = Tool("book", required=("id", "cabin"), optional=("note",))


def test_what_is_given_beside_the_signature() -> None:
    calls = [
        call("book", args={"id": "1", "cabin": "eco", "note": "x"}),
        call("book", args={"id": "2", "cabin": None}),
        call("book", args={"id": 2, "colour": "red"}),
    ]
    (row,) = argument_profile(calls, {("assistant", "book"): BOOK})
    assert (row.calls, row.missing_calls, row.unexpected_calls, row.optional_calls, row.note) == (3, 1, 1, 1, "")
    arguments = {argument.name: argument for argument in row.arguments}
    assert arguments["id"].types == (("str", 2), ("int", 1))
    assert (arguments["id"].present, arguments["id"].share, arguments["id"].distinct) == (3, 1.0, 3)
    assert [arguments[name].declared for name in ("cabin", "note", "colour")] == ["required", "optional", "unexpected"]
    assert row.patterns.categories == 3
    assert row.bytes_max == len(b'{"id":"1","cabin":"eco","note":"x"}')


def test_a_required_argument_that_is_never_given_is_listed() -> None:
    (row,) = argument_profile([call("book", args={"id": "1"})], {("assistant", "book"): BOOK})
    cabin = next(argument for argument in row.arguments if argument.name == "cabin")
    assert (cabin.present, cabin.share, cabin.types, cabin.declared) == (0, 0.0, (), "required")


def test_without_a_signature_nothing_is_made_up() -> None:
    (row,) = argument_profile([call("book", args={"id": "1"})])
    assert (row.missing_calls, row.unexpected_calls, row.optional_calls, row.note) == (
        None, None, None, "signature not in the log"
    )  # fmt: skip
    assert row.arguments[0].declared is None
    (noted,) = argument_profile([call("book", missing_args=("cabin",), unexpected_args=())])
    assert (noted.missing_calls, noted.unexpected_calls) == (1, 0)
    assert argument_profile([]) == ()


def test_different_values_are_told_apart_whatever_their_hashes_are() -> None:
    values = [-1, -2, -1.0, 0, 2**61 - 1, True, 1, None, [1], [1], {"a": 1, "b": 2}, {"b": 2, "a": 1}, "1"]
    (row,) = argument_profile([call("book", args={"x": value}) for value in values])
    assert row.arguments[0].distinct == len(values) - 2


def test_agents_and_users_tools_of_one_name_are_two() -> None:
    rows = argument_profile([call("book"), call("book", requestor="user")])
    assert [row.requestor for row in rows] == ["assistant", "user"]


def test_complexity_counts_what_is_there() -> None:
    found = complexity({"a": 1, "b": [1, {"c": "x", "d": []}], "e": {}})
    assert (found.leaves, found.depth) == (5, 3)
    assert found.bytes == len(b'{"a":1,"b":[1,{"c":"x","d":[]}],"e":{}}')
    assert 0 < found.score <= 1
    assert (complexity({}).leaves, complexity({}).depth, complexity({}).bytes) == (0, 0, 2)


def test_equal_arguments_have_equal_bytes() -> None:
    assert canonical({"a": 1, "b": {"x": 1, "y": 2}}) == canonical({"b": {"y": 2, "x": 1}, "a": 1})
    assert canonical({"a": 1}) != canonical({"a": "1"})
    assert canonical({"a": 10**40}) == canonical({"a": 10**40})


def trials(tasks: list[list[tuple[bool, bool]]]) -> tuple[list[Call], list[Simulation]]:
    """Return a call and a simulation for each pair of argument given, and failure."""
    calls, sims = [], []
    for task, rows in enumerate(tasks):
        for given_it, failed in rows:
            index = len(sims)
            sims.append(sim(index, str(task), not failed))
            calls.append(call("book", str(task), index, args={"id": "1"} | ({"note": "x"} if given_it else {})))
    return calls, sims


PAIRS = st.lists(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=4), min_size=1, max_size=4)


@given(PAIRS)
@settings(max_examples=60)
def test_presence_and_failure_by_all_assignments_inside_tasks(tasks: list[list[tuple[bool, bool]]]) -> None:
    rows = argument_outcome(*trials(tasks))
    row = next((row for row in rows if row.feature == "note given"), None)
    telling = [own for own in tasks if len({a for a, _ in own}) > 1 and len({b for _, b in own}) > 1]
    if row is None or not telling:
        assert row is None or row.test.p is None
        return
    options = []
    for own in telling:
        given_it = [a for a, _ in own]
        places = itertools.combinations(range(len(own)), sum(b for _, b in own))
        options.append([sum(given_it[place] for place in chosen) for chosen in places])
    mean = sum(Fraction(sum(own), len(own)) for own in options)
    away = [abs(sum(sums) - mean) for sums in itertools.product(*options)]
    observed = abs(sum(a and b for own in telling for a, b in own) - mean)
    assert row.test.p == pytest.approx(sum(one >= observed for one in away) / len(away), abs=1e-9)
    top = bottom = 0.0
    for own in telling:
        with_it, without = [b for a, b in own if a], [b for a, b in own if not a]
        weight = len(with_it) * len(without) / len(own)
        top += weight * (sum(with_it) / len(with_it) - sum(without) / len(without))
        bottom += weight
    assert row.effect.value == pytest.approx(top / bottom, abs=1e-9)


def test_the_size_of_an_argument_by_rank_biserial_inside_a_task() -> None:
    sizes, failed = [3, 9, 4, 20, 7, 1], [False, True, False, True, True, False]
    sims = [sim(i, "0", not bad) for i, bad in enumerate(failed)]
    calls = [call("book", "0", i, args={"note": "x" * size}) for i, size in enumerate(sizes)]
    row = next(row for row in argument_outcome(calls, sims) if row.feature == "size of note")
    hit = [s for s, bad in zip(sizes, failed, strict=True) if bad]
    rest = [s for s, bad in zip(sizes, failed, strict=True) if not bad]
    pairs = [(a > b) - (a < b) for a in hit for b in rest]
    assert row.effect.value == pytest.approx(sum(pairs) / len(pairs), abs=1e-9)
    assert row.test.p == pytest.approx(scipy.stats.mannwhitneyu(hit, rest, method="exact").pvalue, abs=1e-9)


def test_tasks_of_different_sizes_weigh_as_van_elteren_has_it() -> None:
    tasks = [([3, 9, 4, 20], [0, 1, 0, 1]), ([5, 1, 2], [1, 0, 1]), ([7, 8], [0, 1])]
    calls, sims, options, observed = [], [], [], 0.0
    for task, (sizes, failed) in enumerate(tasks):
        for size, bad in zip(sizes, failed, strict=True):
            sims.append(sim(len(sims), str(task), not bad))
            calls.append(call("book", str(task), len(sims) - 1, args={"note": "x" * size}))
        ranks = scipy.stats.rankdata(sizes) / (len(sizes) + 1)
        options.append([sum(chosen) for chosen in itertools.combinations(ranks, sum(failed))])
        observed += float(ranks @ np.array(failed))
    sums = np.array([sum(one) for one in itertools.product(*options)])
    away = np.abs(sums - sums.mean())
    row = next(row for row in argument_outcome(calls, sims) if row.feature == "size of note")
    assert row.test.p == pytest.approx(float((away >= abs(observed - sums.mean()) - 1e-9).mean()), abs=1e-9)


def test_the_mean_of_equal_amounts_is_that_amount_however_many_calls_gave_it() -> None:
    """0.1 + 0.1 + 0.1 is not three times 0.1: the failing simulations, which call more often, would stand out."""
    sims = [sim(index, str(index // 2), index % 2 == 0) for index in range(12)]
    calls = [
        call("pay", one.task_id, one.index, i, args={"amount": 0.1})
        for one in sims
        for i in range(1 if one.success else 3)
    ]
    row = next(row for row in argument_outcome(calls, sims) if row.feature == "size of amount")
    assert (row.note, row.test.p, row.effect.value) == ("always the same", None, None)


def test_an_argument_that_only_marks_the_task_is_not_blamed() -> None:
    tasks = [[(True, True)] * 3] * 5 + [[(False, False)] * 3] * 5
    row = next(row for row in argument_outcome(*trials(tasks)) if row.feature == "note given")
    assert row.test.p is None
    assert "no task has both" in row.note


def test_errors_are_compared_by_task_with_signs_flipped() -> None:
    calls = []
    for task in range(6):
        calls.append(call("book", str(task), task, 0, args={"note": "long long"}, error=True))
        calls.append(call("book", str(task), task, 1, args={"note": "x"}))
    rows = {row.feature: row for row in argument_outcome(calls, [], outcome="error")}
    size = rows["size of note"]
    assert (size.outcome, size.effect.value, size.test.p) == ("error", 1.0, pytest.approx(2 / 64))
    assert size.test.p_adj == pytest.approx(2 / 64)
    assert rows["note given"].note == "always the same"
    one_task = argument_outcome(calls[:2], [], outcome="error")
    assert "cannot separate argument from task" in next(row for row in one_task if row.feature == "size of note").note


def test_no_calls_one_call_and_unevaluated_simulations() -> None:
    assert argument_outcome([], []) == ()
    assert argument_outcome([call("book", args={"id": "1"})], [sim(0, success=None)]) == ()
    rows = argument_outcome([call("book", args={"id": "1", "n": True, "m": None})], [sim(0)])
    assert {row.note for row in rows} <= {"always the same", "no values"}
    assert all(row.test.p is None and row.test.p_adj is None for row in rows)


def test_sensitive_values_by_kind_tool_and_place() -> None:
    hits = (
        {"kind": "name", "path": "/passengers/0/first_name", "preview": "••••"},
        {"kind": "name", "path": "/passengers/1/first_name", "preview": "•••"},
        {"kind": "email", "path": "/email", "preview": "••••••om"},
    )
    found = sensitive(
        [call("book", "1", sensitive=hits, line=5), call("book", "2", 1, sensitive=hits[:1], line=9), call()]
    )
    first, second = found.rows
    assert (first.kind, first.tool, first.path, first.count, first.calls, first.tasks, first.line) == (
        "name", "book", "/passengers/*/first_name", 3, 2, 2, 5
    )  # fmt: skip
    assert (second.kind, second.masked) == ("email", "••••••om")
    assert (found.count, found.calls, found.total_calls) == (4, 2, 3)
    assert sensitive([call()]).note == "none found (names and patterns only)"
    assert sensitive([]).rows == ()
