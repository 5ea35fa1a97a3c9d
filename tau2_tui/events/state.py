"""Events of the databases: what changed, and the state at a moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tau2_tui.counting import counted_plainly
from tau2_tui.events.base import ExecutionEvent
from tau2_tui.events.changes import Change, describe


@dataclass(eq=False, repr=False)
class StateChangeEvent(ExecutionEvent):
    """A database changed.

    Attributes:
        state_type: ``database`` for the agent's, ``user_database`` for the user's.
        action_trigger: name of the tool that changed it, or ``sync_tools``.
        pre_state_hash: hash before.
        post_state_hash: hash after.
        changes: RFC 6902 operations, each with the value it replaced or removed under ``old``.
        state_diff: the changes in one readable line.
        change_summary: what happened in one short sentence.
        tool_call_id: the call that did it, None when it was not one call.
    """

    state_type: str = "database"
    action_trigger: str = ""
    pre_state_hash: str | None = None
    post_state_hash: str | None = None
    changes: list[Change] = field(default_factory=list)
    state_diff: str = ""
    change_summary: str = ""
    tool_call_id: str | None = None

    def __post_init__(self) -> None:
        """Describe the changes when no description was given."""
        super().__post_init__()
        if not self.state_diff and self.changes:
            self.state_diff = describe(self.changes)
        if not self.change_summary and self.changes:
            number = counted_plainly(len(self.changes), "change")
            self.change_summary = f"{self.action_trigger or 'unknown'}: {number} in {self.state_type}"


@dataclass(eq=False, repr=False)
class StateSnapshotEvent(ExecutionEvent):
    """The state at a moment.

    Attributes:
        action_trigger: ``simulation_start``, ``before_<tool>``, ``after_<tool>``, ``error`` or ``simulation_end``.
        state_hash: hash of the agent's database.
        user_state_hash: hash of the user's database, None when there is none.
        state: both databases' contents, only when full snapshots were asked for.
    """

    action_trigger: str = ""
    state_hash: str | None = None
    user_state_hash: str | None = None
    state: dict[str, Any] | None = None
