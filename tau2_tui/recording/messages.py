"""tau2's messages as events, and texts for an event's own one-line message."""

from __future__ import annotations

from typing import Any

from tau2_tui.events import MessageEvent

_ONE_LINE = 200
_SOURCES = {"assistant": "agent", "user": "user", "tool": "environment"}


def message_events(message: Any, index: int) -> list[MessageEvent]:
    """Return the events of a message at a place of the conversation; several for one that bundles tool answers."""
    bundled = getattr(message, "tool_messages", None)
    if bundled is not None:
        return [event for part in bundled for event in message_events(part, index)]
    is_tool = message.role == "tool"
    calls = getattr(message, "tool_calls", None)
    return [
        MessageEvent(
            role=message.role,
            content=message.content,
            tool_calls=None if calls is None else [_call(call) for call in calls],
            tool_call_id=message.id if is_tool else None,
            error=bool(message.error) if is_tool else None,
            requestor=message.requestor if is_tool else None,
            cost=getattr(message, "cost", None),
            usage=getattr(message, "usage", None),
            generation_time=getattr(message, "generation_time_seconds", None),
            message_timestamp=message.timestamp,
            raw_data=getattr(message, "raw_data", None),
            turn_idx=index,
            source=_SOURCES.get(message.role, ""),
        )
    ]


def error_text(error: BaseException) -> str:
    """Return what an exception says of itself, which is code of whoever made its class."""
    try:
        return str(error)
    except Exception as failure:  # whatever that code raises
        return f"(its text cannot be had: {type(failure).__name__})"


def error_line(error: BaseException) -> str:
    """Return the first line of what an exception says of itself, its class's name when it says nothing."""
    return first_line(error_text(error)) or type(error).__name__


def first_line(text: str) -> str:
    """Return a text's first line, cut to 200 characters, for an event's one-line message."""
    line = text.strip().split("\n", 1)[0]
    return line if len(line) <= _ONE_LINE else line[: _ONE_LINE - 1] + "…"


def _call(call: Any) -> dict[str, Any]:
    return {"id": call.id, "name": call.name, "arguments": call.arguments, "requestor": call.requestor}
