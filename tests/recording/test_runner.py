"""Whole runs through tau2's orchestrator, environment and evaluator."""

from __future__ import annotations

import gc
import json
import random
import signal
import threading
import weakref
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import LogWriteError, RecordingError
from tau2_tui.events import ExecutionEvent
from tau2_tui.events.changes import apply, same
from tau2_tui.logging import ExecutionLogger
from tau2_tui.recording import RecordConfig, RunInterrupted, RunOutcome, RunPlan, SimulationOutcome, record_run
from tau2_tui.recording.session import SimulationIdentity
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


class FailingUser:
    """Makes the user of one task raise, refuse to speak, or make the evaluation fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, task_id: str, tau2: Tau2) -> None:
        self.monkeypatch, self.task_id, self.tau2 = monkeypatch, task_id, tau2

    def fails_by(self, behaviour: Any) -> None:
        from tau2_tui.recording import simulation

        build = simulation.build_participants

        def build_failing(tau2: Any, config: Any, environment: Any, task: Any, seed: Any) -> Any:
            agent, user = build(tau2, config, environment, task, seed)
            if task.id == self.task_id:
                user.generate_next_message = behaviour
            return agent, user

        self.monkeypatch.setattr(simulation, "build_participants", build_failing)


@pytest.fixture
def failing(tau2: Tau2, monkeypatch: pytest.MonkeyPatch) -> FailingUser:
    return FailingUser(monkeypatch, "update_task_1", tau2)


def test_a_simulation_that_raises_is_recorded_and_the_run_goes_on(failing: FailingUser, tmp_path: Path) -> None:
    def broken(message: Any, state: Any) -> Any:
        raise ConnectionError("no route to the model")

    failing.fails_by(broken)
    outcome = record_run(RecordConfig(domain="mock", max_retries=0), tmp_path / "run.jsonl")
    rows = rows_of(tmp_path / "run.jsonl")
    ends = of_type(rows, "SimulationEndEvent")
    assert len(ends) == len(of_type(rows, "SimulationStartEvent")) == outcome.plan.simulations
    (failed,) = [row for row in ends if row["error"]]
    assert failed["task_id"] == "update_task_1" and failed["level"] == "error"
    assert (failed["error"], failed["error_type"]) == ("no route to the model", "ConnectionError")
    assert failed["termination_reason"] == "infrastructure_error" and failed["reward"] is None
    assert "in broken" in failed["traceback"] and failed["metadata"]["failed_in"] == "conversation"
    assert rows[-1]["event_type"] == "RunEndEvent" and rows[-1]["totals"]["errors"] == 1
    assert [item.error for item in outcome.simulations if item.error] == ["no route to the model"]


def test_a_message_that_tau2_refuses_is_kept(failing: FailingUser, tmp_path: Path) -> None:
    failing.fails_by(lambda message, state: (failing.tau2.user_message(content=" "), state))
    record_run(RecordConfig(domain="mock", task_ids=("update_task_1",), max_retries=0), tmp_path / "run.jsonl")
    rows = rows_of(tmp_path / "run.jsonl")
    (refused,) = [row for row in of_type(rows, "MessageEvent") if row["level"] == "warning"]
    assert refused["content"] == " " and refused["metadata"] == {"in_conversation": False}
    (end,) = of_type(rows, "SimulationEndEvent")
    assert "must have either content or tool" in end["error"]


def test_a_simulation_that_cannot_be_built_is_recorded_too(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tau2_tui.recording import simulation

    def unbuildable(*args: Any) -> Any:
        raise ValueError("no such tool set")

    monkeypatch.setattr(simulation, "build_participants", unbuildable)
    record_run(RecordConfig(domain="mock", num_tasks=2, max_retries=0), tmp_path / "run.jsonl")
    rows = rows_of(tmp_path / "run.jsonl")
    for events in by_simulation(rows).values():
        assert [row["event_type"] for row in events] == ["SimulationStartEvent", "SimulationEndEvent"]
        assert events[1]["metadata"]["failed_in"] == "build"


def test_an_evaluation_that_raises_keeps_what_is_known_of_the_conversation(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Tau2, *args: Any, **kwargs: Any) -> Any:
        raise ValueError("judge unavailable")

    monkeypatch.setattr(Tau2, "evaluate", broken)
    record_run(RecordConfig(domain="mock", num_tasks=1, max_retries=0), tmp_path / "run.jsonl")
    (end,) = of_type(rows_of(tmp_path / "run.jsonl"), "SimulationEndEvent")
    assert end["error"] == "judge unavailable" and end["reward"] is None
    assert end["metadata"] == {"failed_in": "evaluation", "conversation_ended_by": "user_stop"}
    assert end["agent_cost"] == 0.0 and end["state_hash"] is not None


class Watching:
    """Remembers what a run tells, and can act on it."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.outcome: RunOutcome | None = None

    def run_started(self, plan: RunPlan) -> None:
        self.told.append(f"run of {plan.simulations}")

    def simulation_started(self, identity: SimulationIdentity) -> None:
        self.told.append("start")

    def event_logged(self, identity: SimulationIdentity, event: ExecutionEvent) -> None:
        assert event.simulation_id == identity.simulation_id and event.seq is not None

    def attempt_failed(self, outcome: SimulationOutcome) -> None:
        self.told.append("again")

    def simulation_ended(self, outcome: SimulationOutcome) -> None:
        self.told.append("end")

    def run_stopping(self) -> None:
        self.told.append("stopping")

    def run_ended(self, outcome: RunOutcome) -> None:
        self.told.append("over")
        self.outcome = outcome


def test_the_listener_hears_of_everything_once(tau2: Tau2, tmp_path: Path) -> None:
    listener = Watching()
    outcome = record_run(RecordConfig(domain="mock", max_concurrency=4), tmp_path / "run.jsonl", listener=listener)
    count = outcome.plan.simulations
    assert listener.told[0] == f"run of {count}" and listener.told[-1] == "over"
    assert Counter(listener.told[1:-1]) == {"start": count, "end": count}
    assert outcome.size == (tmp_path / "run.jsonl").stat().st_size
    assert listener.outcome == outcome


def test_an_interrupt_leaves_a_valid_log_without_an_end(tau2: Tau2, tmp_path: Path) -> None:
    class Interrupting(Watching):
        def simulation_ended(self, outcome: SimulationOutcome) -> None:
            super().simulation_ended(outcome)
            if self.told.count("end") == 3:
                signal.raise_signal(signal.SIGINT)

    listener = Interrupting()
    with pytest.raises(RunInterrupted) as caught:
        record_run(RecordConfig(domain="telecom", num_tasks=40), tmp_path / "run.jsonl", listener=listener)
    rows = rows_of(tmp_path / "run.jsonl")
    assert not of_type(rows, "RunEndEvent")
    assert rows[-1]["event_type"] == "ExecutionEvent" and rows[-1]["metadata"]["interrupted"] is True
    ended = len(of_type(rows, "SimulationEndEvent"))
    assert 3 <= ended < 40 and len(caught.value.outcome.simulations) == ended
    assert caught.value.outcome.interrupted and listener.told[-1] == "over"
    assert not [
        thread for thread in threading.enumerate() if thread.name.startswith("simulation-") and thread.is_alive()
    ]


def test_a_full_disk_ends_the_run_with_an_error_not_with_failed_simulations(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_event = ExecutionLogger.log_event

    def full(self: ExecutionLogger, event: Any) -> Any:
        if event.event_type == "ToolExecutionEvent":
            raise LogWriteError("no space left on device")
        return log_event(self, event)

    monkeypatch.setattr(ExecutionLogger, "log_event", full)
    with pytest.raises(LogWriteError, match="no space"):
        record_run(RecordConfig(domain="mock"), tmp_path / "run.jsonl")
    monkeypatch.undo()
    rows = rows_of(tmp_path / "run.jsonl")
    assert not [row for row in of_type(rows, "SimulationEndEvent") if row["error"]]


def test_two_runs_at_once_do_not_mix(tau2: Tau2, tmp_path: Path) -> None:
    def one(name: str) -> None:
        record_run(RecordConfig(domain=name, num_tasks=8, max_concurrency=3), tmp_path / f"{name}.jsonl")

    threads = [threading.Thread(target=one, args=(name,)) for name in ("mock", "telecom")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in ("mock", "telecom"):
        rows = rows_of(tmp_path / f"{name}.jsonl")
        assert {row["domain"] for row in of_type(rows, "SimulationStartEvent")} == {name}
        assert len(of_type(rows, "SimulationEndEvent")) == 8


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"domain": "spaceline"}, "unknown domain 'spaceline'"),
        ({"domain": "mock", "task_ids": ("create_task_1", "nope")}, "no task 'nope'"),
        ({"domain": "mock", "task_set_name": "nope"}, "unknown task set 'nope'"),
        ({"domain": "mock", "task_split_name": "nope"}, "'nope'"),
        ({"domain": "mock", "agent": "nope"}, "unknown agent"),
        ({"domain": "mock", "agent": "nope", "user": "scripted"}, "neither goes with"),
        ({"domain": "mock", "agent": "nope", "user": "user_simulator"}, "unknown agent 'nope'"),
        ({"domain": "mock", "agent": "llm_agent", "user": "nope"}, "unknown user 'nope'"),
        ({"domain": "mock", "agent": "llm_agent", "user": "user_simulator"}, "--agent-llm"),
        ({"domain": "airline", "agent": "llm_agent_solo", "agent_llm": "m", "user": "dummy_user"}, "solo mode"),
    ],
)
def test_what_does_not_exist_is_refused_before_anything_is_written(
    tau2: Tau2, tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(RecordingError, match=said):
        record_run(RecordConfig(**options), tmp_path / "run.jsonl")
    assert not (tmp_path / "run.jsonl").exists()


def test_numbers_that_make_no_sense_are_refused() -> None:
    with pytest.raises(RecordingError, match="num_trials"):
        RecordConfig(domain="mock", num_trials=0)


def test_places_where_no_log_can_be_made_are_refused(tau2: Tau2, tmp_path: Path) -> None:
    existing = tmp_path / "there.jsonl"
    existing.write_text("precious")
    config = RecordConfig(domain="mock", num_tasks=1)
    for path, said in [(existing, "exists"), (tmp_path, "directory"), (tmp_path / "no" / "x.jsonl", "does not exist")]:
        with pytest.raises(LogWriteError, match=said):
            record_run(config, path)
    assert existing.read_text() == "precious"
    record_run(config, existing, replace=True)
    assert rows_of(existing)[0]["event_type"] == "RunStartEvent"


def test_task_ids_may_be_words_or_a_list_with_commas(tau2: Tau2, tmp_path: Path) -> None:
    config = RecordConfig(domain="mock", task_ids=("create_task_1,update_task_1", "create_task_1"))
    record_run(config, tmp_path / "run.jsonl")
    tasks = of_type(rows_of(tmp_path / "run.jsonl"), "TaskEvent")
    assert {row["task_id"] for row in tasks} == {"create_task_1", "update_task_1"}


def test_a_task_set_without_splits_is_taken_whole(tau2: Tau2, tmp_path: Path) -> None:
    config = RecordConfig(domain="telecom", task_set_name="telecom_small", num_tasks=1)
    assert record_run(config, tmp_path / "run.jsonl").plan.tasks == 1


def test_secrets_are_in_no_line(tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment-0123456789")
    arguments = {
        "api_key": "sk-argument-0123456789",
        "extra_headers": {"Authorization": "Bearer abcdef-42"},
        "top_p": 1,
    }
    command = ["tau2-tui", "record", "--agent-llm-args", json.dumps(arguments), "sk-environment-0123456789"]
    record_run(
        RecordConfig(domain="mock", num_tasks=1, agent_llm_args=arguments),
        tmp_path / "run.jsonl",
        command_line=command,
    )
    text = (tmp_path / "run.jsonl").read_text()
    for secret in ("sk-argument", "sk-environment", "abcdef-42"):
        assert secret not in text
    start = rows_of(tmp_path / "run.jsonl")[0]
    assert start["config"]["agent_llm_args"]["top_p"] == 1
    assert start["command_line"][:3] == command[:3]


def test_nothing_of_a_simulation_is_kept_after_it(tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[weakref.ref[Any]] = []
    alive: list[int] = []
    build = Tau2.environment

    def building(self: Tau2, *args: Any, **kwargs: Any) -> Any:
        environment = build(self, *args, **kwargs)
        built.append(weakref.ref(environment))
        return environment

    class Counting(Watching):
        def simulation_ended(self, outcome: SimulationOutcome) -> None:
            alive.append(sum(reference() is not None for reference in built))

    monkeypatch.setattr(Tau2, "environment", building)
    gc.disable()
    try:
        record_run(RecordConfig(domain="mock", max_concurrency=1), tmp_path / "run.jsonl", listener=Counting())
    finally:
        gc.enable()
    assert len(built) > 5 and max(alive) <= 1  # the one that references are copied from
