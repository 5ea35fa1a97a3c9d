"""Recorded logs reduced to what tau2's own results hold, and their replays."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tau2_tui.events import (
    ExecutionEvent,
    MessageEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    StateSnapshotEvent,
    TaskEvent,
    ToolExecutionEvent,
    decode,
    encode,
)
from tau2_tui.recording import RecordConfig, record_run
from tau2_tui.recording.replay import SimulationReport, replay
from tests.recording.logs import Row

Answered = tuple[str, dict[str, Any], str, bool]
"""A call with its answer: tool, arguments, text of the result, whether it failed."""


def recorded(path: Path, config: RecordConfig) -> list[ExecutionEvent]:
    """Record a run and return its events."""
    record_run(config, path)
    return read(path)


def read(path: Path) -> list[ExecutionEvent]:
    return [decode(line) for line in path.read_bytes().splitlines()]


def as_results_hold_it(events: Iterable[ExecutionEvent]) -> Iterator[ExecutionEvent]:
    """Yield a log without all that tau2's results do not hold: effects, times, signatures, typed results."""
    for event in events:
        if isinstance(event, (StateChangeEvent, StateSnapshotEvent)):
            continue
        if isinstance(event, ToolExecutionEvent):
            yield ToolExecutionEvent(
                timestamp=event.timestamp,
                simulation_id=event.simulation_id,
                task_id=event.task_id,
                trial=event.trial,
                turn_idx=event.turn_idx,
                metadata={key: value for key, value in event.metadata.items() if key == "mistake"},
                tool_name=event.tool_name,
                tool_args=event.tool_args,
                tool_call_id=event.tool_call_id,
                requestor=event.requestor,
                success=event.success,
            )
            continue
        if isinstance(event, RunStartEvent):
            event.tools, event.policy = [], None
        if isinstance(event, (SimulationStartEvent, SimulationEndEvent)):
            event.state_hash = event.user_state_hash = None
        if isinstance(event, SimulationEndEvent):
            event.gold_diff = None
            event.metadata.pop("gold_diff_after_sync", None)
        yield event


def replayed(events: Iterable[ExecutionEvent], **options: Any) -> tuple[list[ExecutionEvent], list[SimulationReport]]:
    """Return the events of a replay and its reports."""
    reports: list[SimulationReport] = []
    return list(replay(events, progress=reports.append, **options)), reports


def comparable(events: Iterable[ExecutionEvent], *, report: bool = False) -> dict[str | None, list[Row]]:
    """Return the lines of each simulation without their places and measured times, and without what a replay says."""
    found: dict[str | None, list[Row]] = defaultdict(list)
    for event in events:
        row = json.loads(encode(event))
        for name in ("seq", "timestamp", "execution_time"):
            row.pop(name, None)
        if not report:
            row["metadata"].pop("replay", None)
        found[row["simulation_id"]].append(row)
    return found


def simulation(
    domain: str, *calls: Answered, task: dict[str, Any] | None = None, end: SimulationEndEvent | None = None
) -> Iterator[ExecutionEvent]:
    """Yield a log of one simulation in which the agent makes one call after another."""
    yield RunStartEvent(domain=domain)
    task_id = task["id"] if task else "nobody's"
    if task is not None:
        yield TaskEvent(task_id=task_id, task=task)
    place: dict[str, Any] = {"simulation_id": "s", "task_id": task_id, "trial": 0}
    yield SimulationStartEvent(**place, domain=domain)
    for number, (tool, arguments, text, failed) in enumerate(calls):
        at = {**place, "turn_idx": 2 * number}
        call = {"id": "same", "name": tool, "arguments": arguments, "requestor": "assistant"}
        yield MessageEvent(**at, role="assistant", tool_calls=[call])
        yield ToolExecutionEvent(
            **at, tool_name=tool, tool_args=arguments, tool_call_id="same", success=not failed, result=text
        )
        yield MessageEvent(
            **{**at, "turn_idx": 2 * number + 1}, role="tool", tool_call_id="same", content=text, error=failed
        )
    if end is not None:
        end.simulation_id, end.task_id, end.trial = "s", task_id, 0
        yield end


def the_end(events: Iterable[ExecutionEvent]) -> SimulationEndEvent:
    """Return the one simulation's end."""
    (end,) = [event for event in events if isinstance(event, SimulationEndEvent)]
    return end


def calls_of(events: Iterable[ExecutionEvent]) -> list[ToolExecutionEvent]:
    return [event for event in events if isinstance(event, ToolExecutionEvent)]
