"""tau2-enhanced's own document, for scripts that read it: all events and snapshots of a run in one JSON object."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from tau2_tui.events import (
    ContextReductionEvent,
    ExecutionEvent,
    StateChangeEvent,
    StateSnapshotEvent,
    ToolExecutionEvent,
)
from tau2_tui.events.codec import dumps, to_dict
from tau2_tui.logging.read_back import read_events
from tau2_tui.whole_file import new_file

Row = dict[str, Any]


def write_document(log: Path, path: Path) -> None:
    """Write the document of a run log; it appears whole or not at all.

    Events stand one simulation after the other, each in the order of its calls. All of them are held in memory.

    Raises:
        LogFormatError: the log cannot be read.
        LogWriteError: the document cannot be written.
    """
    data = dumps(_document(log)) + b"\n"
    with new_file(path) as out:
        out.write(data)


def _document(log: Path) -> Row:
    simulations: dict[str | None, _Simulation] = {}
    for event in read_events(log):
        if isinstance(event, (ToolExecutionEvent, StateChangeEvent, ContextReductionEvent, StateSnapshotEvent)):
            simulations.setdefault(event.simulation_id, _Simulation()).take(event)
    events = [row for simulation in simulations.values() for row in simulation.events]
    snapshots = [row for simulation in simulations.values() for row in simulation.snapshots]
    return {
        "timestamp": datetime.now().isoformat(),
        "execution_events": events,
        "state_snapshots": snapshots,
        "summary": {
            "total_execution_logs": len(events),
            "total_state_snapshots": len(snapshots),
            "environments_with_logs": sum(bool(simulation.events) for simulation in simulations.values()),
            "environment_instances": len(simulations),
            "event_types": dict(Counter(row["event_type"] for row in events)),
        },
    }


class _Simulation:
    """The rows of one simulation."""

    def __init__(self) -> None:
        self.events: list[Row] = []
        self.snapshots: list[Row] = []
        self._calls = 0

    def take(self, event: ExecutionEvent) -> None:
        if isinstance(event, StateSnapshotEvent):
            self.snapshots.append(self._snapshot(event))
            return
        row = to_dict(event)
        if isinstance(event, ToolExecutionEvent):
            self._calls += 1
            row["has_result"] = event.success and event.result_type is not None
        if isinstance(event, StateChangeEvent):
            row["has_previous_state"] = event.pre_state_hash is not None
            row["has_new_state"] = event.post_state_hash is not None
        self.events.append(row)

    def _snapshot(self, event: StateSnapshotEvent) -> Row:
        step = self._calls + event.action_trigger.startswith("before_")
        return {
            "timestamp": event.timestamp,
            "step_number": step,
            "agent_turn": event.turn_idx,
            "state_data": {
                "step_counter": step,
                "timestamp": event.timestamp,
                "db_info": {"hash": event.state_hash},
                "user_db_info": {"hash": event.user_state_hash},
                **({"state": event.state} if event.state is not None else {}),
            },
            "context_size": 0,
            "metadata": event.metadata,
            "state_hash": event.state_hash,
            "action_trigger": event.action_trigger,
            "simulation_id": event.simulation_id,
            "task_id": event.task_id,
            "trial": event.trial,
        }
