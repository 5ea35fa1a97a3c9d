"""The real pair of a tau2-enhanced log and its results file: what is live, what was replayed, what changed."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.events import MessageEvent, SimulationEndEvent, StateChangeEvent, StateSnapshotEvent, ToolExecutionEvent
from tau2_tui.runlog import formats
from tests.support.real_data import real_data

STEM = "airline_gemini2_5_flash_10tasks_2t"


@pytest.fixture(scope="module")
def events() -> list[Any]:
    return list(formats.read(real_data("tau2-enhanced", f"{STEM}_enhanced_logs.json")).events)


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(real_data("tau2-enhanced", f"{STEM}.json").read_text())
    return found


def of(events: list[Any], kind: type[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_79_live_calls_of_212_of_which_71_succeeded_and_4_changed_the_state(events: list[Any]) -> None:
    log = json.loads(real_data("tau2-enhanced", f"{STEM}_enhanced_logs.json").read_text())
    assert sum(event["event_type"] == "ToolExecutionEvent" for event in log["execution_events"]) == 212
    calls = of(events, ToolExecutionEvent)
    assert len(calls) == 79
    assert sum(call.success for call in calls) == 71
    assert sum(call.state_changed is True for call in calls) == len(of(events, StateChangeEvent)) == 4
    assert all(call.execution_time is not None and call.simulation_id for call in calls)
    imported = events[0].metadata["imported"]
    assert (imported["live_calls"], imported["removed_replays"], imported["removed_references"]) == (79, 79, 54)
    assert imported["unexplained_calls"] == 0
    assert any("133 were the evaluator's and were removed" in note for note in imported["notes"])


def test_each_call_is_that_of_its_simulations_messages(events: list[Any], results: dict[str, Any]) -> None:
    expected = {
        simulation["id"]: [
            (call["id"], call["name"], call["arguments"])
            for message in simulation["messages"]
            for call in message.get("tool_calls") or []
        ]
        for simulation in results["simulations"]
    }
    found: dict[str, list[Any]] = {name: [] for name in expected}
    for call in of(events, ToolExecutionEvent):
        found[call.simulation_id].append((call.tool_call_id, call.tool_name, call.tool_args))
    assert found == expected
    failed = Counter(call.simulation_id for call in of(events, ToolExecutionEvent) if not call.success)
    assert failed == Counter(
        simulation["id"]
        for simulation in results["simulations"]
        for message in simulation["messages"]
        if message["role"] == "tool" and message["error"]
    )


def test_the_clock_offset_puts_each_call_between_its_messages(events: list[Any], results: dict[str, Any]) -> None:
    assert events[0].metadata["imported"]["clock_offset"] == 25200
    answers = {
        message["id"]: datetime.fromisoformat(message["timestamp"]).replace(tzinfo=timezone.utc).timestamp() + 25200
        for simulation in results["simulations"]
        for message in simulation["messages"]
        if message["role"] == "tool"
    }
    for call in of(events, ToolExecutionEvent):
        assert 0 <= answers[call.tool_call_id] - call.timestamp < 0.1
    messages = of(events, MessageEvent)
    assert messages[0].timestamp == pytest.approx(1759135093.673775)
    assert sum(snapshot.action_trigger.startswith("before_") for snapshot in of(events, StateSnapshotEvent)) == 79


def test_rewards_and_costs_are_those_of_the_results_file(events: list[Any], results: dict[str, Any]) -> None:
    found = {end.simulation_id: (end.reward, end.agent_cost, end.user_cost) for end in of(events, SimulationEndEvent)}
    assert found == {
        one["id"]: (one["reward_info"]["reward"], one["agent_cost"], one["user_cost"]) for one in results["simulations"]
    }


def test_alone_all_but_one_call_are_told_apart(tmp_path: Path) -> None:
    """A reference of a single call, in a conversation without calls, looks like a conversation of one call."""
    path = tmp_path / "alone_enhanced_logs.json"
    path.write_bytes(real_data("tau2-enhanced", f"{STEM}_enhanced_logs.json").read_bytes())
    calls = of(list(formats.read(path).events), ToolExecutionEvent)
    assert (len(calls), sum(call.success for call in calls), sum(call.state_changed is True for call in calls)) == (
        80,
        72,
        4,
    )
