from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.events import (
    ExecutionEvent,
    LLMCallEvent,
    MessageEvent,
    SimulationEndEvent,
    StateChangeEvent,
    ToolExecutionEvent,
    decode,
    registered_types,
)
from tau2_tui.runlog import RunLog
from tau2_tui.safe_text import visible
from tau2_tui.tui.cells import normal
from tau2_tui.tui.format.outcome import Verdict, outcome_of
from tau2_tui.tui.format.summary import Badge, Lane, summarise
from tests.tui.logs import airline, hostile, reward_info

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_a_tool_call_says_what_was_called_and_what_came_back() -> None:
    event = ToolExecutionEvent(
        tool_name="get_user", tool_args={"user_id": "mia"}, result={"name": "Mia"}, state_changed=False
    )
    summary = summarise(event)
    assert summary.text == 'get_user(user_id="mia") → {"name":"Mia"}'
    assert (summary.lane, summary.kind, summary.badges) == (Lane.TOOL, "call", ())


def test_a_failed_call_of_the_user_is_the_users_and_says_why() -> None:
    event = ToolExecutionEvent(tool_name="pay", requestor="user", success=False, error_message="no money")
    summary = summarise(event)
    assert summary.lane is Lane.USER and Badge.ERROR in summary.badges
    assert summary.text == "pay() → no money"


def test_lanes_of_messages() -> None:
    lanes = [summarise(MessageEvent(role=role, content="x")).lane for role in ("assistant", "user", "tool", "system")]
    assert lanes == [Lane.AGENT, Lane.USER, Lane.TOOL, Lane.ENVIRONMENT]


def test_a_message_with_calls_names_them() -> None:
    event = MessageEvent(role="assistant", content="One moment.", tool_calls=[{"name": "f", "arguments": {"a": 1}}])
    assert (summarise(event).kind, summarise(event).text) == ("request", "One moment. · f(a=1)")


def test_a_state_change_says_what_changed() -> None:
    change = {"op": "replace", "path": "/tasks/1/status", "old": "open", "value": "done"}
    assert summarise(StateChangeEvent(changes=[change])).text == 'database: tasks/1/status: "open" → "done"'


def test_a_model_call_tells_tokens_time_and_price() -> None:
    event = LLMCallEvent(model="m", purpose="agent", prompt_tokens=1200, completion_tokens=5, latency=0.5, cost=0.01)
    assert summarise(event).text == "agent · m · 1,200 → 5 tokens · 0.50 s · $0.0100"


def test_an_unknown_type_is_shown_by_its_name_and_keys() -> None:
    event = decode(b'{"event_type":"PaymentEvent","amount":5}')
    assert summarise(event).kind == "payment"
    assert summarise(event).text == '{"amount":5}'


@pytest.mark.parametrize(
    ("event", "verdict", "reasons"),
    [
        (SimulationEndEvent(reward=1.0), Verdict.PASSED, ()),
        (SimulationEndEvent(reward=0.9999999), Verdict.PASSED, ()),
        (SimulationEndEvent(reward=0.0, reward_info=reward_info(False)), Verdict.FAILED, ("database",)),
        (SimulationEndEvent(reward_info={"reward": 0.5}), Verdict.FAILED, ()),
        (SimulationEndEvent(), Verdict.UNKNOWN, ()),
        (SimulationEndEvent(error="x", error_type="Timeout"), Verdict.FAILED, ("error: Timeout",)),
        (
            SimulationEndEvent(reward=0.0, reward_info={"reward_breakdown": {"COMMUNICATE": 0.0, "DB": 1.0}}),
            Verdict.FAILED,
            ("communicate",),
        ),
    ],
)
def test_outcome(event: SimulationEndEvent, verdict: Verdict, reasons: tuple[str, ...]) -> None:
    outcome = outcome_of(event)
    assert (outcome.verdict, outcome.reasons) == (verdict, reasons)


def test_checks_that_the_reward_does_not_count_are_no_reason() -> None:
    info = {**reward_info(False), "reward_basis": ["ACTION"]}
    assert outcome_of(SimulationEndEvent(reward=0.0, reward_info=info)).reasons == ("actions",)


@given(
    st.sampled_from(sorted(registered_types())),
    st.dictionaries(st.text(max_size=8), json_values, max_size=4),
    st.data(),
)
def test_any_event_has_a_safe_summary(name: str, rest: dict[str, Any], data: st.DataObject) -> None:
    fields = [field for field in vars(registered_types()[name]()) if field not in ("extra", "stamped_on_creation")]
    chosen = data.draw(st.dictionaries(st.sampled_from(fields), json_values, max_size=6))
    summary = summarise(decode({**rest, **chosen, "event_type": name}))
    assert summary.text == normal(summary.text)
    assert visible(summary.text) == summary.text
    assert len(summary.kind) <= 8


@pytest.mark.parametrize("write", [airline, hostile])
def test_every_event_of_a_log_has_a_summary(write: Any, tmp_path: Path) -> None:
    with RunLog.open(write(tmp_path / "run.jsonl"), index="now") as log:
        for line in range(len(log)):
            entry = log.event(line)
            if isinstance(entry, ExecutionEvent):
                assert visible(summarise(entry).text) == summarise(entry).text


def test_a_simulation_that_ended_early_failed_because_of_that() -> None:
    early = SimulationEndEvent(reward=0.0, termination_reason="max_steps", reward_info={"reward": 0.0})
    assert outcome_of(early).reasons == ("ended early",)
    assert outcome_of(dataclasses.replace(early, termination_reason="user_stop")).reasons == ()
