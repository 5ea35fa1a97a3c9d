from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.analysis.calls.divergence import divergences, first_divergence
from tau2_tui.analysis.calls.reference import agreement_table, differing_arguments, gold_agreement, matches
from tau2_tui.analysis.data.records import GoldAction, Tool
from tests.analysis.call_records import call, calls_of, gold, run, sim

WRITES = {("assistant", "w"): True, ("assistant", "v"): True, ("assistant", "r"): False}
WORDS = st.lists(st.sampled_from(["r=1", "r=2", "w=1", "w=2", "v=1"]), max_size=7)


def test_an_action_is_matched_as_tau2_compares() -> None:
    action = GoldAction("0", 0, "book", {"id": "1", "note": "x"})
    assert matches(action, call("book", args={"id": "1", "note": "x"}))
    assert not matches(action, call("book", args={"id": "1", "note": "y"}))
    assert matches(action, call("book", args={"id": "1"})), "only the call's own arguments are compared"
    assert not matches(action, call("read", args={"id": "1", "note": "x"}))
    some = replace(action, compare_args=("id",))
    assert matches(some, call("book", args={"id": "1", "note": "y"}))
    assert not matches(some, call("book", args={"note": "x"}))
    assert matches(replace(action, compare_args=()), call("book", args={"id": "9"}))
    assert differing_arguments(action, call("book", args={"id": "2", "more": 1})) == ("id", "more")


@given(WORDS, WORDS)
def test_lcs_and_edit_distance_equal_their_definitions(made: list[str], wanted: list[str]) -> None:
    found = gold_agreement(calls_of(" ".join(made)), gold(" ".join(wanted)))

    @cache
    def lcs(i: int, j: int) -> int:
        if i == len(made) or j == len(wanted):
            return 0
        return 1 + lcs(i + 1, j + 1) if made[i] == wanted[j] else max(lcs(i + 1, j), lcs(i, j + 1))

    @cache
    def edit(i: int, j: int) -> int:
        if i == len(made) or j == len(wanted):
            return len(made) - i + len(wanted) - j
        return min(edit(i + 1, j) + 1, edit(i, j + 1) + 1, edit(i + 1, j + 1) + (made[i] != wanted[j]))

    assert (found.lcs, found.edit) == (lcs(0, 0), edit(0, 0))
    assert found.matched == sum(word in made for word in wanted)


def test_what_became_of_each_action() -> None:
    found = gold_agreement(calls_of("r=1 w=3 w=2"), gold("r=1 w=1 v=1", writes="w v"))
    first, second, third = found.actions
    assert (first.outcome, first.call_i) == ("matched", 0)
    assert (second.outcome, second.call_i, second.differing) == ("wrong arguments", 1, ("x",))
    assert (third.outcome, third.call_i) == ("missing", None)
    assert (found.reads, found.reads_matched, found.writes, found.writes_matched) == (1, 1, 2, 0)


def test_no_actions_and_no_calls() -> None:
    assert gold_agreement([], []).note == "task expects no actions"
    found = gold_agreement([], gold("r w"))
    assert (found.calls, found.matched, found.lcs, found.edit) == (0, 0, 0, 2)
    assert agreement_table(run()).actions.value is None


def test_agreement_over_a_run_tells_reads_from_writes() -> None:
    calls = calls_of("r=1 w=1", "0", 0) + calls_of("w=2", "1", 2)
    sims = [sim(0, "0"), sim(1, "0"), sim(2, "1"), sim(3, "9")]
    actions = gold("r=1 w=1", "0", "w") + gold("r=1 w=2", "1", "w")
    found = agreement_table(run(simulations=sims, calls=calls, gold=actions, tasks={"0": {}, "1": {}}))
    assert (found.actions.value, found.actions.n, found.actions.n_tasks) == (3 / 6, 6, 2)
    assert (found.reads.value, found.writes.value) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert [(row.tool_name, row.gold, row.matched, row.missing) for row in found.tools] == [
        ("r", 3, 1, 2),
        ("w", 3, 2, 1),
    ]
    assert found.without_reference == 1
    assert [row.simulation for row in found.simulations] == [0, 1, 2]


def test_what_a_simulation_was_evaluated_against_goes_before_the_files_task() -> None:
    check = {"action": {"name": "w", "arguments": {"x": "7"}}, "action_match": True}
    made = calls_of("w=7", "0", 0)
    of_file = run(
        simulations=[sim(0, "0", reward_info={"action_checks": [check]})],
        calls=made,
        gold=gold("w=1", "0", "w"),
        tasks={"0": {}},
        tools={("assistant", "w"): Tool("w", tool_type="write")},
    )
    found = agreement_table(of_file)
    assert found.actions.value == 1.0
    assert "other actions" in found.note
    assert divergences(of_file)[0].kind == "none"


def test_a_wrong_argument_of_a_write_is_named() -> None:
    found = first_divergence(calls_of("r=1 w=3"), gold("r=1 w=1", writes="w"), WRITES)
    assert (found.kind, found.wrong_write, found.wrong_write_gold, found.wrong_arguments) == (
        "wrong arguments", 1, 1, ("x",)
    )  # fmt: skip
    assert (found.missing_write, found.unexpected_write, found.turn, found.line) == (1, 1, 1, 1)


def test_an_argument_left_out_differs_too() -> None:
    action = GoldAction("0", 0, "w", {"x": "1", "y": "2"}, writes=True)
    found = first_divergence([call("w", args={"x": "3"})], [action], WRITES)
    assert found.wrong_arguments == ("x", "y")


def test_missing_and_unexpected_writes() -> None:
    missing = first_divergence(calls_of("r=1"), gold("r=1 w=1", writes="w"), WRITES)
    assert (missing.kind, missing.missing_write, missing.missing_write_tried) == ("missing write", 1, False)
    tried = first_divergence(calls_of("w=1!"), gold("w=1", writes="w"), WRITES)
    assert (tried.kind, tried.missing_write_tried, tried.unexpected_write) == ("missing write", True, None)
    extra = first_divergence(calls_of("w=1 v=1"), gold("w=1", writes="w"), WRITES)
    assert (extra.kind, extra.unexpected_write, extra.turn) == ("unexpected write", 1, 1)
    twice = first_divergence(calls_of("w=1 w=1"), gold("w=1", writes="w"), WRITES)
    assert (twice.kind, twice.unexpected_write) == ("unexpected write", 1)


def test_a_missing_read_explains_nothing_but_is_said() -> None:
    found = first_divergence(calls_of("w=1"), gold("r=1 w=1", writes="w"), WRITES)
    assert (found.kind, found.missing_read, found.strict, found.missing_write) == ("missing read", 0, 0, None)


def test_a_missing_action_that_may_write_is_not_called_a_read() -> None:
    actions = [GoldAction("0", 0, "r", {}), GoldAction("0", 1, "odd", {})]
    found = first_divergence(calls_of("w=1"), [GoldAction("0", 0, "w", {"x": "1"}), *actions], WRITES)
    assert (found.kind, found.missing_action, found.missing_read) == ("missing action", 1, 0)
    table = agreement_table(run(simulations=[sim(0)], gold=actions, tasks={"0": {}}))
    assert (table.unknown_types, table.reads.value) == (2, None)
    some = agreement_table(run(simulations=[sim(0)], gold=[*gold("r"), actions[1]], tasks={"0": {}}))
    assert some.reads.note.endswith("type their tools: 1")


def test_the_same_calls_do_not_diverge() -> None:
    found = first_divergence(calls_of("r=1 w=1"), gold("r=1 w=1", writes="w"), WRITES)
    assert (found.kind, found.strict, found.line) == ("none", None, None)
    assert first_divergence([], [], None).note == "task expects no actions"
    assert first_divergence([], [], None).kind == "none"


def test_what_was_observed_goes_before_the_type() -> None:
    unchanged = [replace(row, state_changed=False) for row in calls_of("v=1")]
    assert first_divergence(unchanged, [], WRITES).kind == "none"
    changed = [replace(row, state_changed=True) for row in calls_of("r=1")]
    assert first_divergence(changed, [], {}).kind == "unexpected write"


def test_a_write_that_had_nothing_to_change_was_made_all_the_same() -> None:
    idle = [replace(row, state_changed=False) for row in calls_of("w=1")]
    assert first_divergence(idle, gold("w=1", writes="w"), WRITES).kind == "none"
    assert first_divergence(idle, gold("w=1 w=1", writes="w"), WRITES).missing_write == 1
    assert first_divergence(idle, gold("w=2", writes="w"), WRITES).kind == "missing write"
    failed = [replace(row, state_changed=False) for row in calls_of("w=1!")]
    assert first_divergence(failed, gold("w=1", writes="w"), WRITES).kind == "missing write"


def test_without_types_only_the_strict_order_is_said() -> None:
    actions = [GoldAction("0", 0, "w", {})]
    found = first_divergence(calls_of("r"), actions, None)
    assert (found.kind, found.strict) == ("unknown", 0)
    assert "not in the log" in found.note


@given(WORDS, WORDS)
def test_strict_is_the_first_place_that_differs(made: list[str], wanted: list[str]) -> None:
    found = first_divergence(calls_of(" ".join(made)), gold(" ".join(wanted)), WRITES)
    expected = next((i for i, (a, b) in enumerate(zip(made, wanted, strict=False)) if a != b), None)
    if expected is None and len(made) != len(wanted):
        expected = min(len(made), len(wanted))
    assert found.strict == expected


def test_each_simulation_of_a_run_in_order() -> None:
    of_run = run(
        simulations=[sim(0, "0"), sim(1, "0"), sim(2, "1"), sim(3, "not in the log")],
        calls=calls_of("w=1", "0", 0) + calls_of("w=2", "0", 1) + calls_of("w=3", "not in the log", 3),
        gold=gold("w=1", "0", "w"),
        tasks={"0": {}, "1": {}},
        tools={("assistant", "w"): Tool("w", tool_type="write")},
    )
    found = divergences(of_run)
    assert [(row.simulation, row.task_id, row.kind, row.note) for row in found] == [
        (0, "0", "none", ""),
        (1, "0", "wrong arguments", ""),
        (2, "1", "none", "task expects no actions"),
        (3, "not in the log", "unknown", "no reference actions in the log"),
    ]
