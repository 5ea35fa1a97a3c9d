"""The first write that led away from a task's reference state, and the first that should have been made and was not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tau2_tui.events import StateChangeEvent, ToolExecutionEvent
from tau2_tui.events.changes import Change
from tau2_tui.recording.databases import StateFingerprint
from tau2_tui.recording.gold import set_initial_state
from tau2_tui.recording.tool_facts import facts_of

Spot = tuple[str, str]
"""A database and a JSON pointer in it."""

_SHOWN_PATHS = 20


@dataclass
class Write:
    """A recorded call and what it changed when it was replayed.

    Attributes:
        place: its place among the simulation's calls.
        event: the call.
        changes: its effect on the databases, that of ``sync_tools`` after it included.
    """

    place: int
    event: ToolExecutionEvent
    changes: list[StateChangeEvent] = field(default_factory=list)

    def spots(self) -> list[Spot]:
        """Return where it changed something."""
        return [(event.state_type, change["path"]) for event in self.changes for change in event.changes]


@dataclass(frozen=True)
class ReferenceAction:
    """A reference action and what it changes when the actions are acted out in order.

    Attributes:
        place: its place among the task's actions.
        action: tau2's object.
        changes: its effect, by database.
    """

    place: int
    action: Any
    changes: Mapping[str, list[Change]]

    def spots(self) -> list[Spot]:
        """Return where it changes something."""
        return [(name, change["path"]) for name, changes in self.changes.items() for change in changes]


def reference_actions(new_environment: Callable[[], Any], task: Any, *, sync: bool) -> list[ReferenceAction]:
    """Act out the reference actions of a task, and return each with its effect.

    Args:
        new_environment: makes an environment of the task's domain.
        task: tau2's task.
        sync: let one database follow the other after each action, as in a conversation.
    """
    environment = new_environment()
    set_initial_state(environment, task)
    state = StateFingerprint.of(environment)
    found = []
    for place, action in enumerate(task.evaluation_criteria.actions or []):
        before = state
        failed = False
        try:
            environment.make_tool_call(tool_name=action.name, requestor=action.requestor, **action.arguments)
            if sync:
                environment.sync_tools()
        except Exception:  # tau2's evaluator goes on after a reference action that fails, and so must this
            failed = True
        if failed or sync or facts_of(environment, action.name, action.requestor).may_write:
            state = StateFingerprint.of(environment, before)
        found.append(ReferenceAction(place, action, before.delta_to(state).changes))
    return found


def first_divergence(
    gold_diff: Mapping[str, Sequence[Change]], writes: Iterable[Write], reference: Sequence[ReferenceAction]
) -> dict[str, Any]:
    """Return the first unexpected and the first missing write, as JSON objects under those keys; None for none.

    Only writes that have a part in the final difference are looked at: what was undone, or is in the reference too,
    led nowhere. A call is expected when it equals a reference action not yet made, as tau2 compares them, or changes
    the same in the same way.

    Args:
        gold_diff: the changes from the reference final state to the reached one.
        writes: the calls that changed something, in order.
        reference: the reference actions with their effects.
    """
    differing = [(name, change["path"]) for name, changes in gold_diff.items() for change in changes]
    left = list(reference)
    unexpected = None
    for write in writes:
        expected = _taken_from(left, write)
        if unexpected is None and not expected:
            shared = _shared(write.spots(), differing)
            if shared:
                unexpected = _described_call(write, shared)
    missing = None
    for action in left:
        shared = _shared(action.spots(), differing)
        if shared:
            missing = _described_action(action, shared)
            break
    return {"unexpected_write": unexpected, "missing_write": missing}


def _taken_from(left: list[ReferenceAction], write: Write) -> bool:
    """Return whether a call is one of the actions, whoever makes it, and take that action off the list."""
    for matches in (_is_equal, _has_same_effect):
        for place, candidate in enumerate(left):
            if matches(candidate, write):
                del left[place]
                return True
    return False


def _is_equal(candidate: ReferenceAction, write: Write) -> bool:
    """Return whether tau2 would take the call for the action."""
    action, event = candidate.action, write.event
    if action.name != event.tool_name:
        return False
    compared = event.tool_args.keys() if action.compare_args is None else action.compare_args
    given = {name: value for name, value in event.tool_args.items() if name in compared}
    return bool(given == {name: value for name, value in action.arguments.items() if name in compared})


def _has_same_effect(candidate: ReferenceAction, write: Write) -> bool:
    wanted = [(name, change) for name, changes in candidate.changes.items() for change in changes]
    made = [(event.state_type, change) for event in write.changes for change in event.changes]
    return bool(wanted) and len(wanted) == len(made) and all(change in made for change in wanted)


def _shared(spots: Iterable[Spot], differing: Sequence[Spot]) -> list[str]:
    """Return the pointers of the differences that lie at, within or around one of the spots."""
    spots = list(spots)
    return [
        path for database, path in differing if any(database == other and _within(path, spot) for other, spot in spots)
    ]


def _within(path: str, other: str) -> bool:
    return path == other or path.startswith(other + "/") or other.startswith(path + "/")


def _described_call(write: Write, paths: list[str]) -> dict[str, Any]:
    event = write.event
    return {
        "call": write.place,
        "turn_idx": event.turn_idx,
        "tool_call_id": event.tool_call_id,
        "tool_name": event.tool_name,
        "paths": paths[:_SHOWN_PATHS],
    }


def _described_action(reference: ReferenceAction, paths: list[str]) -> dict[str, Any]:
    action = reference.action
    return {
        "action": reference.place,
        "action_id": action.action_id,
        "requestor": action.requestor,
        "tool_name": action.name,
        "tool_args": action.arguments,
        "paths": paths[:_SHOWN_PATHS],
    }
