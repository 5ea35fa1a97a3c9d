"""Simulations that cannot be built, run or evaluated: the log has what is known of each, and the run goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tau2_tui.recording import RecordConfig, record_run
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.logs import by_simulation, of_type, rows_of


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
