"""The tool calls in a tau2-enhanced log: each with its snapshots and state changes, and grouped by environment.

tau2-enhanced gave its events no simulation. What it gave is the number of the call in its environment, at the end of
``tool_call_id``: where it does not rise, another environment begins. A conversation has one environment; the evaluator
then makes two more, one to replay the conversation in and one for the reference actions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tau2_tui.events.codec import dumps
from tau2_tui.runlog.envelope import finite_of

_STEP = re.compile(r"_(\d{1,9})\Z")
_BEFORE, _AFTER = "before_", "after_"

Signature = tuple[str, bytes, bool]
"""A call for comparison: name, arguments as canonical JSON, whether it failed."""


@dataclass
class LoggedCall:
    """One tool call as tau2-enhanced logged it.

    Attributes:
        raw: the event as it stands in the file.
        before: the snapshot taken before it, None when the file has none.
        after: the snapshot taken after it, None unless it changed the state.
        changes: the state changes logged after it.
    """

    raw: dict[str, Any]
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The tool's name."""
        return _text(self.raw.get("tool_name"))

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments, none when the file holds something else."""
        arguments = self.raw.get("tool_args")
        return arguments if isinstance(arguments, dict) else {}

    @property
    def success(self) -> bool:
        """Whether the tool did not fail."""
        return self.raw.get("success") is not False

    @property
    def ended(self) -> float | None:
        """Seconds since the epoch at which it was logged, None when the file does not say."""
        return finite_of(self.raw.get("timestamp"))

    @property
    def started(self) -> float | None:
        """Seconds since the epoch at which tau2-enhanced began with it; when it was logged, where that is unknown."""
        state = self.before.get("state_data") if self.before else None
        started = finite_of(state.get("timestamp")) if isinstance(state, dict) else None
        return self.ended if started is None else started

    @property
    def step(self) -> int | None:
        """The number of the call in its environment, from 1; None when its id holds none."""
        found = _STEP.search(_text(self.raw.get("tool_call_id")))
        return int(found[1]) if found else None

    @property
    def simulation_id(self) -> str | None:
        """The simulation that the event names: logs of tau2-enhanced's own programs name none."""
        found = self.raw.get("simulation_id")
        return found if isinstance(found, str) and found else None

    @property
    def signature(self) -> Signature:
        """What this call has in common with the same call elsewhere."""
        return self.name, dumps(self.arguments, sort_keys=True), not self.success


@dataclass(frozen=True)
class Environment:
    """The calls of one environment, in the order in which they were made.

    Attributes:
        number: its place in the file, from 1, among the environments that were called at all.
        calls: its calls; at least one.
    """

    number: int
    calls: tuple[LoggedCall, ...]

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """What all its calls have in common with the same calls elsewhere."""
        return tuple(call.signature for call in self.calls)

    @property
    def simulation_id(self) -> str | None:
        """The simulation that its calls name."""
        return self.calls[0].simulation_id

    @property
    def started(self) -> float:
        """Seconds since the epoch at which its first call began, 0 when unknown."""
        return self.calls[0].started or 0.0

    @property
    def ended(self) -> float:
        """Seconds since the epoch at which its last call was logged, 0 when unknown."""
        return self.calls[-1].ended or 0.0

    @property
    def longest_pause(self) -> float | None:
        """Seconds of the longest pause between two of its calls, None when it has one call or no times."""
        pauses = [
            after.started - before.ended
            for before, after in zip(self.calls, self.calls[1:], strict=False)
            if after.started is not None and before.ended is not None
        ]
        return max(pauses, default=None)


@dataclass(frozen=True)
class LoggedEvents:
    """The events of a log, sorted out.

    Attributes:
        calls: the tool calls in the order of the file.
        others: events that are no tool calls and no changes of state after one, in the order of the file.
        unreadable: entries of the file that are no events.
        loose_snapshots: snapshots that belong to no call.
    """

    calls: list[LoggedCall]
    others: list[dict[str, Any]]
    unreadable: int
    loose_snapshots: list[dict[str, Any]]


def sort_out(events: Iterable[Any], snapshots: Iterable[Any]) -> LoggedEvents:
    """Return the calls of a log with what belongs to each, and the rest."""
    calls: list[LoggedCall] = []
    others: list[dict[str, Any]] = []
    unreadable = 0
    for event in events:
        if not isinstance(event, dict):
            unreadable += 1
        elif event.get("event_type") == "ToolExecutionEvent":
            calls.append(LoggedCall(event))
        elif event.get("event_type") == "StateChangeEvent" and calls and _is_of(event, calls[-1]):
            calls[-1].changes.append(event)
        else:
            others.append(event)
    return LoggedEvents(calls, others, unreadable, _attach(calls, snapshots))


def environments(calls: Sequence[LoggedCall]) -> list[Environment] | None:
    """Return the calls by environment, in the order of the file; None when their ids do not number them.

    Calls that name their simulations are grouped by that.
    """
    if any(call.simulation_id for call in calls):
        named: dict[str | None, list[LoggedCall]] = {}
        for call in calls:
            named.setdefault(call.simulation_id, []).append(call)
        return [Environment(place, tuple(group)) for place, group in enumerate(named.values(), start=1)]
    groups: list[list[LoggedCall]] = []
    last = 0
    for call in calls:
        step = call.step
        if step is None:
            return None
        if not groups or step <= last:
            groups.append([])
        groups[-1].append(call)
        last = step
    return [Environment(place, tuple(group)) for place, group in enumerate(groups, start=1)]


def _is_of(change: dict[str, Any], call: LoggedCall) -> bool:
    return not call.changes and change.get("action_trigger") in (call.name, None)


def _attach(calls: Sequence[LoggedCall], snapshots: Iterable[Any]) -> list[dict[str, Any]]:
    """Give each call its snapshots, which stand in the same order; return those that are left.

    A snapshot's own time of taking is compared, too: a call whose snapshots are missing does not take another's.
    """
    loose: list[dict[str, Any]] = []
    at = -1
    for snapshot in snapshots:
        if not isinstance(snapshot, dict):
            continue
        trigger = _text(snapshot.get("action_trigger"))
        if trigger.startswith(_AFTER) and 0 <= at < len(calls) and calls[at].name == trigger[len(_AFTER) :]:
            calls[at].after = snapshot
            continue
        found = _next_call(calls, at + 1, trigger, snapshot)
        if found is None:
            loose.append(snapshot)
        else:
            at = found
            calls[at].before = snapshot
    return loose


_LOOK_AHEAD = 50
"""Calls without a snapshot that are passed over when the snapshot of a later one stands next."""


def _next_call(calls: Sequence[LoggedCall], start: int, trigger: str, snapshot: dict[str, Any]) -> int | None:
    if not trigger.startswith(_BEFORE):
        return None
    name, metadata = trigger[len(_BEFORE) :], snapshot.get("metadata")
    step = metadata.get("step") if isinstance(metadata, dict) else None
    taken = finite_of(snapshot.get("timestamp"))
    for place in range(start, min(start + _LOOK_AHEAD, len(calls))):
        call = calls[place]
        in_time = taken is None or call.ended is None or taken <= call.ended
        if call.name == name and in_time and (step is None or call.step is None or step == call.step):
            return place
    return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
