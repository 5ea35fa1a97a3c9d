"""What the log of a whole run holds: all that happened, in its order, and what tau2 alone would have found."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.events.changes import apply, same
from tau2_tui.recording import RecordConfig, record_run
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.logs import Row, by_simulation, of_type, rows_of
from tests.recording.runs import config_for, rewards_without_recording


def tool_messages(events: list[Row]) -> list[Row]:
    return [row for row in of_type(events, "MessageEvent") if row["role"] == "tool" and not row["history"]]


@pytest.mark.parametrize(
    ("domain", "concurrency"),
    [
        ("mock", 1),
        ("mock", 8),
        pytest.param("airline", 1, marks=pytest.mark.slow),
        ("airline", 8),
        ("retail", 1),
        pytest.param("retail", 8, marks=pytest.mark.slow),
        pytest.param("telecom", 1, marks=pytest.mark.slow),
        ("telecom", 8),
    ],
)
def test_calls_match_messages_and_rewards_match_tau2_alone(
    tau2: Tau2, tmp_path: Path, domain: str, concurrency: int
) -> None:
    config = config_for(domain, max_concurrency=concurrency)
    record_run(config, tmp_path / "run.jsonl")
    rows = rows_of(tmp_path / "run.jsonl")
    simulations = by_simulation(rows)
    for events in simulations.values():
        calls = [call for row in of_type(events, "MessageEvent") for call in row["tool_calls"] or []]
        made = of_type(events, "ToolExecutionEvent")
        own = [call for call in calls if not is_history(events, call)]
        assert [row["tool_call_id"] for row in made] == [call["id"] for call in own]
        assert len(made) == len(tool_messages(events))
        assert {row["task_id"] for row in events} == {events[0]["task_id"]}
    rewards = {row["task_id"]: row["reward"] for row in of_type(rows, "SimulationEndEvent")}
    assert rewards == rewards_without_recording(tau2, config)


def is_history(events: list[Row], call: dict[str, Any]) -> bool:
    messages = of_type(events, "MessageEvent")
    return any(row["history"] and call in (row["tool_calls"] or []) for row in messages)


@pytest.fixture(scope="module")
def telecom_log(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    pytest.importorskip("tau2", reason="tau2-bench is not installed")
    path = tmp_path_factory.mktemp("telecom") / "run.jsonl"
    record_run(RecordConfig(domain="telecom", num_tasks=12, snapshots="full", num_trials=2, max_concurrency=4), path)
    return rows_of(path)


def test_the_run_is_framed_by_its_start_and_its_end(telecom_log: list[Row]) -> None:
    start, end = telecom_log[0], telecom_log[-1]
    assert (start["event_type"], end["event_type"]) == ("RunStartEvent", "RunEndEvent")
    assert start["domain"] == "telecom" and "policy" in start["policy"]
    kinds = {(tool["requestor"], tool["tool_type"]) for tool in start["tools"]}
    assert {("assistant", "read"), ("assistant", "write"), ("user", "read"), ("user", "write")} <= kinds
    assert all(tool["parameters"]["type"] == "object" and tool["description"] for tool in start["tools"])
    counts = Counter(row["event_type"] for row in telecom_log[:-1])
    assert end["event_counts"] == counts
    ends = of_type(telecom_log, "SimulationEndEvent")
    assert end["totals"]["simulations"] == len(ends) == 24
    assert end["totals"]["passed"] == sum(row["reward"] == 1.0 for row in ends)
    assert end["totals"]["tool_calls"] == counts["ToolExecutionEvent"]
    assert end["totals"]["state_changes"] == counts["StateChangeEvent"]


def test_each_task_is_written_once_before_its_first_simulation(telecom_log: list[Row]) -> None:
    tasks = of_type(telecom_log, "TaskEvent")
    assert len(tasks) == len({row["task_id"] for row in tasks}) == 12
    for task in tasks:
        assert task["task"]["id"] == task["task_id"] and task["task"]["evaluation_criteria"]["actions"]
        first = next(row for row in telecom_log if row["task_id"] == task["task_id"] and row["simulation_id"])
        assert task["seq"] < first["seq"]


def test_every_simulation_reads_start_messages_calls_end_in_true_order(telecom_log: list[Row]) -> None:
    for events in by_simulation(telecom_log).values():
        assert [events[0]["event_type"], events[1]["event_type"]] == ["SimulationStartEvent", "StateSnapshotEvent"]
        assert events[-1]["event_type"] == "SimulationEndEvent"
        assert events[1]["action_trigger"] == "simulation_start"
        assert events[-2]["action_trigger"] == "simulation_end"
        messages = of_type(events, "MessageEvent")
        assert [row["turn_idx"] for row in messages] == list(range(len(messages)))
        times = [row["message_timestamp"] for row in messages]
        assert times == sorted(times)
        for call in of_type(events, "ToolExecutionEvent"):
            asked = messages[call["turn_idx"]]
            answer = next(row for row in messages if row["tool_call_id"] == call["tool_call_id"])
            assert call["tool_call_id"] in [one["id"] for one in asked["tool_calls"]]
            assert asked["seq"] < call["seq"] < answer["seq"]


def test_the_recorded_changes_lead_from_the_first_state_through_every_snapshot(telecom_log: list[Row]) -> None:
    for events in by_simulation(telecom_log).values():
        state = events[1]["state"]
        hashes = {"database": events[1]["state_hash"], "user_database": events[1]["user_state_hash"]}
        assert (events[0]["state_hash"], events[0]["user_state_hash"]) == tuple(hashes.values())
        for row in events[2:]:
            if row["event_type"] == "StateChangeEvent":
                assert row["pre_state_hash"] == hashes[row["state_type"]] != row["post_state_hash"]
                hashes[row["state_type"]] = row["post_state_hash"]
                state[row["state_type"]] = apply(state[row["state_type"]], row["changes"])
            elif row["event_type"] == "StateSnapshotEvent":
                assert same(state, row["state"])
                assert hashes == {"database": row["state_hash"], "user_database": row["user_state_hash"]}
        assert hashes == {"database": events[-1]["state_hash"], "user_database": events[-1]["user_state_hash"]}


def test_the_users_tools_change_the_users_database_with_path_old_and_new(telecom_log: list[Row]) -> None:
    made = [row for row in of_type(telecom_log, "ToolExecutionEvent") if row["requestor"] == "user"]
    ids = {(row["simulation_id"], row["tool_call_id"]) for row in made if row["state_changed"]}
    assert ids
    for simulation_id, call_id in ids:
        rows = [
            row
            for row in of_type(telecom_log, "StateChangeEvent")
            if (row["simulation_id"], row["tool_call_id"]) == (simulation_id, call_id)
        ]
        assert any(row["state_type"] == "user_database" for row in rows)
        for change in rows[0]["changes"]:
            assert change["path"].startswith("/") and change["op"] in ("add", "remove", "replace")
            assert "old" in change or change["op"] == "add"
            assert change.get("old") != change.get("value")


def test_telecoms_own_sync_runs_and_is_told_apart(telecom_log: list[Row]) -> None:
    changes = of_type(telecom_log, "StateChangeEvent")
    synced = [row for row in changes if row["action_trigger"] == "sync_tools"]
    assert synced and not [row for row in changes if row["action_trigger"] == "untracked"]
    assert any(part["path"].startswith("/surroundings/") for row in synced for part in row["changes"])


def test_a_reference_state_with_sync_is_added_where_tau2s_own_lacks_it(telecom_log: list[Row]) -> None:
    ends = [row for row in of_type(telecom_log, "SimulationEndEvent") if any(row["gold_diff"].values())]
    assert ends and not any(row["reward_info"]["db_check"]["db_match"] for row in ends)
    for row in ends:
        assert row["metadata"]["gold_diff_after_sync"] == {"database": [], "user_database": []}


def test_trials_have_the_seeds_that_tau2_gives_them(telecom_log: list[Row]) -> None:
    before = random.getstate()
    seeds = RecordConfig(domain="x", num_trials=4).trial_seeds()
    assert random.getstate() == before
    assert seeds == [626729, 373753, 361454, 1567]
    used = {(row["trial"], row["seed"]) for row in of_type(telecom_log, "SimulationStartEvent")}
    assert used == {(0, 626729), (1, 373753)}


def test_a_tasks_own_history_is_marked_and_its_calls_are_not_the_agents(tau2: Tau2, tmp_path: Path) -> None:
    config = RecordConfig(domain="mock", task_ids=("update_task_with_message_history",))
    record_run(config, tmp_path / "run.jsonl")
    rows = rows_of(tmp_path / "run.jsonl")
    (task,) = of_type(rows, "TaskEvent")
    history = task["task"]["initial_state"]["message_history"]
    messages = of_type(rows, "MessageEvent")
    assert [row["history"] for row in messages[: len(history)]] == [True] * len(history)
    assert not any(row["history"] for row in messages[len(history) :])
    asked = [call for row in messages if not row["history"] for call in row["tool_calls"] or []]
    assert len(of_type(rows, "ToolExecutionEvent")) == len(asked)


def test_a_matched_state_has_an_empty_gold_diff_and_a_missed_one_says_what_differs(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tau2_tui.recording.agents.script import Script

    take = Script.take

    def wrong_take(self: Script) -> Any:
        call_id, action = take(self)
        if action.name != "update_task_status":
            return call_id, action
        return call_id, type(action)(action.requestor, action.name, {**action.arguments, "status": "pending"})

    config = RecordConfig(domain="mock", task_ids=("update_task_1",))
    record_run(config, tmp_path / "right.jsonl")
    (end,) = of_type(rows_of(tmp_path / "right.jsonl"), "SimulationEndEvent")
    assert end["reward"] == 1.0 and end["gold_diff"] == {"database": [], "user_database": []}
    monkeypatch.setattr(Script, "take", wrong_take)
    record_run(config, tmp_path / "wrong.jsonl")
    (end,) = of_type(rows_of(tmp_path / "wrong.jsonl"), "SimulationEndEvent")
    assert end["reward"] == 0.0
    (change,) = end["gold_diff"]["database"]
    assert change == {"op": "replace", "path": "/tasks/task_1/status", "old": "completed", "value": "pending"}


def test_a_simulation_that_ends_early_is_still_compared_with_the_reference(tau2: Tau2, tmp_path: Path) -> None:
    record_run(RecordConfig(domain="mock", task_ids=("create_task_1",), max_steps=1), tmp_path / "run.jsonl")
    (end,) = of_type(rows_of(tmp_path / "run.jsonl"), "SimulationEndEvent")
    assert end["termination_reason"] == "max_steps" and end["reward"] == 0.0
    assert {change["op"] for change in end["gold_diff"]["database"]} == {"remove"}
