"""Which call answers which reference action, told by place, order and repetition."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analysis.blame.conversation import Talk, action, agent, call, kinds, of_kind, user, verdict

HELLO = [agent("How can I help?"), user("Please look at my orders and cancel A1.")]
BYE = [agent("Anything else?"), user("No, thanks. ###STOP###")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


def look(order: str) -> dict[str, object]:
    return call("get_order", order_id=order, result={"id": order})


def looking(*orders: str) -> list[dict[str, object]]:
    return [action("get_order", order_id=order) for order in orders]


def test_a_change_exactly_in_the_place_of_a_read(path: Path) -> None:
    steps = [*HELLO, look("A1"), call("cancel_order", order_id="B2"), look("C3"), *BYE]
    diff = [{"op": "replace", "path": "/orders/B2/status", "old": "a", "value": "b"}]
    found = verdict(path, Talk(steps, looking("A1", "B2", "C3"), diff=diff))
    assert kinds(found)[:2] == ["wrong_tool", "extra_write"] and found.divergence_turn == 4
    assert "only reads" in found.causes[0].summary and "get_order" in found.causes[0].summary


def test_such_a_change_is_no_wrong_record_of_a_write_that_follows(path: Path) -> None:
    steps = [*HELLO, look("A1"), call("cancel_order", order_id="B2"), look("C3"), *BYE]
    gold = [*looking("A1", "B2", "C3"), action("cancel_order", order_id="A1")]
    found = verdict(path, Talk(steps, gold, diff=None))
    assert "wrong_argument" not in kinds(found)
    assert {"wrong_tool", "missing_write"} <= set(kinds(found))


def test_a_change_when_all_reading_is_over_is_an_extra_one(path: Path) -> None:
    steps = [*HELLO, look("A1"), call("cancel_order", order_id="B2"), *BYE]
    found = verdict(path, Talk(steps, looking("A1", "B2"), diff=None))
    assert kinds(found)[0] == "extra_write" and of_kind(found, "wrong_tool").confidence < 0.5


def test_a_late_read_in_the_place_of_a_change(path: Path) -> None:
    """The agent reads at the end what it should have read first, and says that the change is made."""
    gold = [*looking("A1", "B2"), action("refund_order", order_id="A1", amount=5)]
    steps = [*HELLO, look("B2"), look("A1"), agent("That is done."), user("###STOP###")]
    found = verdict(path, Talk(steps, gold))
    assert found.first is not None and found.first.kind == "wrong_tool"
    assert "in the place of refund_order" in found.first.summary


def test_a_read_of_a_record_known_before_is_not_needed_for_the_next_change(path: Path) -> None:
    gold = [
        action("change_order", order_id="A1"),
        action("refund_order", order_id="A1", amount=5),
        action("cancel_order", order_id="A1"),
    ]
    change, cancel = call("change_order", order_id="A1"), call("cancel_order", order_id="A1")
    found = verdict(path, Talk([*HELLO, change, look("A1"), cancel, *BYE], gold))
    assert kinds(found)[0] == "wrong_tool"
    unknown = verdict(path, Talk([*HELLO, look("A1"), cancel, *BYE], gold[1:]))
    assert kinds(unknown)[0] == "missing_write"


def test_a_change_made_again_says_nothing_of_another_record(path: Path) -> None:
    gold = [action("cancel_order", order_id="A1"), action("cancel_order", order_id="B2")]
    lost = call("cancel_order", order_id="A9", error="Order A9 not found")
    again = call("cancel_order", order_id="B2")
    found = verdict(path, Talk([*HELLO, lost, again, again, *BYE], gold, diff=None))
    assert set(kinds(found)) >= {"tool_error_not_recovered", "extra_write"}
    assert kinds(found)[0] == "tool_error_not_recovered" and "wrong_argument" not in kinds(found)


def test_a_failing_repetition_is_no_failed_try_of_another_action(path: Path) -> None:
    gold = [action("cancel_order", order_id="A1"), action("cancel_order", order_id="B2")]
    again = call("cancel_order", order_id="B2", error="Already cancelled")
    found = verdict(path, Talk([*HELLO, call("cancel_order", order_id="B2"), again, *BYE], gold))
    assert kinds(found) == ["missing_write"]


def test_a_reference_action_that_fails_as_made_fails_in_the_reference_too(path: Path) -> None:
    gold = [action("refund_order", order_id="A1", to="card"), action("refund_order", order_id="A1", to="paypal")]
    refused = call("refund_order", order_id="A1", to="card", error="Not the original payment")
    found = verdict(path, Talk([*HELLO, refused, *BYE], gold))
    assert kinds(found) == ["missing_write"]
    spoiled = [*HELLO, call("cancel_order", order_id="A1"), refused, *BYE]
    assert "tool_error_not_recovered" in kinds(verdict(path, Talk(spoiled, gold[:1])))


def test_changes_of_one_record_in_another_order(path: Path) -> None:
    gold = [action("change_order", order_id="A1"), action("cancel_order", order_id="A1")]
    steps = [*HELLO, call("cancel_order", order_id="A1"), call("change_order", order_id="A1"), *BYE]
    found = verdict(path, Talk(steps, gold))
    assert kinds(found) == ["extra_write"] and "before change_order" in found.causes[0].summary


def test_what_the_reference_does_not_know_of_an_item_is_no_difference(path: Path) -> None:
    gold = [action("change_order", order_id="A1", items=[{"id": "i1", "to": "i2"}, {"id": "i3", "to": "i4"}])]
    more = [{"id": "i1", "to": "i2", "price": 5}, {"id": "i3", "to": "i4", "price": 6}]
    steps = [*HELLO, call("change_order", order_id="A1", items=more), *BYE]
    assert kinds(verdict(path, Talk(steps, gold))) == ["suspicious_task"]
    other = [{"id": "i1", "to": "i9", "price": 5}, {"id": "i3", "to": "i4"}]
    steps = [*HELLO, call("change_order", order_id="A1", items=other), *BYE]
    assert kinds(verdict(path, Talk(steps, gold)))[0] == "wrong_argument"


def test_the_file_may_define_another_task_of_that_id(path: Path) -> None:
    """The reference is what was evaluated; the scenario of the other definition is not its scenario."""
    checks = [{"action": action("refund_order", order_id="A1", amount=500), "action_match": False}]
    talk = Talk(
        [*HELLO, call("refund_order", order_id="A1", amount=150), *BYE],
        [action("cancel_order", order_id="Z9")],
        scenario="You want 500 back.",
        info={"action_checks": checks},
    )
    first = verdict(path, talk).first
    assert first is not None and first.kind == "wrong_argument" and "scenario" not in first.summary


def test_settings_of_one_group_may_act_on_each_other(path: Path) -> None:
    """A user's action left out shows later, and elsewhere in its group: that is not held against its mattering."""
    gold = [action("toggle_roaming", by="user"), action("refund_order", order_id="A1", amount=5)]
    seen = call("toggle_roaming", by="user", path="/device/roaming_settings/pending")
    earlier = Talk([*HELLO, seen, *BYE], gold[:1], diff=[], parts={"DB": 1.0}, reward=1.0, task_id="t0")
    effect = {"op": "replace", "path": "/device/roaming_settings/url", "old": "a", "value": None}
    amount = {"op": "replace", "path": "/orders/A1/amount", "old": 5, "value": 6}
    talk = Talk(
        [*HELLO, call("refund_order", order_id="A1", amount=6), *BYE], gold, diff=[amount], end={"gold_diff": None}
    )
    both = {"database": [amount], "user_database": [effect]}
    found = _second(path, earlier, Talk(**{**vars(talk), "end": {"gold_diff": both}}))
    assert found.causes[0].kind == "user_action_missing"


def _second(path: Path, *talks: Talk) -> object:
    from tests.analysis.blame.conversation import verdicts

    return verdicts(path, *talks)[-1]
