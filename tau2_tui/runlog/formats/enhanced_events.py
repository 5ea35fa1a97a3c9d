"""What tau2-enhanced logged, as events of a run log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tau2_tui.events import (
    ExecutionEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    StateSnapshotEvent,
    ToolExecutionEvent,
    decode,
)
from tau2_tui.runlog.envelope import finite_of
from tau2_tui.runlog.formats.enhanced_calls import Environment, LoggedCall

SOURCE = "tau2-enhanced"
"""The ``source`` of events that a log of tau2-enhanced holds; it wrote ``unknown`` there itself."""

_NO_SOURCE = ("", "unknown")


def event_of(raw: dict[str, Any]) -> ExecutionEvent:
    """Return the event that an object of the file describes, as the class its ``event_type`` names.

    A tool's result is not in the file, only its beginning: that stands for it, and the event says that it is cut.
    """
    event = decode(raw)
    event.seq, event.timestamp = None, finite_of(event.timestamp) or 0.0
    if event.source in _NO_SOURCE:
        event.source = SOURCE
    if isinstance(event, ToolExecutionEvent):
        if event.success and event.result is None and event.result_preview:
            event.result, event.result_truncated = event.result_preview, True
        event.extra.pop("has_result", None)
        event.state_changed = state_changed(raw)
        if event.sensitive_args is None:
            event.sensitive_args = ToolExecutionEvent(tool_args=event.tool_args).sensitive_args
    if isinstance(event, StateChangeEvent):
        event.extra.pop("has_previous_state", None)
        event.extra.pop("has_new_state", None)
    return event


def state_changed(raw: dict[str, Any]) -> bool | None:
    """Return whether a call changed a database, None when tau2-enhanced did not look.

    It compared the agent's database after calls that succeeded; after failures, and for the user's database, it wrote
    False without looking.
    """
    if raw.get("state_changed") is True:
        return True
    looked = raw.get("success") is not False and raw.get("requestor", "assistant") == "assistant"
    return False if looked and raw.get("state_changed") is False else None


def call_events(call: LoggedCall, event: ToolExecutionEvent | None = None) -> Iterator[ExecutionEvent]:
    """Yield a call with its snapshots and changes in order of time.

    Args:
        call: what tau2-enhanced logged.
        event: the call as the results file has it, to be completed; None to make it from the log alone.
    """
    if call.before is not None:
        yield snapshot_event(call.before)
    made = event if event is not None else event_of(call.raw)
    if event is not None:
        complete(event, call)
    if isinstance(made, ToolExecutionEvent):
        made.pre_state_hash = made.pre_state_hash or database_hash(call.before)
        made.post_state_hash = made.post_state_hash or _hash_after(call)
    yield made
    for raw in call.changes:
        change = event_of(raw)
        if isinstance(change, StateChangeEvent) and isinstance(made, ToolExecutionEvent):
            change.tool_call_id = made.tool_call_id
        yield change
    if call.after is not None:
        yield snapshot_event(call.after)


def complete(event: ToolExecutionEvent, call: LoggedCall) -> None:
    """Put what only the log knows into a call that was read from a results file."""
    raw = call.raw
    event.execution_time = finite_of(raw.get("execution_time"))
    event.timestamp = call.ended or event.timestamp
    event.state_changed = state_changed(raw)
    if not event.success:
        event.error_type = _text(raw.get("error_type")) or event.error_type
        event.error_message = _text(raw.get("error_message")) or event.error_message
    elif _text(raw.get("result_type")):
        event.result_type = raw["result_type"]
    errors = raw.get("validation_errors")
    if isinstance(errors, list) and errors:
        event.validation_errors = [str(one) for one in errors]
    event.metadata["tau2_enhanced"] = {"tool_call_id": raw.get("tool_call_id"), "result_size": raw.get("result_size")}


def snapshot_event(raw: dict[str, Any]) -> StateSnapshotEvent:
    """Return a snapshot; what tau2-enhanced took of the state, hashes mostly, is in its metadata.

    Its own ``state_hash`` covers a time and a counter and so differs for every snapshot; the database's is used.
    """
    trigger = _text(raw.get("action_trigger")) or _text(raw.get("triggered_by"))
    state = raw.get("state_data")
    whole = isinstance(state, dict) and "db_info" not in state
    event = StateSnapshotEvent(
        action_trigger=trigger,
        state_hash=database_hash(raw),
        state=state if whole else None,
        source=SOURCE,
        message=f"state: {trigger}",
        metadata={"tau2_enhanced": {key: value for key, value in raw.items() if not (whole and key == "state_data")}},
    )
    event.timestamp = finite_of(raw.get("timestamp")) or 0.0
    return event


def database_hash(snapshot: dict[str, Any] | None) -> str | None:
    """Return the hash of the agent's database in a snapshot, None when it has none."""
    if snapshot is None:
        return None
    state = snapshot.get("state_data")
    info = state.get("db_info") if isinstance(state, dict) else None
    if isinstance(info, dict):
        return _text(info.get("hash")) or None
    return _text(snapshot.get("state_hash")) or None


def environment_events(environment: Environment, domain: str) -> Iterator[ExecutionEvent]:
    """Yield the calls of an environment as a simulation of which nothing else is known."""
    first, last = environment.calls[0], environment.calls[-1]
    metadata = {} if environment.simulation_id else {"inferred": True}
    start = SimulationStartEvent(domain=domain, state_hash=database_hash(first.before), source=SOURCE)
    start.timestamp, start.metadata, start.message = environment.started, metadata, "start not in the file"
    end = SimulationEndEvent(state_hash=_hash_after(last), source=SOURCE, metadata=dict(metadata))
    end.timestamp, end.message = environment.ended, "end not in the file: termination and reward unknown"
    calls = [event for call in environment.calls for event in call_events(call)]
    told = next((event for event in calls if event.simulation_id == environment.simulation_id), start)
    name = environment.simulation_id or f"environment-{environment.number}"
    yield from belonging([start, *calls, end], name, told.task_id, told.trial)


def belonging(
    events: Iterable[ExecutionEvent], simulation_id: str, task_id: str | None = None, trial: int | None = None
) -> Iterator[ExecutionEvent]:
    """Yield events, each told to which simulation it belongs."""
    for event in events:
        event.simulation_id, event.task_id, event.trial = simulation_id, task_id, trial
        yield event


def timed(events: Iterable[ExecutionEvent]) -> Iterator[ExecutionEvent]:
    """Yield events; one whose time is not known, and 0, gets the time of the one before it."""
    last = 0.0
    for event in events:
        if event.timestamp <= 0.0:
            event.timestamp = last
        last = event.timestamp
        yield event


def domain_of(calls: Sequence[LoggedCall]) -> str:
    """Return the domain that the snapshots name, empty when none does."""
    for call in calls:
        state = call.before.get("state_data") if call.before else None
        if isinstance(state, dict) and _text(state.get("domain_name")):
            return _text(state["domain_name"])
    return ""


def _hash_after(call: LoggedCall) -> str | None:
    """Return the hash of the database after a call: that before it, where the log says that nothing changed."""
    after = database_hash(call.after)
    if after is None and call.changes:
        after = _text(call.changes[-1].get("post_state_hash")) or None
    if after is None and state_changed(call.raw) is False:
        after = database_hash(call.before)
    return after


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
