"""Causes from reached against reference writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analysis.blame.conversation import Talk, action, agent, call, kinds, of_kind, user, verdict

HELLO = [agent("How can I help?"), user("Please cancel A1.")]
BYE = [agent("Anything else?"), user("No, thanks. ###STOP###")]
LOOK = call("get_order", order_id="A1", result={"id": "A1", "amount": 150})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


def test_a_write_never_made(path: Path) -> None:
    gold = [action("get_order", order_id="A1"), action("cancel_order", order_id="A1")]
    found = verdict(path, Talk([*HELLO, LOOK, *BYE], gold))
    assert kinds(found)[0] == "missing_write"
    assert found.first is not None and "cancel_order (order_id A1)" in found.first.summary
    assert found.divergence_turn == 4  # the agent's message after the record was read
    assert found.failed_checks == ("DB",)


def test_the_right_tool_with_a_wrong_argument_says_where_both_values_come_from(path: Path) -> None:
    talk = Talk(
        [*HELLO, LOOK, call("refund_order", order_id="A1", amount=150), *BYE],
        [action("refund_order", order_id="A1", amount=500)],
        scenario="You want 500 back for A1.",
    )
    first = verdict(path, talk).first
    assert first is not None and first.kind == "wrong_argument" and first.owner == "agent"
    assert "amount is 150, the reference has 500" in first.summary
    assert "the former in a tool's result at message 3" in first.summary
    assert "the latter in the user's scenario" in first.summary
    assert first.turn == 4


def test_a_value_that_the_user_made_up_is_shown_as_the_users_possible_fault(path: Path) -> None:
    talk = Talk(
        [*HELLO, LOOK, user("Refund me 977, please."), call("refund_order", order_id="A1", amount=977), *BYE],
        [action("refund_order", order_id="A1", amount=150)],
    )
    found = verdict(path, talk)
    fault = of_kind(found, "user_simulator_fault")
    assert fault.owner == "user" and fault.confidence < 0.5 and kinds(found)[0] == "wrong_argument"
    assert "977" in fault.summary and "150" in fault.summary


def test_another_tool_on_the_same_record(path: Path) -> None:
    talk = Talk([*HELLO, LOOK, call("change_order", order_id="A1"), *BYE], [action("cancel_order", order_id="A1")])
    found = verdict(path, talk)
    assert kinds(found)[0] == "wrong_tool"
    assert found.first is not None and "change_order for order_id" not in found.first.summary
    assert "where the reference has cancel_order" in found.first.summary


def test_a_write_that_the_reference_does_not_have(path: Path) -> None:
    talk = Talk([*HELLO, LOOK, call("cancel_order", order_id="A1"), *BYE], [action("get_order", order_id="A1")])
    assert kinds(verdict(path, talk))[0] == "extra_write"


def test_the_same_write_twice(path: Path) -> None:
    again = call("cancel_order", order_id="A1")
    found = verdict(path, Talk([*HELLO, LOOK, again, again, *BYE], [action("cancel_order", order_id="A1")]))
    assert kinds(found)[0] == "extra_write"
    assert found.first is not None and "again" in found.first.summary and len(found.first.lines) == 2


def test_a_failed_call_that_was_never_made_good(path: Path) -> None:
    wrong = call("cancel_order", order_id="A9", error="Order A9 not found")
    found = verdict(path, Talk([*HELLO, LOOK, wrong, *BYE], [action("cancel_order", order_id="A1")]))
    assert kinds(found)[0] == "tool_error_not_recovered"
    assert found.first is not None and "order_id" in found.first.summary and "A9 not found" in found.first.summary


def test_a_failed_call_that_was_made_good_is_no_cause(path: Path) -> None:
    wrong, right = call("cancel_order", order_id="A9", error="not found"), call("cancel_order", order_id="A1")
    talk = Talk(
        [*HELLO, LOOK, wrong, right, *BYE],
        [action("cancel_order", order_id="A1"), action("refund_order", order_id="A1")],
    )
    assert kinds(verdict(path, talk)) == ["missing_write"]


def test_a_users_action_is_the_agents_fault_when_the_agent_never_spoke_of_it(path: Path) -> None:
    gold = [action("toggle_roaming", by="user")]
    parts = {"ENV_ASSERTION": 0.0}
    silent = verdict(path, Talk([*HELLO, *BYE], gold, diff=None, parts=parts)).first
    asked = [agent("Please turn on roaming."), user("I did. ###STOP###")]
    told = verdict(path, Talk([*HELLO, *asked], gold, diff=None, parts=parts)).first
    assert silent is not None and (silent.kind, silent.owner) == ("user_action_missing", "agent")
    assert told is not None and (told.kind, told.owner) == ("user_action_missing", "user")


def test_arguments_are_compared_by_meaning(path: Path) -> None:
    gold = [action("change_order", order_id="A1", items=["x", "y"], price=5), action("cancel_order", order_id="B2")]
    made = call("change_order", order_id="A1", items=["y", "x"], price=5.0, note=None)
    diff = [{"op": "replace", "path": "/orders/B2/status", "old": "a", "value": "b"}]
    found = verdict(path, Talk([*HELLO, made, *BYE], gold, diff=diff))
    assert kinds(found) == ["missing_write"] and "B2" in found.causes[0].summary


def test_lists_that_belong_together_are_compared_item_by_item(path: Path) -> None:
    gold = [action("change_order", order_id="A1", items=["x", "y"], new=["p", "q"])]
    together = call("change_order", order_id="A1", items=["y", "x"], new=["q", "p"])
    crossed = call("change_order", order_id="A1", items=["y", "x"], new=["p", "q"])
    assert "wrong_argument" not in kinds(verdict(path, Talk([*HELLO, together, *BYE], gold)))
    assert kinds(verdict(path, Talk([*HELLO, crossed, *BYE], gold)))[0] == "wrong_argument"


def test_what_does_not_show_in_the_reached_state_is_not_blamed_first(path: Path) -> None:
    gold = [action("change_order", order_id="B2"), action("cancel_order", order_id="A1")]
    diff = [{"op": "replace", "path": "/orders/A1/status", "old": "a", "value": "b"}]
    elsewhere = call("change_order", order_id="C3", path="/orders/C3/note")
    found = verdict(path, Talk([*HELLO, elsewhere, *BYE], gold, diff=diff))
    assert kinds(found)[0] == "missing_write" and "A1" in found.causes[0].summary


def test_a_read_in_the_place_of_a_write_after_which_the_agent_went_on(path: Path) -> None:
    gold = [action("cancel_order", order_id="A1"), action("cancel_order", order_id="B2")]
    talk = Talk([*HELLO, LOOK, call("cancel_order", order_id="B2"), *BYE], gold)
    found = verdict(path, talk)
    assert (
        kinds(found)[:2] == ["wrong_tool", "missing_write"] and found.causes[0].confidence > found.causes[1].confidence
    )


def test_a_read_before_a_refusal_is_no_wrong_tool(path: Path) -> None:
    steps = [*HELLO, LOOK, agent("Unfortunately A1 cannot be cancelled."), user("Too bad. ###STOP###")]
    assert kinds(verdict(path, Talk(steps, [action("cancel_order", order_id="A1")])))[0] == "missing_write"


def test_a_record_that_was_listed_and_never_read_is_why_a_write_is_missing(path: Path) -> None:
    steps = [*HELLO, call("list_orders", result=["A1", "B2"]), LOOK, call("cancel_order", order_id="A1"), *BYE]
    gold = [action("cancel_order", order_id="A1"), action("cancel_order", order_id="B2")]
    diff = [{"op": "replace", "path": "/orders/B2/status", "old": "a", "value": "b"}]
    first = verdict(path, Talk(steps, gold, diff=diff)).first
    assert first is not None and first.kind == "missing_write"
    assert "B2" in first.summary


def test_without_the_reached_state_the_calls_alone_are_evidence_and_that_is_said(path: Path) -> None:
    found = verdict(path, Talk([*HELLO, LOOK, *BYE], [action("cancel_order", order_id="A1")], diff=None))
    assert kinds(found)[0] == "missing_write" and "from the calls alone" in found.note


def test_writing_against_an_own_refusal_is_a_hint_only(path: Path) -> None:
    steps = [*HELLO, LOOK, agent("I cannot cancel A1."), user("Do it!"), call("cancel_order", order_id="A1"), *BYE]
    found = verdict(path, Talk(steps, [action("get_order", order_id="A1")]))
    hint = of_kind(found, "policy_violation")
    assert kinds(found)[0] == "extra_write" and hint.confidence < 0.5 and "message 4" in hint.summary


def test_a_difference_inside_a_record_that_the_run_created_is_the_creating_calls(path: Path) -> None:
    made = call("change_order", user_id="u", bags=1, path="/orders/NEWONE")
    diff = [{"op": "replace", "path": "/orders/NEWONE/bags", "old": 0, "value": 1}]
    found = verdict(path, Talk([*HELLO, made, *BYE], [action("change_order", user_id="u", bags=0)], diff=diff))
    assert kinds(found)[0] == "wrong_argument" and found.causes[0].confidence > 0.5


def test_an_agent_without_a_user_left_out_the_users_action_itself(path: Path) -> None:
    gold = [action("toggle_roaming", by="user"), action("cancel_order", order_id="A1")]
    steps = [LOOK, call("cancel_order", order_id="A1"), agent("###STOP###")]
    found = verdict(path, Talk(steps, gold, solo=True, diff=None))
    assert found.first is not None and (found.first.kind, found.first.owner) == ("missing_write", "agent")
    assert "user" not in found.first.summary and "toggle_roaming was never made" in found.first.summary


def test_an_agent_without_a_user_may_do_the_users_actions(path: Path) -> None:
    steps = [LOOK, call("toggle_roaming"), agent("###STOP###")]
    gold = [action("toggle_roaming", by="user"), action("cancel_order", order_id="A1")]
    found = verdict(path, Talk(steps, gold, solo=True, diff=None))
    assert kinds(found) == ["missing_write"]
    assert found.first is not None and "cancel_order" in found.first.summary


def test_what_a_simulation_was_evaluated_against_counts_before_the_tasks_definition(path: Path) -> None:
    evaluated = [{"action": action("refund_order", order_id="A1"), "action_match": False}]
    talk = Talk([*HELLO, LOOK, *BYE], [action("cancel_order", order_id="A1")], info={"action_checks": evaluated})
    found = verdict(path, talk)
    assert found.first is not None and found.first.kind == "missing_write"
    assert "refund_order" in found.first.summary
    assert not any("cancel_order" in one.summary for one in found.causes)
