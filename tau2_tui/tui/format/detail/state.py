"""Details of the databases: what changed, and snapshots."""

from __future__ import annotations

from tau2_tui.events import StateChangeEvent, StateSnapshotEvent
from tau2_tui.tui.format.changes import change_lines
from tau2_tui.tui.format.detail.layout import Context, Lines, fields, section
from tau2_tui.tui.format.json_lines import json_lines
from tau2_tui.tui.format.runs import safe_lines
from tau2_tui.tui.format.values import count

DATABASES = {"database": "the agent's database", "user_database": "the user's database"}


def state_change(event: StateChangeEvent, context: Context) -> Lines:
    """Yield every change with its path, its old and its new value."""
    yield from section("State change")
    yield from fields(
        ("of", DATABASES.get(event.state_type, event.state_type)),
        ("by", event.action_trigger),
        ("call", event.tool_call_id),
        ("before", event.pre_state_hash),
        ("after", event.post_state_hash),
    )
    yield from section(count(len(event.changes), "change").capitalize())
    if event.changes:
        yield from change_lines(event.changes)
    elif event.state_diff:
        yield from safe_lines(event.state_diff)


def snapshot(event: StateSnapshotEvent, context: Context) -> Lines:
    """Yield the hashes of the state, and its contents where they were recorded."""
    yield from section("State")
    yield from fields(("at", event.action_trigger), ("state", event.state_hash), ("user state", event.user_state_hash))
    if event.state is not None:
        yield from section("Contents")
        yield from json_lines(event.state, context.folds, root="state:")
