"""Reading a simulation's state changes from a log."""

from __future__ import annotations

from pathlib import Path

from tau2_tui.events import (
    ExecutionEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    ToolExecutionEvent,
)
from tau2_tui.runlog import RunLog
from tau2_tui.tui.screens.state.reading import History, read_history
from tests.tui.logs import airline, belonging, hostile, write
from tests.tui.screens.state.histories import added, replaced


def read(path: Path, simulation_id: str) -> History:
    with RunLog.open(path, index="now") as log:
        return read_history(log, simulation_id)


def written(path: Path, events: list[ExecutionEvent]) -> Path:
    return write(path, [RunStartEvent(domain="mock"), *belonging(events, "sim", "7", 0)])


def test_each_change_has_its_call_its_turn_and_its_line(tmp_path: Path) -> None:
    found = read(airline(tmp_path / "run.jsonl"), "sim-b")
    assert len(found.steps) == 1 and found.looked
    step = found.steps[0]
    assert step.cause == 'cancel_reservation(reservation_id="XEWRD9", reason="change of plan")'
    assert step.turn == 1 and step.database == "database" and len(step.changes) == 2
    with RunLog.open(tmp_path / "run.jsonl", index="now") as log:
        event = log.event(step.line)
    assert isinstance(event, StateChangeEvent) and event.simulation_id == "sim-b"


def test_only_the_simulation_is_read(tmp_path: Path) -> None:
    found = read(airline(tmp_path / "run.jsonl"), "sim-a")
    assert [change["path"] for step in found.steps for change in step.changes] == [
        "/reservations/HATHAT/status",
        "/reservations/HATHAT/payment_history/1",
    ]


def test_how_the_end_differs_from_the_reference(tmp_path: Path) -> None:
    path = airline(tmp_path / "run.jsonl")
    passed, failed = read(path, "sim-a").reference, read(path, "sim-b").reference
    assert passed is not None and passed.differences == {"database": [], "user_database": []}
    assert failed is not None and failed.differences is not None and len(failed.differences["database"]) == 1
    broken = read(path, "sim-c").reference
    assert broken is not None and broken.differences is None and broken.reason == ""


def test_why_there_is_no_reference_state_and_what_synchronising_would_change(tmp_path: Path) -> None:
    metadata = {"gold_diff_reason": "a reference action failed", "gold_diff_after_sync": {"database": [added("/a", 1)]}}
    found = read(written(tmp_path / "run.jsonl", [SimulationEndEvent(reward=0.0, metadata=metadata)]), "sim")
    assert found.reference is not None and found.reference.reason == "a reference action failed"
    assert found.reference.synced == {"database": [added("/a", 1)]}


def test_a_simulation_that_is_running_has_no_reference_yet(tmp_path: Path) -> None:
    events: list[ExecutionEvent] = [StateChangeEvent(action_trigger="cancel", changes=[replaced("/a", 1, 2)])]
    found = read(written(tmp_path / "run.jsonl", events), "sim")
    assert found.reference is None and found.looked and found.steps[0].cause == "cancel()"


def test_a_log_without_states_is_not_taken_for_one_without_changes(tmp_path: Path) -> None:
    calls: list[ExecutionEvent] = [ToolExecutionEvent(tool_name="cancel", state_changed=None)]
    assert not read(written(tmp_path / "run.jsonl", calls), "sim").looked
    calls = [ToolExecutionEvent(tool_name="cancel", state_changed=False)]
    assert read(written(tmp_path / "other.jsonl", calls), "sim").looked


def test_a_simulation_that_only_read_was_looked_at(tmp_path: Path) -> None:
    def of(start: str | None, end: SimulationEndEvent, name: str) -> History:
        reads = ToolExecutionEvent(tool_name="get_user", state_changed=None)
        return read(written(tmp_path / name, [SimulationStartEvent(state_hash=start), reads, end]), "sim")

    assert of("5f", SimulationEndEvent(state_hash="5f"), "same.jsonl").looked
    assert of(None, SimulationEndEvent(gold_diff={"database": []}), "compared.jsonl").looked
    assert not of("5f", SimulationEndEvent(state_hash="60"), "other.jsonl").looked
    assert not of(None, SimulationEndEvent(), "none.jsonl").looked


def test_what_is_no_change_is_left_out(tmp_path: Path) -> None:
    with RunLog.open(hostile(tmp_path / "run.jsonl"), index="now") as log:
        found = read_history(log, log.simulations()[0].simulation_id)
    assert [step.changes for step in found.steps] == [[]]
    assert all("\x1b" not in step.cause for step in found.steps)
