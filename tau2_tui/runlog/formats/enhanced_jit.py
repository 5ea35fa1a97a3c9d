"""tau2-enhanced's "jit" results: tau2 results in which each simulation holds its own log of tool calls.

Its calls belong to their simulation and no replays are among them; times are milliseconds and local times without a
zone, as everywhere in the file. The reduced kind has neither ids nor the run's configuration, and a ``reward`` beside
``reward_info`` that is always 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from tau2_tui.events import (
    ExecutionEvent,
    LogLevel,
    SimulationEndEvent,
    StateChangeEvent,
    StateSnapshotEvent,
    ToolExecutionEvent,
)
from tau2_tui.events.changes import Change, diff, join
from tau2_tui.events.codec import dumps
from tau2_tui.runlog.envelope import finite_of
from tau2_tui.runlog.formats.enhanced_calls import Signature
from tau2_tui.runlog.formats.enhanced_completion import Block, counted
from tau2_tui.runlog.formats.enhanced_events import SOURCE, belonging, timed
from tau2_tui.runlog.formats.enhanced_matching import align
from tau2_tui.runlog.formats.moments import seconds_of

LISTS = ("execution_logs", "state_snapshots", "context_usage_snapshots")
"""What a simulation holds beyond a tau2 simulation, one entry an occurrence."""

METRICS = "execution_metrics"
_AFTER = "post_"
FLAG = "enhanced_logging_enabled"
EXTRAS = (*LISTS, METRICS, FLAG)


@dataclass
class SimulationLog:
    """What one simulation of the file holds beyond tau2's own.

    Attributes:
        calls: its ``execution_logs``.
        snapshots: its ``state_snapshots``.
        context: its ``context_usage_snapshots``.
        metrics: its ``execution_metrics``.
    """

    calls: list[dict[str, Any]] = field(default_factory=list)
    snapshots: list[dict[str, Any]] = field(default_factory=list)
    context: list[dict[str, Any]] = field(default_factory=list)
    metrics: dict[str, Any] | None = None


def take_logs(simulation: dict[str, Any]) -> SimulationLog:
    """Take out of a simulation what only this format has, and return it."""
    taken = {name: simulation.pop(name, None) for name in EXTRAS}
    calls, snapshots, context = (_objects(taken[name]) for name in LISTS)
    metrics = taken[METRICS]
    return SimulationLog(calls, snapshots, context, metrics if isinstance(metrics, dict) else None)


def holds_differences(logs: Iterable[SimulationLog]) -> bool:
    """Return whether the file says what changed in the databases: its first versions did not."""
    return any("db_diff" in snapshot for log in logs for snapshot in log.snapshots)


def complete_times(simulation: dict[str, Any]) -> None:
    """Give a simulation without times those of its first and last message."""
    if simulation.get("start_time") or simulation.get("end_time"):
        return
    messages = simulation.get("messages")
    times = [message.get("timestamp") for message in _objects(messages)]
    known = ((seconds, time) for time in times if (seconds := seconds_of(time)) is not None)
    written = sorted(known, key=itemgetter(0))
    if written:
        simulation["start_time"], simulation["end_time"] = written[0][1], written[-1][1]


def _objects(values: Any) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def with_logs(blocks: Sequence[Block], logs: Mapping[str, SimulationLog], notes: list[str]) -> Iterator[ExecutionEvent]:
    """Yield the events of the results, completed by each simulation's own log; ``notes`` says what does not fit."""
    done: list[Block] = []
    missing = unmatched = 0
    for block in blocks:
        log = logs.get(block.simulation_id or "")
        if log is not None:
            pairs = align([_logged(entry) for entry in log.calls], [_called(call) for call in block.tool_calls])
            missing += len(block.tool_calls) - len(pairs)
            unmatched += len(log.calls) - len(pairs)
            block = _completed(block, log, pairs)
        done.append(block)
    if missing:
        notes.append(f"tool calls that are not in the execution logs: {missing}; no timing of them is known")
    if unmatched:
        notes.append(f"logged calls that are not in the messages: {unmatched}; they are kept, by their time")
    yield from counted(timed(event for block in done for event in block.events))


def _completed(block: Block, log: SimulationLog, pairs: list[tuple[int, int]]) -> Block:
    calls, partner = block.tool_calls, dict(pairs)
    made = [calls[partner[place]] if place in partner else _call(entry) for place, entry in enumerate(log.calls)]
    for event, entry in zip(made, log.calls, strict=True):
        _complete(event, entry)
    added: list[ExecutionEvent] = [event for place, event in enumerate(made) if place not in partner]
    after = _snapshots_after_calls(log)
    places = {id(snapshot): place for place, snapshot in enumerate(after)}
    for snapshot in log.snapshots:
        states = list(_state_events(snapshot))
        place = places.get(id(snapshot))
        if place is not None:
            _tie(states, made[place], snapshot, after[place - 1] if place else None)
        added += states
    added += [_context_event(entry) for entry in log.context]
    first, end = block.events[0], block.events[-1]
    added = list(belonging(added, str(block.simulation_id), first.task_id, first.trial))
    if isinstance(end, SimulationEndEvent):
        if log.metrics is not None:
            end.metadata[METRICS] = log.metrics
        return Block(block.simulation_id, [first, *_in_time(block.events[1:-1], added), end])
    return Block(block.simulation_id, [first, *_in_time(block.events[1:], added)])


def _snapshots_after_calls(log: SimulationLog) -> list[dict[str, Any]]:
    """Return the snapshots taken after each call, failed or not; none where names or numbers do not agree."""
    after = [one for one in log.snapshots if _text_of(one.get("triggered_by")).startswith(_AFTER)]
    names = [_text_of(one.get("triggered_by")).removeprefix(_AFTER) for one in after]
    return after if names == [_text_of(call.get("tool_name")) for call in log.calls] else []


def _tie(
    states: list[ExecutionEvent], call: ToolExecutionEvent, snapshot: dict[str, Any], before: dict[str, Any] | None
) -> None:
    """Tell a call what its snapshot says of the databases, and the snapshot which call it follows.

    The first versions compared the agent's database only, so that of a user's call nothing is known.
    """
    looked = call.requestor == "assistant" or "user_db_diff" in snapshot
    changed = snapshot.get("state_changed")
    call.state_changed = changed if changed is True or (changed is False and looked) else None
    key = "db_hash" if call.requestor == "assistant" else "user_db_hash"
    call.post_state_hash = _text_of(snapshot.get(key)) or None
    call.pre_state_hash = _text_of(before.get(key)) or None if before is not None else None
    for event in states:
        event.turn_idx = call.turn_idx
        if isinstance(event, StateChangeEvent):
            event.tool_call_id = call.tool_call_id
            event.pre_state_hash = call.pre_state_hash if event.state_type == "database" else None


def _in_time(events: list[ExecutionEvent], added: list[ExecutionEvent]) -> list[ExecutionEvent]:
    """Return the conversation in its own order with further events where they belong by time, unknown times last."""
    merged: list[ExecutionEvent] = []
    waiting = sorted(added, key=lambda event: event.timestamp if event.timestamp > 0 else float("inf"))
    for event in events:
        while waiting and 0 < waiting[0].timestamp < event.timestamp:
            merged.append(waiting.pop(0))
        merged.append(event)
    return merged + waiting


def _complete(event: ToolExecutionEvent, entry: dict[str, Any]) -> None:
    milliseconds = finite_of(entry.get("execution_time_ms"))
    event.execution_time = None if milliseconds is None else milliseconds / 1000
    ended = seconds_of(entry.get("post_call_timestamp"))
    event.timestamp = ended if ended is not None else event.timestamp
    details = entry.get("error_details")
    if not event.success and details:
        event.error_message = event.error_message or _text_of(details)
    errors = entry.get("validation_errors")
    if isinstance(errors, list) and errors:
        event.validation_errors = [_text_of(one) for one in errors]
    event.metadata["tau2_enhanced"] = {
        "tool_call_id": entry.get("tool_call_id"),
        "pre_call_timestamp": entry.get("pre_call_timestamp"),
    }


def _call(entry: dict[str, Any]) -> ToolExecutionEvent:
    """Return a logged call that the messages do not have."""
    arguments, preview = entry.get("arguments"), entry.get("result_preview")
    success = entry.get("success") is not False
    event = ToolExecutionEvent(
        tool_name=_text_of(entry.get("tool_name")),
        tool_args=arguments if isinstance(arguments, dict) else {},
        tool_call_id=_text_of(entry.get("tool_call_id")) or None,
        requestor=_text_of(entry.get("requestor")) or "assistant",
        success=success,
        error_message=None if success else _text_of(entry.get("error_details")),
        result=preview if isinstance(preview, str) and success else None,
        result_truncated=isinstance(preview, str) and success,
        source=SOURCE,
        message="logged, but not in the conversation",
    )
    event.timestamp = 0.0
    return event


def _state_events(entry: dict[str, Any]) -> Iterator[ExecutionEvent]:
    """Yield a snapshot, and before it the changes of state that it shows."""
    seen = seconds_of(entry.get("timestamp")) or 0.0
    trigger = _text_of(entry.get("triggered_by"))
    tool = trigger.removeprefix(_AFTER)
    hashes = _text_of(entry.get("db_hash")) or None, _text_of(entry.get("user_db_hash")) or None
    changes = {name: _changes(entry.get(f"{key}_diff")) for name, key in _DATABASES.items()}
    if entry.get("state_changed") is True and not any(changes.values()):
        changes["database"] = [{}]  # the file says that something changed, and not what
    for (name, found), after in zip(changes.items(), hashes, strict=True):
        if found:
            known = [change for change in found if change]
            change = StateChangeEvent(state_type=name, action_trigger=tool, post_state_hash=after, changes=known)
            change.source, change.message = SOURCE, change.change_summary or f"{tool}: the state changed"
            change.timestamp = seen
            yield change
    snapshot = StateSnapshotEvent(
        action_trigger=f"after_{tool}" if trigger.startswith(_AFTER) else trigger,
        state_hash=hashes[0],
        user_state_hash=hashes[1],
        source=SOURCE,
        message=f"state: {trigger}",
        metadata={"tau2_enhanced": {key: value for key, value in entry.items() if not key.endswith("_diff")}},
    )
    snapshot.timestamp = seen
    yield snapshot


_DATABASES = {"database": "db", "user_database": "user_db"}
"""Our names of the databases, and what the keys of a snapshot begin with."""


def _changes(difference: Any) -> list[Change]:
    """Return the file's difference of a database, collections as they were and are, as single changes."""
    changes: list[Change] = []
    if not isinstance(difference, dict):
        return changes
    added, modified, removed = (
        values if isinstance(values := difference.get(kind), dict) else {} for kind in ("added", "modified", "removed")
    )
    changes += ({"op": "add", "path": join(key), "value": value} for key, value in added.items())
    for key, value in modified.items():
        if isinstance(value, dict) and {"from", "to"} <= value.keys():
            changes += diff(value["from"], value["to"], join(key))
        else:
            changes.append({"op": "replace", "path": join(key), "value": value})
    changes += ({"op": "remove", "path": join(key), "old": value} for key, value in removed.items())
    return changes


def _context_event(entry: dict[str, Any]) -> ExecutionEvent:
    """Return how full the model's context was; run logs have no such event of their own, and keep it as it is."""
    percent = finite_of(entry.get("context_window_used"))
    event = ExecutionEvent(
        event_type="ContextUsageEvent",
        level=LogLevel.WARNING if percent is not None and percent > _FULL_PERCENT else LogLevel.INFO,
        source=SOURCE,
        message=f"context: {_text_of(entry.get('total_tokens'))} tokens",
        extra={key: value for key, value in entry.items() if key not in ("timestamp", "chain")},
    )
    event.timestamp = seconds_of(entry.get("timestamp")) or 0.0
    return event


_FULL_PERCENT = 80.0
"""Per cent of a model's context from which on the file's own ``context_window_warnings`` counts it."""


def _logged(entry: dict[str, Any]) -> Signature:
    arguments = entry.get("arguments")
    plain = arguments if isinstance(arguments, dict) else {}
    return _text_of(entry.get("tool_name")), dumps(plain, sort_keys=True), entry.get("success") is False


def _called(event: ToolExecutionEvent) -> Signature:
    return event.tool_name, dumps(event.tool_args, sort_keys=True), not event.success


def _text_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else dumps(value).decode("utf-8")
