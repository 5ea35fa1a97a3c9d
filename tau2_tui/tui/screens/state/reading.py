"""The state changes of one simulation, read from the log: for a worker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tau2_tui.events import SimulationEndEvent, SimulationStartEvent, StateChangeEvent, ToolExecutionEvent
from tau2_tui.events.changes import Change
from tau2_tui.runlog.log import RunLog
from tau2_tui.runlog.long_line import read_event
from tau2_tui.runlog.shortened import whole_length
from tau2_tui.tui.format.values import as_list, call_text

_TYPES = (StateChangeEvent, ToolExecutionEvent, SimulationStartEvent, SimulationEndEvent)


@dataclass(frozen=True)
class Step:
    """A state change.

    Attributes:
        line: its line in the log.
        turn: index of the message whose call it followed, None when not known.
        database: ``database`` or ``user_database``.
        cause: the call, or what else caused it; safe to draw.
        changes: what changed.
        more: how many changes beyond these were left out because the event is too long.
    """

    line: int
    turn: int | None
    database: str
    cause: str
    changes: list[Change]
    more: int = 0


@dataclass(frozen=True)
class Reference:
    """The reached final state against the reference's.

    Attributes:
        line: the line of the simulation's end.
        differences: by database, from the reference to what was reached; None when not known.
        reason: why it is not known; empty when it is.
        synced: the same against a reference whose databases were synchronised after each action; None where that
            makes no difference.
    """

    line: int
    differences: dict[str, list[Change]] | None
    reason: str = ""
    synced: dict[str, list[Change]] | None = None


@dataclass(frozen=True)
class History:
    """What a simulation did to the databases.

    Attributes:
        simulation_id: which.
        steps: its state changes in their order.
        reference: how its end compares, None before it has ended.
        looked: whether the databases were looked at; otherwise nothing is known of changes.
    """

    simulation_id: str
    steps: list[Step] = field(default_factory=list)
    reference: Reference | None = None
    looked: bool = True


def read_history(log: RunLog, simulation_id: str) -> History:
    """Read the state changes of a simulation."""
    columns, lines = log.columns, log.lines_of(simulation_id)
    wanted = columns.of_type(StateChangeEvent.__name__)[lines]
    for other in _TYPES[1:]:
        wanted = wanted | columns.of_type(other.__name__)[lines]
    steps: list[Step] = []
    calls: dict[str | None, str] = {}
    reference, looked, hash_at_start = None, False, None
    for line in lines[wanted].tolist():
        event = read_event(log, line)
        if isinstance(event, ToolExecutionEvent):
            calls[event.tool_call_id] = call_text(event.tool_name, event.tool_args)
            looked = looked or event.state_changed is not None
        elif isinstance(event, StateChangeEvent):
            known = calls.get(event.tool_call_id) if event.tool_call_id else None
            cause = known or call_text(event.action_trigger, None)
            steps.append(Step(line, event.turn_idx, event.state_type, cause, _changes(event.changes), _more(event)))
        elif isinstance(event, SimulationStartEvent):
            hash_at_start = event.state_hash
        elif isinstance(event, SimulationEndEvent):
            reference = _reference(event, line)
            unchanged = hash_at_start is not None and event.state_hash == hash_at_start
            looked = looked or unchanged or event.gold_diff is not None
    return History(simulation_id, steps, reference, looked or bool(steps))


def _more(event: StateChangeEvent) -> int:
    return whole_length(event.changes) - len(event.changes)


def _reference(event: SimulationEndEvent, line: int) -> Reference:
    reason = event.metadata.get("gold_diff_reason")
    synced = event.metadata.get("gold_diff_after_sync")
    return Reference(
        line,
        _databases(event.gold_diff),
        reason if isinstance(reason, str) else "",
        _databases(synced),
    )


def _databases(value: Any) -> dict[str, list[Change]] | None:
    return {str(name): _changes(changes) for name, changes in value.items()} if isinstance(value, dict) else None


def _changes(value: Any) -> list[Change]:
    """Return the changes in what a log holds in their place; what is no change is left out."""
    return [change for change in as_list(value) if isinstance(change, dict) and _is_change(change)]


def _is_change(change: dict[str, Any]) -> bool:
    path = change.get("path")
    return isinstance(path, str) and path[:1] in ("", "/") and change.get("op") in ("add", "remove", "replace")
