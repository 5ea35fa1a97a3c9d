"""Which call answers which reference action, and where the first divergence is."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.analysis.data.records import Run, Simulation
from tau2_tui.tui.screens.gold.alignment import Fate, align
from tau2_tui.tui.study.answers import Findings
from tests.tui.screens.gold.scenes import action, aligned, call, said


def test_calls_keep_their_order_and_what_is_missing_stands_before_what_should_follow_it() -> None:
    gold = [action("get", {"id": "A"}), action("cancel", {"id": "A"}), action("book", {"id": "B"})]
    calls = [call("get", {"id": "A"}), call("get", {"id": "X"}), call("book", {"id": "B"}, state_changed=True)]
    found = aligned(gold, calls)
    assert [said(pair) for pair in found.pairs] == [
        "1 matched get",
        "extra read get",
        "2 missing cancel",
        "3 matched book",
    ]
    assert found.kind == "missing write" and found.divergence == 2
    assert found.pairs[2].line == 101  # of the call before the place where it is missing


def test_what_is_missing_stands_after_what_goes_before_it_though_the_order_is_another() -> None:
    gold = [action("get", {"id": "A"}), action("cancel", {"id": "A"}), action("book", {"id": "B"})]
    found = aligned(gold, [call("book", {"id": "B"}, state_changed=True), call("get", {"id": "A"})])
    assert [said(pair) for pair in found.pairs] == ["3 matched book", "1 matched get", "2 missing cancel"]


def test_a_wrong_argument_is_named_and_the_nearest_call_is_taken() -> None:
    gold = [action("book", {"id": "A", "seat": 1, "meal": "no"})]
    calls = [
        call("book", {"id": "Z", "seat": 9, "meal": "yes"}, state_changed=True),
        call("book", {"id": "A", "seat": 2, "meal": "no"}, state_changed=True),
    ]
    found = aligned(gold, calls)
    assert [said(pair) for pair in found.pairs] == ["extra write book", "1 wrong argument book"]
    assert found.pairs[1].differing == ("seat",)


def test_a_left_out_argument_differs_though_tau2_does_not_compare_it() -> None:
    wrong = aligned([action("cancel", {"id": "A", "why": "x"})], [call("cancel", {"id": "B"}, state_changed=True)])
    assert wrong.pairs[0].differing == ("id", "why")
    left_out = aligned([action("cancel", {"id": "A", "why": "x"})], [call("cancel", {"id": "A"}, state_changed=True)])
    assert left_out.pairs[0].fate is Fate.MATCHED


def test_another_order_of_a_list_is_the_same_written_otherwise() -> None:
    found = aligned([action("cancel", {"ids": ["A", "B"]})], [call("cancel", {"ids": ["B", "A"]}, state_changed=True)])
    assert found.pairs[0].fate is Fate.ALIKE and not found.pairs[0].matters


def test_each_reference_write_needs_a_call_of_its_own_but_a_read_does_not() -> None:
    twice = [action("cancel", {"id": "A"}), action("cancel", {"id": "A"})]
    once = aligned(twice, [call("cancel", {"id": "A"}, state_changed=True)])
    assert [pair.fate for pair in once.pairs] == [Fate.MATCHED, Fate.MISSING]
    reads = aligned([action("get"), action("get")], [call("get")])
    assert [(pair.fate, pair.again) for pair in reads.pairs] == [(Fate.MATCHED, False), (Fate.MATCHED, True)]


def test_a_write_that_failed_is_not_made_and_a_successful_one_is_preferred() -> None:
    failed = call("cancel", {"id": "A"}, error=True, error_text="no such id")
    found = aligned([action("cancel", {"id": "A"})], [failed])
    assert found.pairs[0].fate is Fate.FAILED and found.pairs[0].matters
    retried = aligned([action("cancel", {"id": "A"})], [failed, call("cancel", {"id": "A"}, state_changed=True)])
    assert [said(pair) for pair in retried.pairs] == ["extra call cancel", "1 matched cancel"]


def test_of_equal_calls_the_one_that_had_an_effect_is_taken() -> None:
    calls = [call("cancel", state_changed=False), call("cancel", state_changed=True)]
    assert [said(pair) for pair in aligned([action("cancel")], calls).pairs] == [
        "extra call cancel",
        "1 matched cancel",
    ]


def test_missing_reads_do_not_matter_missing_writes_do() -> None:
    found = aligned([action("get", {"id": "A"}), action("toggle", requestor="user")], [])
    assert [(pair.fate, pair.matters) for pair in found.pairs] == [(Fate.MISSING, False), (Fate.MISSING, True)]


def test_what_is_extra_is_told_by_what_it_did_and_by_its_type() -> None:
    calls = [
        call("get"),
        call("think"),
        call("transfer"),
        call("cancel", state_changed=True),
        call("cancel", state_changed=False),
        call("book"),
        call("book", error=True),
    ]
    fates = [pair.fate for pair in aligned([], calls).pairs]
    assert fates[:3] == [Fate.EXTRA_READ, Fate.EXTRA_READ, Fate.EXTRA]
    assert fates[3:] == [Fate.EXTRA_WRITE, Fate.EXTRA, Fate.EXTRA_WRITE, Fate.EXTRA]


def test_a_read_of_the_user_that_an_agent_without_one_makes_is_a_read() -> None:
    assert [pair.fate for pair in aligned([], [call("look")]).pairs] == [Fate.EXTRA_READ]


def test_without_types_nothing_is_called_a_read_and_the_first_difference_is_marked() -> None:
    found = aligned([action("cancel", {"id": "A"})], [call("get"), call("cancel", {"id": "B"})], typed=False)
    assert [pair.fate for pair in found.pairs] == [Fate.EXTRA, Fate.WRONG]
    assert found.divergence == 1 and found.kind == "wrong argument"


def test_an_action_of_the_user_that_the_agent_made_is_matched() -> None:
    found = aligned([action("toggle", requestor="user")], [call("toggle", state_changed=True)])
    assert found.pairs[0].fate is Fate.MATCHED


def test_a_simulation_that_does_not_count_and_a_task_that_is_not_there() -> None:
    run = Run("run", simulations=(Simulation("sim", 0, "unknown", reward=0.0),))
    assert align(Findings(run, {}), "repeated").simulation is None
    assert not align(Findings(run, {}), "sim").known


def test_only_the_calls_of_the_simulation_are_taken() -> None:
    from dataclasses import replace

    run = Run(
        "run",
        simulations=tuple(Simulation(f"sim-{index}", index, "7", reward=0.0) for index in range(3)),
        calls=tuple(replace(call("get", {"of": index}), simulation=index) for index in (0, 0, 1, 2, 2, 2)),
        tasks={"7": {}},
    )
    numbers = [len(align(Findings(run, {}), f"sim-{index}").pairs) for index in range(3)]
    assert numbers == [2, 1, 3]


_ARGUMENTS = st.dictionaries(st.sampled_from(["id", "why"]), st.sampled_from(["A", 1, 1.0, None, ["A", 1], {}]))
_NAMES = st.sampled_from(["get", "cancel", "toggle", "nobody's"])
_SIDES: Any = st.sampled_from(["assistant", "user"])
_GOLD = st.lists(st.builds(action, _NAMES, _ARGUMENTS, _SIDES), max_size=6)
_CALLS = st.lists(
    st.builds(
        call,
        _NAMES,
        _ARGUMENTS,
        _SIDES,
        error=st.booleans(),
        state_changed=st.sampled_from([None, True, False]),
    ),
    max_size=8,
)


@given(_GOLD, _CALLS, st.booleans())
def test_every_action_and_every_call_has_one_place(gold: list[Any], calls: list[Any], typed: bool) -> None:
    found = aligned(gold, calls, typed=typed)
    own = [pair.call.i for pair in found.pairs if pair.call is not None and not pair.again]
    assert own == list(range(len(calls)))
    assert sorted(pair.action.i for pair in found.pairs if pair.action is not None) == list(range(len(gold)))
    assert found.divergence is None or 0 <= found.divergence < len(found.pairs)
    if any(pair.matters for pair in found.pairs):
        assert found.divergence is not None
