"""From the JSON object of a log's line to the row that the statistics keep of it.

Whatever a value's type is in the file, a row has the types that it declares: what does not fit is as if not recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from hashlib import blake2b
from sys import intern
from typing import Any

from tau2_tui.analysis.data.records import Call, GoldAction, StateChange, Tool
from tau2_tui.events import sensitive
from tau2_tui.events.codec import dumps

Row = Mapping[str, Any]

_NOTHING: Mapping[str, Any] = {}
_NO_PAIR = (None, None)
_EPOCH = datetime(1970, 1, 1)
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=timezone.utc)
_DIGEST_BYTES = 8
LARGEST = 1e60
"""No time, cost or size is beyond this, and sums, squares and cubes of what is below stay finite."""

_LARGEST_INTEGER = 1 << 63
_QUARTER_HOUR = 900.0
_WRITES = {"write": True, "read": False, "think": False, "generic": False}


def text(value: Any) -> str | None:
    """Return a text that is not empty, None for anything else."""
    return value if isinstance(value, str) and value else None


def number(value: Any) -> float | None:
    """Return a finite number of a sane size, None for anything else; true and false are no numbers."""
    if type(value) is float:
        return value if -LARGEST < value < LARGEST else None
    if type(value) is int and -LARGEST < value < LARGEST:
        return float(value)
    return None


def integer(value: Any) -> int | None:
    """Return a whole number of a sane size, None for anything else."""
    return value if type(value) is int and -_LARGEST_INTEGER <= value < _LARGEST_INTEGER else None


def mapping(value: Any) -> Mapping[str, Any]:
    """Return an object, an empty one for anything else."""
    return value if isinstance(value, dict) else _NOTHING


def objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects in an array, none for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(value: Any) -> tuple[str, ...]:
    """Return the texts in an array, none for anything else."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def digest(data: bytes) -> str:
    """Return 16 hex digits that are equal for equal bytes."""
    return blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()


def call_fields(data: Row, line: int, tools: Mapping[tuple[str, str], Tool]) -> tuple[Any, ...]:
    """Return the fields of a ToolExecutionEvent's row from ``turn`` on."""
    get = data.get
    name = intern(str(get("tool_name") or ""))
    requestor = "user" if get("requestor") == "user" else "assistant"
    args = mapping(get("tool_args"))
    error = get("success") is False
    result = get("result")
    missing, unexpected = _against_signature(data, args, tools.get((requestor, name)))
    return (
        integer(get("turn_idx")),
        name,
        args,
        requestor,
        error,
        (text(get("error_message")) or text(result) or "") if error else None,
        number(get("timestamp")) or None,
        number(get("execution_time")),
        _yes_or_no(get("state_changed")),
        None if result is None else digest(dumps(result, sort_keys=True)),
        integer(get("result_size")),
        _interned(get("result_type")),
        get("result_truncated") is True,
        get("result_contains_errors") is True,
        missing,
        unexpected,
        _sensitive(get("sensitive_args"), args),
        mapping(get("metadata")) or _NOTHING,
        line,
    )


def _against_signature(
    data: Row, args: Mapping[str, Any], tool: Tool | None
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Return the missing and the unexpected arguments: as recorded, else by the schema; None without either."""
    missing, unexpected = data.get("missing_args"), data.get("unexpected_args")
    if missing or unexpected or data.get("required_args_provided") or data.get("optional_args_provided"):
        return texts(missing) if missing else (), texts(unexpected) if unexpected else ()
    if tool is None or tool.required is None:
        return None, None
    known = {*tool.required, *(tool.optional or ())}
    return tuple(name for name in tool.required if name not in args), tuple(name for name in args if name not in known)


def _sensitive(recorded: Any, args: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    if isinstance(recorded, list):
        return tuple(objects(recorded)) if recorded else ()
    return tuple({"kind": hit.kind, "path": hit.path, "preview": hit.preview} for hit in sensitive.find(dict(args)))


def _yes_or_no(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _interned(value: Any) -> str | None:
    return intern(value) if isinstance(value, str) and value else None


def message_fields(data: Row, simulation: int, line: int) -> tuple[Any, ...]:
    """Return what the columns of messages hold of a MessageEvent: as it stands there where a column checks it."""
    get = data.get
    content, calls, usage, role, written = (
        get("content"),
        get("tool_calls"),
        get("usage"),
        get("role"),
        get("message_timestamp"),
    )
    prompt, completion = (
        (usage.get("prompt_tokens"), usage.get("completion_tokens")) if type(usage) is dict else _NO_PAIR
    )
    return (
        simulation,
        get("turn_idx"),
        role if type(role) is str else str(role or ""),
        get("timestamp") or None,
        None if written is None else own_time(written),
        get("generation_time"),
        len(calls) if type(calls) is list else 0,
        text_digest(content) if type(content) is str and content else 0,
        get("cost"),
        prompt,
        completion,
        line,
    )


def text_digest(content: str) -> int:
    """Return a number that is equal for equal texts, never 0."""
    data = content.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=_DIGEST_BYTES).digest(), "little") or 1


def own_time(written: Any) -> float | None:
    """Return a time as tau2 writes it, taken as UTC where it names no zone, in seconds since the epoch."""
    if type(written) is not str:
        return None
    try:
        moment = datetime.fromisoformat(written[:-1] + "+00:00" if written.endswith("Z") else written)
    except ValueError:
        return None
    return (moment - (_EPOCH if moment.tzinfo is None else _EPOCH_UTC)).total_seconds()


def zone_offset(own: float, event: float) -> float:
    """Return the seconds by which tau2's time of a message lies behind UTC: the envelope tells, to a quarter hour."""
    return round((event - own) / _QUARTER_HOUR) * _QUARTER_HOUR


def model_call_fields(data: Row, simulation: int, line: int) -> tuple[Any, ...]:
    """Return what the columns of model calls hold of an LLMCallEvent: as it stands there where a column checks it."""
    get = data.get
    purpose, model, retries = get("purpose"), get("model"), get("retries")
    return (
        simulation,
        purpose if type(purpose) is str and purpose else str(purpose or "unknown"),
        model if type(model) is str else str(model or ""),
        get("latency"),
        get("cost"),
        get("prompt_tokens"),
        get("completion_tokens"),
        integer(retries) or 0 if retries else 0,
        get("error") is not None,
        line,
    )


def state_change_of(data: Row, simulation: int | None, line: int) -> StateChange:
    """Return the row of a StateChangeEvent."""
    return StateChange(
        simulation=simulation,
        state_type=intern(str(data.get("state_type") or "database")),
        trigger=intern(str(data.get("action_trigger") or "")),
        paths=tuple(str(change.get("path", "")) for change in objects(data.get("changes"))),
        tool_call_id=text(data.get("tool_call_id")),
        line=line,
    )


def tools_of(recorded: Any) -> dict[tuple[str, str], Tool]:
    """Return the tools that a RunStartEvent lists, by requestor and name."""
    tools = {}
    for entry in objects(recorded):
        name = text(entry.get("name"))
        if name is None:
            continue
        requestor = "user" if entry.get("requestor") == "user" else "assistant"
        required, optional = _arguments(entry.get("parameters"))
        kind = text(entry.get("tool_type")) or "unknown"
        tools[requestor, name] = Tool(intern(name), requestor, kind.lower(), required, optional)
    return tools


def _arguments(schema: Any) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Return the required and the optional arguments of a JSON schema; None and None for what is no such schema."""
    properties = mapping(schema).get("properties")
    if not isinstance(properties, dict):
        return None, None
    required = set(texts(schema.get("required")))
    names = [str(name) for name in properties]
    return tuple(n for n in names if n in required), tuple(n for n in names if n not in required)


def gold_of(task_id: str, task: Mapping[str, Any], writes: Mapping[tuple[str, str], bool]) -> list[GoldAction]:
    """Return the reference actions of a task.

    Args:
        task_id: the task.
        task: its definition.
        writes: by requestor and tool name whether the tool writes, as far as that is known.
    """
    actions = objects(mapping(task.get("evaluation_criteria")).get("actions"))
    rows = []
    for i, action in enumerate(actions):
        name = str(action.get("name") or "")
        requestor = "user" if action.get("requestor") == "user" else "assistant"
        compared = action.get("compare_args")
        rows.append(
            GoldAction(
                task_id=task_id,
                i=i,
                name=name,
                args=mapping(action.get("arguments")),
                compare_args=texts(compared) if isinstance(compared, list) else None,
                requestor=requestor,
                writes=writes.get((requestor, name)),
            )
        )
    return rows


def writing_tools(tools: Mapping[tuple[str, str], Tool], calls: Sequence[Call]) -> dict[tuple[str, str], bool]:
    """Return which tools write: by their type, else because a call of theirs changed a database."""
    writes = {key: _WRITES[tool.tool_type] for key, tool in tools.items() if tool.tool_type in _WRITES}
    for call in calls:
        if call.state_changed:
            writes.setdefault((call.requestor, call.name), True)
    return writes
