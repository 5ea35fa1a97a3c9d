"""A run as a whole: who is told of it, what ends it, what is refused, what is left behind."""

from __future__ import annotations

import gc
import json
import signal
import threading
import weakref
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import LogWriteError, RecordingError
from tau2_tui.events import ExecutionEvent
from tau2_tui.logging import ExecutionLogger
from tau2_tui.recording import RecordConfig, RunInterrupted, RunOutcome, RunPlan, SimulationOutcome, record_run
from tau2_tui.recording.session import SimulationIdentity
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.logs import of_type, rows_of


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


def test_one_task_and_one_simulation_are_not_said_in_the_plural(tau2: Tau2, tmp_path: Path) -> None:
    record_run(RecordConfig(domain="mock", num_tasks=1), tmp_path / "one.jsonl")
    rows = rows_of(tmp_path / "one.jsonl")
    assert rows[0]["message"] == "mock: 1 task, 1 simulation"
    assert rows[-1]["message"] == "1 of 1 simulation passed"


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
