"""What the predecessor's logger and tracker export: events and snapshots without a conversation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tau2_tui.events import StateChangeEvent, StateSnapshotEvent, ToolExecutionEvent
from tau2_tui.runlog import formats
from tests.runlog.formats import enhanced_samples as samples
from tests.runlog.formats.enhanced_samples import drawn, of


@pytest.mark.parametrize(
    ("suffix", "write"),
    [("json", samples.events_json), ("jsonl", samples.events_lines), ("csv", samples.events_table)],
)
def test_events(tmp_path: Path, suffix: str, write: Any) -> None:
    events_logged, _ = samples.log(samples.SIMULATIONS[1:2], evaluated=False)
    path = tmp_path / f"export.{suffix}"
    path.write_text(write(events_logged))
    name, events, _ = drawn(path)
    assert "event export" in name
    calls = of(events, ToolExecutionEvent)
    assert [call.tool_name for call in calls] == ["get_task", "update_task_status", "update_task_status"]
    assert calls[0].tool_args == {"task_id": "task_1"} and calls[0].args_types == {"task_id": "str"}
    assert [call.success for call in calls] == [True, False, True]
    assert calls[2].state_changed is True and len(of(events, StateChangeEvent)) == 1
    assert {call.simulation_id for call in calls} == {"environment-1"}


def test_events_of_a_program_of_ones_own_keep_their_order(tmp_path: Path) -> None:
    logged, _ = samples.log(samples.SIMULATIONS[:1], evaluated=False)
    for event in logged:
        event["tool_call_id"] = None
    logged.insert(1, {**logged[0], "event_type": "ContextReductionEvent", "original_tokens": 10})
    path = tmp_path / "export.jsonl"
    path.write_text(samples.events_lines(logged))
    _, events, notes = drawn(path)
    assert [event.event_type for event in events[1:]] == [event["event_type"] for event in logged]
    assert all(event.simulation_id is None for event in events)
    assert any("no simulation" in note for note in notes)


@pytest.mark.parametrize("lines", [False, True])
def test_snapshots(tmp_path: Path, lines: bool) -> None:
    _, snapshots = samples.log(samples.SIMULATIONS[:1])
    snapshots[0]["state_data"] = {"tasks": {"task_1": {}}}
    path = tmp_path / "snapshots.json"
    path.write_text(samples.events_lines(snapshots) if lines else samples.snapshots_json(snapshots))
    name, events, _ = drawn(path)
    assert "snapshot export" in name
    found = of(events, StateSnapshotEvent)
    assert len(found) == len(snapshots)
    assert found[0].state == {"tasks": {"task_1": {}}} and found[1].state is None


def test_a_run_log_of_our_own_is_none(small_log: Path) -> None:
    assert formats.detect(small_log) is None
