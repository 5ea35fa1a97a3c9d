"""Replays of logs whose every state is known, because we recorded them."""

from __future__ import annotations

import functools
import itertools
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import RecordingError
from tau2_tui.events import (
    ExecutionEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationEndEvent,
    StateChangeEvent,
    StateSnapshotEvent,
)
from tau2_tui.recording import RecordConfig
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.replay.replays import (
    as_results_hold_it,
    calls_of,
    comparable,
    read,
    recorded,
    replayed,
    simulation,
    the_end,
)
from tests.recording.runs import config_for

CREATE = "create_task"
GOOD = {"user_id": "user_1", "title": "Important Meeting"}


def created(title: str = "Important Meeting", number: int = 2) -> str:
    text = '{{"task_id": "task_{}", "title": "{}", "description": null, "status": "pending"}}'
    return text.format(number, title)


def mock_task(tau2: Tau2, task_id: str = "create_task_1") -> dict[str, Any]:
    (task,) = [task for task in tau2.tasks("mock", None) if task.id == task_id]
    data: dict[str, Any] = task.model_dump(mode="json")
    return data


@pytest.mark.parametrize(
    ("domain", "options"),
    [
        ("mock", {}),
        ("telecom", {}),
        ("telecom", {"agent": "noisy-oracle", "error_rate": 0.4, "num_trials": 2}),
        ("retail", {"agent": "noisy-oracle", "error_rate": 0.4}),
        pytest.param("airline", {"agent": "noisy-oracle", "error_rate": 0.4}, marks=pytest.mark.slow),
    ],
)
def test_a_replay_gives_the_log_that_was_recorded(
    tau2: Tau2, tmp_path: Path, domain: str, options: dict[str, Any]
) -> None:
    original = recorded(tmp_path / "run.jsonl", config_for(domain, **options))
    got, reports = replayed(as_results_hold_it(read(tmp_path / "run.jsonl")))
    assert comparable(got) == comparable(original)
    assert all(report.all_equal for report in reports)
    assert sum(report.results for report in reports) == len(calls_of(original)) > 0
    assert all(event.execution_time is not None for event in calls_of(got))
    times = [sorted(event.timestamp for event in calls_of(events)) for events in (original, got)]
    assert times[0] == times[1]


def test_a_log_that_was_replayed_can_be_replayed_again(tau2: Tau2, tmp_path: Path) -> None:
    original = recorded(tmp_path / "run.jsonl", config_for("mock"))
    once, _ = replayed(as_results_hold_it(read(tmp_path / "run.jsonl")))
    twice, reports = replayed(once)
    assert comparable(twice) == comparable(original)
    assert not any(report.notes for report in reports)


def test_interleaved_simulations_are_replayed_each_by_itself(tau2: Tau2, tmp_path: Path) -> None:
    original = recorded(tmp_path / "run.jsonl", config_for("telecom", num_trials=2))
    events = list(as_results_hold_it(read(tmp_path / "run.jsonl")))
    by_simulation = [
        [event for event in events if event.simulation_id == name]
        for name in dict.fromkeys(event.simulation_id for event in events if event.simulation_id)
    ]
    mixed = [event for row in itertools.zip_longest(*by_simulation) for event in row if event is not None]
    of_run = [event for event in events if event.simulation_id is None]
    got, _ = replayed([*of_run[:-1], *mixed, of_run[-1]])
    assert comparable(got) == comparable(original)


def test_the_run_says_what_it_was_replayed_in_and_how_much_was_equal(tau2: Tau2, tmp_path: Path) -> None:
    original = recorded(tmp_path / "run.jsonl", config_for("mock"))
    got, reports = replayed(as_results_hold_it(read(tmp_path / "run.jsonl")))
    start, end = got[0], got[-1]
    assert isinstance(start, RunStartEvent) and isinstance(end, RunEndEvent)
    assert start.metadata["replay"] == {
        "tau2": tau2.name,
        "policy": f"of {tau2.name}",
        "tools": f"of {tau2.name}",
    }
    sums = end.metadata["replay"]
    assert sums["results"] == sums["equal"] == sum(report.results for report in reports)
    assert sums["simulations"] == len(reports)
    assert end.event_counts == original[-1].event_counts  # type: ignore[attr-defined]


def test_a_simulation_that_was_repeated_does_not_count_in_the_sums(tau2: Tau2) -> None:
    first = list(simulation("mock", (CREATE, GOOD, created(), False), end=SimulationEndEvent()))
    second = list(simulation("mock", (CREATE, GOOD, created(), False), end=SimulationEndEvent()))[1:]
    for event in second:
        event.simulation_id = "again"
    second[0].metadata["repeats"] = "s"
    got, _ = replayed([*first, *second, RunEndEvent(totals={"state_changes": None, "tool_errors": 5})])
    assert isinstance(got[-1], RunEndEvent)
    assert got[-1].totals == {"state_changes": 1, "tool_errors": 0}
    assert got[-1].event_counts[StateChangeEvent.__name__] == 2


def test_policy_and_tools_of_the_log_stand(tau2: Tau2) -> None:
    events = list(simulation("mock", end=SimulationEndEvent()))
    assert isinstance(events[0], RunStartEvent)
    events[0].policy, events[0].tools = "be kind", [{"name": "hammer"}]
    got, _ = replayed(events)
    assert isinstance(got[0], RunStartEvent)
    assert (got[0].policy, got[0].tools) == ("be kind", [{"name": "hammer"}])
    assert got[0].metadata["replay"] == {"tau2": tau2.name}


# Differences


def test_a_result_that_differs_stands_and_is_explained(tau2: Tau2) -> None:
    calls = [(CREATE, GOOD, created("Unimportant Meeting"), False), ("get_users", {}, "[]", False)]
    got, (report,) = replayed(simulation("mock", *calls, task=mock_task(tau2), end=SimulationEndEvent()))
    assert (report.results, report.equal) == (2, 0)
    first, second = report.differing
    assert (first.kind, first.after) == ("values", None)
    cause = f"the tool or its data are not those of {tau2.name}"
    assert first.why == f'/title "Unimportant Meeting" became "Important Meeting" ({cause})'
    assert second.after == 0 and "call 0 before it, which may write, differed too" in second.why
    event = calls_of(got)[0]
    assert event.result == created("Unimportant Meeting")
    assert event.metadata["replay"]["equal"] is False and event.metadata["replay"]["kind"] == "values"
    assert event.state_changed is True
    told = the_end(got).metadata["replay"]
    assert told["equal"] == 0 and [item["call"] for item in told["differing"]] == [0, 1]
    assert report.in_words().startswith("0 of 2 results are the same; turn 0, create_task: /title")


def test_a_tool_that_this_tau2_lacks_is_named(tau2: Tau2) -> None:
    got, (report,) = replayed(
        simulation("mock", ("juggle", {"balls": 3}, "done", False), task=mock_task(tau2), end=SimulationEndEvent())
    )
    (found,) = report.differing
    assert (found.kind, found.why) == ("no_such_tool", f"{tau2.name} has no tool juggle")
    assert calls_of(got)[0].success is True


def test_an_error_is_equal_to_the_same_error(tau2: Tau2) -> None:
    arguments = {"user_id": "nobody", "title": "x"}
    (_, (report,)) = replayed(
        simulation("mock", (CREATE, arguments, "Error: User nobody not found", True), end=SimulationEndEvent())
    )
    assert report.all_equal and report.results == 1


def test_a_failure_that_the_log_takes_for_a_success_is_known_by_its_text(tau2: Tau2) -> None:
    arguments = {"user_id": "nobody", "title": "x"}
    got, (report,) = replayed(
        simulation("mock", (CREATE, arguments, "Error: User nobody not found", False), end=SimulationEndEvent())
    )
    (event,) = calls_of(got)
    assert report.all_equal
    assert event.success is False and event.error_message == "User nobody not found"
    assert event.metadata["replay"]["success_when_recorded"] is True


def test_a_call_without_an_answer_was_never_made(tau2: Tau2) -> None:
    events = list(simulation("mock", (CREATE, GOOD, created(), False), task=mock_task(tau2), end=SimulationEndEvent()))
    events = [event for event in events if getattr(event, "role", None) != "tool"]
    got, (report,) = replayed(events)
    assert (report.calls, report.replayed, report.unanswered) == (1, 0, 1)
    assert not [event for event in got if isinstance(event, StateChangeEvent)]
    assert calls_of(got)[0].metadata["replay"]["replayed"] is False


def test_calls_with_one_id_get_their_own_answers(tau2: Tau2) -> None:
    calls = [(CREATE, {**GOOD, "title": name}, created(name, place), False) for place, name in enumerate("abc", 2)]
    got, (report,) = replayed(simulation("mock", *calls, task=mock_task(tau2), end=SimulationEndEvent()))
    assert report.equal == 3
    assert [event.action_trigger for event in got if isinstance(event, StateChangeEvent)] == [CREATE] * 3


def test_a_power_is_not_computed(tau2: Tau2) -> None:
    power = {"expression": "9**9**9**9"}
    _, (report,) = replayed(simulation("airline", ("calculate", power, "1", False), end=SimulationEndEvent()))
    assert report.differing[0].kind == "not_made" and report.replayed == 0


def test_no_model_is_asked(tau2: Tau2, monkeypatch: pytest.MonkeyPatch) -> None:
    toolkit = type(tau2.environment("mock").tools)

    @functools.wraps(toolkit.get_users)
    def ask(self: Any) -> Any:
        return tau2.llm_utils.completion(model="m")

    monkeypatch.setattr(toolkit, "get_users", ask)
    _, (report,) = replayed(simulation("mock", ("get_users", {}, "[]", False), end=SimulationEndEvent()))
    assert report.differing[0].kind == "fails_now"
    assert "no language model is asked in a replay" in report.differing[0].why


# The reference


def test_a_wrong_argument_is_where_it_parted_from_the_reference(tau2: Tau2) -> None:
    calls = [("get_users", {}, "[]", False), (CREATE, {**GOOD, "title": "Nap"}, created("Nap"), False)]
    got, (report,) = replayed(simulation("mock", *calls, task=mock_task(tau2), end=SimulationEndEvent()))
    end = the_end(got)
    assert end.gold_diff is not None
    assert end.gold_diff["database"] == [
        {"op": "replace", "path": "/tasks/task_2/title", "old": "Important Meeting", "value": "Nap"}
    ]
    divergence = end.metadata["replay"]["first_divergence"]
    assert divergence["unexpected_write"] == {
        "call": 1,
        "turn_idx": 2,
        "tool_call_id": "same",
        "tool_name": CREATE,
        "paths": ["/tasks/task_2/title"],
    }
    assert divergence["missing_write"]["action"] == 0 and divergence["missing_write"]["tool_args"] == GOOD
    assert [event.metadata["replay"].get("first_divergence") for event in calls_of(got)] == [None, True]
    assert report.gold_equal is False


def test_a_write_that_was_left_out_is_a_missing_one(tau2: Tau2) -> None:
    got, _ = replayed(
        simulation("mock", ("get_users", {}, "[]", False), task=mock_task(tau2), end=SimulationEndEvent())
    )
    divergence = the_end(got).metadata["replay"]["first_divergence"]
    assert divergence["unexpected_write"] is None
    assert divergence["missing_write"]["tool_name"] == CREATE


def test_the_reference_state_is_reached_by_the_same_effect(tau2: Tau2) -> None:
    arguments = {**GOOD, "description": None}
    got, (report,) = replayed(
        simulation("mock", (CREATE, arguments, created(), False), task=mock_task(tau2), end=SimulationEndEvent())
    )
    assert report.gold_equal is True
    assert the_end(got).gold_diff == {"database": [], "user_database": []}
    assert "first_divergence" not in the_end(got).metadata["replay"]


def test_the_evaluation_of_the_log_is_compared_and_not_believed(tau2: Tau2) -> None:
    end = SimulationEndEvent(reward=1.0, reward_info={"reward": 1.0, "db_check": {"db_match": True}})
    got, (report,) = replayed(simulation("mock", ("get_users", {}, "[]", False), task=mock_task(tau2), end=end))
    assert (report.db_match, report.gold_equal) == (True, False)
    assert got[-1].metadata["replay"]["db_match_agrees"] == 0


def test_the_reference_actions_that_were_evaluated_count(tau2: Tau2) -> None:
    """Some files number their simulations anew, so that the task of that id is not the one that was worked on."""
    action = {"action_id": "7_0", "requestor": "assistant", "name": CREATE, "arguments": {**GOOD, "title": "Nap"}}
    checks = [{"action": action, "action_match": True, "action_reward": 1.0}]
    end = SimulationEndEvent(reward_info={"db_check": {"db_match": True}, "action_checks": checks})
    calls = [(CREATE, {**GOOD, "title": "Nap"}, created("Nap"), False)]
    _, (report,) = replayed(simulation("mock", *calls, task=mock_task(tau2), end=end))
    assert report.gold_equal is True
    assert "7_0" in report.notes[0]


# What cannot be replayed


def test_a_domain_that_this_tau2_lacks(tau2: Tau2) -> None:
    with pytest.raises(RecordingError, match=r"no domain 'hotel'; it has: .*mock"):
        replayed(simulation("hotel", end=SimulationEndEvent()))


def test_the_enhanced_twin_of_a_domain_is_that_domain(tau2: Tau2) -> None:
    _, (report,) = replayed(simulation("mock_enhanced", (CREATE, GOOD, created(), False), end=SimulationEndEvent()))
    assert report.all_equal and report.results == 1


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"redact": "mask"}, "was redacted"),
        ({"retrieval_config": "terminal_use_write"}, "run commands"),
        ({"info": {"retrieval_config": "terminal_use"}}, "run commands"),
    ],
)
def test_calls_that_must_not_be_made_again(tau2: Tau2, config: dict[str, Any], message: str) -> None:
    events = list(simulation("mock", (CREATE, GOOD, created(), False), end=SimulationEndEvent()))
    assert isinstance(events[0], RunStartEvent)
    events[0].config = config
    with pytest.raises(RecordingError, match=message):
        replayed(events)


def test_an_initial_state_that_cannot_be_set_leaves_the_simulation_as_it_was(tau2: Tau2) -> None:
    task = mock_task(tau2)
    action = {"env_type": "assistant", "func_name": "no_such_function", "arguments": {}}
    task["initial_state"] = {"initialization_actions": [action]}
    before = list(simulation("mock", (CREATE, GOOD, created(), False), task=task, end=SimulationEndEvent()))
    kept = comparable(before)
    got, (report,) = replayed(before)
    assert report.not_replayed is not None and "initial state" in report.not_replayed
    assert not report.all_equal
    assert comparable(got)["s"] == kept["s"]
    assert the_end(got).metadata["replay"] == {"replayed": 0, "not_replayed": report.not_replayed}


def test_a_task_that_begins_with_tools_that_this_tau2_lacks(tau2: Tau2) -> None:
    task = mock_task(tau2)
    action = {"env_type": "user", "func_name": "add_notification", "arguments": {}}
    task["initial_state"] = {"initialization_actions": [action]}
    _, (report,) = replayed(
        simulation("airline", ("get_user_details", {"user_id": "x"}, "", False), task=task, end=SimulationEndEvent())
    )
    assert report.not_replayed is not None
    assert report.not_replayed.endswith(f"an action of the user's tools, and {tau2.name} has none in airline")


def test_a_simulation_of_nothing_is_left_as_it_was(tau2: Tau2) -> None:
    got, (report,) = replayed(
        simulation("mock", task=mock_task(tau2), end=SimulationEndEvent(metadata={"skipped": True}))
    )
    assert report.not_replayed == "the log has nothing of its conversation"
    assert the_end(got).gold_diff is None


def test_a_simulation_that_failed_has_no_difference_to_the_reference(tau2: Tau2) -> None:
    end = SimulationEndEvent(termination_reason="infrastructure_error", error="boom")
    got, (report,) = replayed(simulation("mock", (CREATE, GOOD, created(), False), task=mock_task(tau2), end=end))
    assert report.all_equal and report.gold_equal is None
    assert the_end(got).gold_diff is None and the_end(got).state_hash is not None


def test_a_log_that_breaks_off_is_replayed_up_to_there(tau2: Tau2) -> None:
    got, (report,) = replayed(simulation("mock", (CREATE, GOOD, created(), False), task=mock_task(tau2)))
    assert report.equal == 1
    triggers = [event.action_trigger for event in got if isinstance(event, StateSnapshotEvent)]
    assert triggers == ["simulation_start", f"after_{CREATE}"]
    of_simulation, of_run = got[-2:]
    assert of_simulation.message == "replay: the result is the same"
    assert of_run.metadata["replay"]["equal"] == 1


def test_a_task_that_the_log_lacks_is_taken_from_tau2_and_said(tau2: Tau2) -> None:
    events: list[ExecutionEvent] = list(simulation("mock", (CREATE, GOOD, created(), False), end=SimulationEndEvent()))
    for event in events:
        event.task_id = "create_task_1" if event.task_id else None
    _, (report,) = replayed(events)
    assert report.notes == [f"the log does not hold the task; it was taken from {tau2.name}"]
    assert report.gold_equal is True


def test_a_task_that_nobody_knows(tau2: Tau2) -> None:
    got, (report,) = replayed(simulation("mock", (CREATE, GOOD, created(), False), end=SimulationEndEvent()))
    assert report.all_equal and "the task is not known" in report.notes[0]
    assert the_end(got).gold_diff is None
    assert the_end(got).metadata["gold_diff_reason"] == "the task is not known"


def test_a_task_of_another_shape(tau2: Tau2) -> None:
    task = {"id": "odd", "evaluation_criteria": ["not", "an", "object"], "user_scenario": 7}
    _, (report,) = replayed(simulation("mock", (CREATE, GOOD, created(), False), task=task, end=SimulationEndEvent()))
    assert report.all_equal and "does not take the task of the log for one" in report.notes[0]


def test_the_tasks_own_history_is_not_made_again(tau2: Tau2, tmp_path: Path) -> None:
    config = RecordConfig(domain="mock", task_ids=("update_task_with_message_history",))
    original = recorded(tmp_path / "run.jsonl", config)
    stripped = list(as_results_hold_it(read(tmp_path / "run.jsonl")))
    for event in stripped:
        if hasattr(event, "history"):
            event.history = False
    got, _ = replayed(stripped)
    assert comparable(got) == comparable(original)
