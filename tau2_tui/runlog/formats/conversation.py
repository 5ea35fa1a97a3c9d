"""The messages of a simulation as events: each message, and each tool call with its result."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tau2_tui.events import ExecutionEvent, LogLevel, MessageEvent, ToolExecutionEvent, decode
from tau2_tui.events.codec import dumps, loads
from tau2_tui.runlog.formats.findings import Findings
from tau2_tui.runlog.formats.moments import Clock

IMPORTER = "import"
"""The source of events that say something about the file, not of the run."""

_SOURCES = {"assistant": "agent", "user": "user", "tool": "environment"}
_OWN_KEYS = frozenset(
    {"role", "content", "tool_calls", "id", "error", "requestor", "cost", "usage", "timestamp", "turn_idx", "raw_data"}
    | {"generation_time_seconds", "metadata", "tool_call_id"}
)
_DEFAULTS: dict[str, Any] = {"is_audio": False, "is_final_chunk": True, "contains_speech": True}
"""What tau2 1.x writes in every text message; other values are kept."""

_CALL_KEYS = frozenset({"id", "name", "arguments", "requestor", "function", "type"})
_ONE_LINE = 200
_ERROR = "Error: "
_TRIMMED = re.compile(r"\[\.\.\. [\d,]+ characters trimmed for size \.\.\.\]")
"""What the script that shortens files for tau2's leaderboard leaves in a text."""


@dataclass
class Call:
    """A tool call in a message.

    Attributes:
        turn: index of the message.
        group: which of the messages with calls it is in.
        id: the model's id of it, None when it has none.
        name: the tool.
        arguments: as they are in the file; an object unless the file is odd.
        requestor: ``assistant`` or ``user``.
        result: the tool message that answers it, None when there is none.
        extra: what else the file says of it.
    """

    turn: int
    group: int
    id: str | None
    name: str
    arguments: Any
    requestor: str
    result: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Matched:
    """The messages of a conversation and which result answers which call.

    Attributes:
        messages: index in the conversation and message; parts of a bundle of tool answers share the index.
        calls: the calls of each message, by its place in ``messages``.
        answered: the call that a tool message answers, by its place in ``messages``.
    """

    messages: list[tuple[int, Any]]
    calls: dict[int, list[Call]] = field(default_factory=dict)
    answered: dict[int, Call] = field(default_factory=dict)


def match_results(messages: Sequence[Any], findings: Findings) -> Matched:
    """Find the result of every call: by id among the calls still open, the latest message's first, else by position."""
    found = Matched(list(_unbundled(messages)))
    pending: list[Call] = []
    for place, (turn, message) in enumerate(found.messages):
        if not isinstance(message, dict):
            continue
        if message.get("role") == "tool":
            call = _take(pending, message, findings)
            if call is None:
                findings.count("no_call")
                continue
            call.result = message
            found.answered[place] = call
        elif message.get("tool_calls"):
            calls = list(_calls(message, turn, place))
            found.calls[place] = calls
            pending.extend(calls)
    ids = Counter(call.id for calls in found.calls.values() for call in calls if call.id)
    findings.count("repeated_ids", sum(number - 1 for number in ids.values()))
    return found


def conversation_events(
    messages: Sequence[Any], clock: Clock, findings: Findings, history: int = 0
) -> Iterator[ExecutionEvent]:
    """Yield the events of a conversation: each message, and before each tool message the call that it answers.

    Args:
        messages: as the file has them.
        clock: gives the times.
        findings: counts what is odd.
        history: how many messages at the start are the task's own; their calls are none of this run.
    """
    matched = match_results(messages, findings)
    for place, (turn, message) in enumerate(matched.messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            findings.count("odd_messages")
            yield _odd(message, turn, clock.now)
            continue
        of_history = turn < history
        unknown = clock.unknown
        time = clock.at(message.get("timestamp"))
        findings.count("no_times", clock.unknown - unknown)
        answered = matched.answered.get(place)
        if answered is not None and not of_history:
            yield call_event(answered, time, findings)
        calls = matched.calls.get(place, [])
        yield message_event(message, turn, time, calls, answered, history=of_history)
        if of_history:
            findings.count("history_calls", len(calls))
            continue
        for call in calls:
            if call.result is None:
                findings.count("no_result")
                yield _unanswered(call, time)


def message_event(
    message: dict[str, Any],
    turn: int,
    time: float,
    calls: Sequence[Call] = (),
    answered: Call | None = None,
    *,
    history: bool = False,
) -> ExecutionEvent:
    """Return the event of a message; what it holds beyond the event's fields is in its metadata."""
    role, content = message["role"], message.get("content")
    is_tool = role == "tool"
    result_id, requestor = _result_id(message), message.get("requestor")
    if answered is not None:
        result_id, requestor = result_id or answered.id, requestor or answered.requestor
    metadata = dict(message["metadata"]) if isinstance(message.get("metadata"), dict) else {}
    metadata.update(
        (key, value)
        for key, value in message.items()
        if value is not None and (key not in _OWN_KEYS or (key == "id" and not is_tool)) and _DEFAULTS.get(key) != value
    )
    if message.get("turn_idx") not in (None, turn):
        metadata["turn_idx"] = message["turn_idx"]
    if content is not None and not isinstance(content, str):
        metadata["content"], content = content, text_of(content)
    tool_calls = message.get("tool_calls")
    return decode(
        {
            "event_type": MessageEvent.__name__,
            "timestamp": time,
            "turn_idx": turn,
            "source": _SOURCES.get(role, ""),
            "message": "" if content or calls or is_tool else _wordless(message),
            "metadata": metadata,
            "role": role,
            "content": content,
            "tool_calls": [_plain_call(call) for call in calls] if calls else tool_calls,
            "tool_call_id": result_id if is_tool else None,
            "error": message.get("error") if is_tool else None,
            "requestor": requestor if is_tool else None,
            "cost": message.get("cost"),
            "usage": message.get("usage"),
            "generation_time": message.get("generation_time_seconds"),
            "history": history,
            "message_timestamp": message.get("timestamp"),
            "raw_data": message.get("raw_data"),
        }
    )


def call_event(call: Call, time: float, findings: Findings) -> ExecutionEvent:
    """Return the event of an answered call; its time is that of the answer."""
    assert call.result is not None
    content = call.result.get("content")
    text = content if isinstance(content, str) else text_of(content)
    flag = call.result.get("error")
    if not isinstance(flag, bool):
        findings.count("no_error_flag")
        flag = text.startswith("Error")
    metadata = {}
    arguments = call.arguments
    if not isinstance(arguments, dict):
        findings.count("odd_arguments")
        metadata["arguments"], arguments = arguments, {}
    error = text.removeprefix(_ERROR) if flag else None
    outcome = "succeeded" if error is None else f"failed: {first_line(error)}"
    return decode(
        {
            "event_type": ToolExecutionEvent.__name__,
            "timestamp": time,
            "turn_idx": call.turn,
            "level": LogLevel.ERROR.value if flag else LogLevel.INFO.value,
            "source": "environment",
            "message": f"{call.name} {outcome}",
            "metadata": metadata,
            "tool_name": call.name,
            "tool_args": arguments,
            "tool_call_id": call.id,
            "success": not flag,
            "error_message": error,
            "requestor": call.requestor,
            "result": None if flag else result_value(content),
            "result_truncated": _TRIMMED.search(text) is not None,
        }
    )


def result_value(content: Any) -> Any:
    """Return what a tool returned, from the text that tau2 made of it: texts stay, anything else was JSON.

    A number stays text: tools that compute return the digits as text.
    """
    if not isinstance(content, str) or not (content.startswith(("{", "[")) or content in ("null", "true", "false")):
        return content
    try:
        return loads(content.encode("utf-8"))
    except (ValueError, UnicodeError):
        return content


def text_of(content: Any) -> str:
    """Return the text of a content that is none: the texts of its parts, or its JSON."""
    if content is None:
        return ""
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        if texts and all(isinstance(text, str) for text in texts):
            return "\n".join(str(text) for text in texts)
    return dumps(content).decode("utf-8", "replace")


def first_line(text: str) -> str:
    """Return a text's first line, cut, for an event's own one-line message."""
    line = text.strip().split("\n", 1)[0]
    return line if len(line) <= _ONE_LINE else line[: _ONE_LINE - 1] + "…"


def _wordless(message: dict[str, Any]) -> str:
    """Return what is known of a message of a voice conversation whose words are not in the file."""
    ticks = message.get("ticks")
    return f"speaks, ticks {ticks[0]} to {ticks[-1]}, no words in the file" if isinstance(ticks, list) and ticks else ""


def _unbundled(messages: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    for turn, message in enumerate(messages):
        bundled = message.get("tool_messages") if isinstance(message, dict) else None
        if isinstance(bundled, list):
            yield from ((turn, part) for part in bundled)
        else:
            yield turn, message


def _calls(message: dict[str, Any], turn: int, group: int) -> Iterator[Call]:
    listed = message["tool_calls"]
    for item in listed if isinstance(listed, list) else []:
        call = item if isinstance(item, dict) else {"arguments": item}
        inner = call.get("function")
        function: dict[str, Any] = inner if isinstance(inner, dict) else call
        role = message.get("role")
        yield Call(
            turn=turn,
            group=group,
            id=_text(call.get("id")),
            name=_text(function.get("name")) or "",
            arguments=_arguments(function.get("arguments")),
            requestor=_text(call.get("requestor")) or ("user" if role == "user" else "assistant"),
            extra={key: value for key, value in call.items() if key not in _CALL_KEYS and value is not None},
        )


def _arguments(written: Any) -> Any:
    """Return arguments as an object also where they were written as JSON text."""
    if written is None:
        return {}
    if not isinstance(written, str):
        return written
    try:
        value = loads(written.encode("utf-8"))
    except (ValueError, UnicodeError):
        return written
    return value if isinstance(value, dict) else written


def _take(pending: list[Call], result: dict[str, Any], findings: Findings) -> Call | None:
    """Take the call that a result answers from those still open."""
    if not pending:
        return None
    latest = [call for call in pending if call.group == pending[-1].group]
    earlier = [call for call in pending if call.group != pending[-1].group]
    wanted = _result_id(result)
    same = [call for call in latest + earlier if wanted and call.id == wanted]
    if not same:
        findings.count("by_position")
        requestor = result.get("requestor")
        same = [call for call in latest if requestor in (None, call.requestor)] or latest
    pending.remove(same[0])
    return same[0]


def _result_id(result: dict[str, Any]) -> str | None:
    """Return the id of the call that a tool message names, in tau2's or OpenAI's form."""
    return _text(result.get("id")) or _text(result.get("tool_call_id"))


def _plain_call(call: Call) -> dict[str, Any]:
    known = {"id": call.id or "", "name": call.name, "arguments": call.arguments, "requestor": call.requestor}
    return {**call.extra, **known}


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _unanswered(call: Call, time: float) -> ExecutionEvent:
    return ExecutionEvent(
        timestamp=time,
        turn_idx=call.turn,
        level=LogLevel.WARNING,
        source=IMPORTER,
        message=f"no result in the file for the call of {call.name}",
        metadata={"tool_call": _plain_call(call)},
    )


def _odd(message: Any, turn: int, time: float) -> ExecutionEvent:
    return ExecutionEvent(
        timestamp=time,
        turn_idx=turn,
        level=LogLevel.WARNING,
        source=IMPORTER,
        message="an entry among the messages that is no message",
        metadata={"entry": message},
    )
