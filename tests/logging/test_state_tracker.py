from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.errors import LogFormatError, LogWriteError
from tau2_tui.events.changes import apply, same
from tau2_tui.events.codec import dumps, loads
from tau2_tui.logging import StateTracker
from tests.events.strategies import json_values


def test_a_snapshot_does_not_follow_later_changes_of_the_original() -> None:
    tracker = StateTracker()
    state = {"users": {"mia": {"flights": [1]}}}
    first = tracker.create_snapshot(state, "start", {"note": "n"})
    state["users"]["mia"]["flights"].append(2)
    second = tracker.create_snapshot(state, "book_flight")
    assert first.state_data == {"users": {"mia": {"flights": [1]}}}
    assert first.state_hash != second.state_hash
    (change,) = tracker.get_state_changes()
    assert change.changes == [{"op": "add", "path": "/users/mia/flights/1", "value": 2}]
    assert (change.from_step, change.to_step, change.action_trigger) == (0, 1, "book_flight")
    assert change.state_diff == "+ users/mia/flights/1: 2"


@given(st.lists(json_values, min_size=1, max_size=5))
def test_the_changes_replay_the_history(states: list[Any]) -> None:
    tracker = StateTracker()
    for state in states:
        tracker.create_snapshot(copy.deepcopy(state))
    current = tracker.snapshots[0].state_data
    for difference in tracker.get_state_changes():
        current = apply(current, difference.changes)
    assert same(current, loads(dumps(states[-1])))


def test_equal_states_have_equal_hashes_whatever_the_order_of_keys() -> None:
    tracker = StateTracker()
    assert tracker.create_snapshot({"a": 1, "b": 2}).state_hash == tracker.create_snapshot({"b": 2, "a": 1}).state_hash
    assert tracker.get_state_changes() == []


def test_snapshot_if_changed() -> None:
    tracker = StateTracker()
    assert tracker.snapshot_if_changed({"a": 1}, "start") is not None
    assert tracker.snapshot_if_changed({"a": 1}, "read") is None
    assert tracker.snapshot_if_changed({"a": True}, "write") is not None
    assert [s.action_trigger for s in tracker.snapshots] == ["start", "write"]


def test_tool_executions_are_followed_when_asked() -> None:
    tracker = StateTracker(auto_snapshot=True)
    tracker.create_snapshot({"a": 1}, "start")
    assert tracker.track_tool_execution("get", {"a": 1}) is None
    taken = tracker.track_tool_execution("set", {"a": 2}, success=False)
    assert taken is not None and taken.action_trigger == "after_set" and taken.metadata["success"] is False
    assert StateTracker(auto_snapshot=False).track_tool_execution("set", {"a": 2}) is None


def test_old_snapshots_are_forgotten_and_hashing_can_be_off() -> None:
    tracker = StateTracker(max_snapshots=2, track_state_hash=False)
    for number in range(5):
        tracker.create_snapshot(number)
    assert [s.step_number for s in tracker.snapshots] == [3, 4]
    assert tracker.snapshots[0].state_hash is None
    with pytest.raises(ValueError):
        StateTracker(max_snapshots=0)


@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_exported_snapshots_load_again(tmp_path: Path, format: str) -> None:
    tracker = StateTracker()
    tracker.create_snapshot({"b": 5, "c": [1, {"d": None}]}, "book", {"tool": "book", "success": True})
    tracker.create_snapshot("text", "end")
    path = tmp_path / f"snapshots.{format}"
    assert tracker.export_snapshots(path, format) == 2
    other = StateTracker()
    assert other.load_snapshots_from_file(path) == tracker.snapshots
    assert other.create_snapshot(1).step_number == 2


def test_bad_snapshot_files_are_one_clear_error(tmp_path: Path) -> None:
    tracker = StateTracker()
    endless = b'{"snapshots":[{"step_number":1e999,"timestamp":0,"action_trigger":"","state_data":0}]}'
    contents = [b"{", b'{"snapshots":[1]}', b'{"snapshots":[{}]}', b"\xff", endless]
    for name, content in zip("abcde", contents, strict=True):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(LogFormatError, match="no snapshots"):
            tracker.load_snapshots_from_file(tmp_path / name)
    with pytest.raises(LogFormatError, match="No such file"):
        tracker.load_snapshots_from_file(tmp_path / "missing")
    with pytest.raises(LogWriteError, match="cannot be written"):
        tracker.export_snapshots(tmp_path / "no" / "x.json")
    with pytest.raises(ValueError, match="unknown format"):
        tracker.export_snapshots(tmp_path / "x", "xml")
