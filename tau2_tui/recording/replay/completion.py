"""A recorded call's event, completed by what its replay told."""

from __future__ import annotations

from typing import Any

from tau2_tui.events import ToolExecutionEvent
from tau2_tui.recording.replay.answers import Difference
from tau2_tui.recording.replay.calls import ReplayedCall

_ONLY_REPLAY_KNOWS = (
    "state_changed",
    "pre_state_hash",
    "post_state_hash",
    "required_args_provided",
    "optional_args_provided",
    "missing_args",
    "unexpected_args",
)
_OF_THE_OUTCOME = (
    "success",
    "error_message",
    "error_type",
    "validation_errors",
    "result",
    "result_size",
    "result_type",
    "result_complexity_score",
    "result_contains_errors",
    "result_truncated",
    "result_preview",
    "level",
    "message",
)


def completed(recorded: ToolExecutionEvent, made: ReplayedCall, *, compared: bool) -> ToolExecutionEvent:
    """Return the event of a call whose replay gave the same: the outcome is as the tool gives it, not as text.

    Args:
        recorded: the event in the log.
        made: its replay.
        compared: the results themselves were compared, not only whether the tool failed.
    """
    told: dict[str, Any] = {"equal": True} if compared else {"equal": True, "result_compared": False}
    if made.event is not None:
        if recorded.success != made.event.success:
            told["success_when_recorded"] = recorded.success
        _take(recorded, made.event, _OF_THE_OUTCOME)
    return _with_replay(recorded, made, told)


def differing(recorded: ToolExecutionEvent, made: ReplayedCall, found: Difference) -> ToolExecutionEvent:
    """Return the event of a call whose replay gave something else: the recorded outcome stands."""
    return _with_replay(recorded, made, {"equal": False, "kind": found.kind, "why": found.why})


def not_made(recorded: ToolExecutionEvent) -> ToolExecutionEvent:
    """Return the event of a call that was not made again, because the log has no answer to it."""
    recorded.metadata["replay"] = {"replayed": False, "why": "the log has no answer to the call"}
    return recorded


def _with_replay(recorded: ToolExecutionEvent, made: ReplayedCall, told: dict[str, Any]) -> ToolExecutionEvent:
    if made.event is not None:
        if recorded.state_changed not in (None, made.event.state_changed):
            told["state_changed_when_recorded"] = recorded.state_changed
        _take(recorded, made.event, _ONLY_REPLAY_KNOWS)
        if recorded.execution_time is None:
            recorded.execution_time = made.event.execution_time
            told["execution_time"] = "of the replay"
        recorded.metadata.update(made.event.metadata)
    recorded.source = recorded.source or "environment"
    recorded.metadata["replay"] = told
    return recorded


def _take(recorded: ToolExecutionEvent, replayed: ToolExecutionEvent, names: tuple[str, ...]) -> None:
    for name in names:
        setattr(recorded, name, getattr(replayed, name))
