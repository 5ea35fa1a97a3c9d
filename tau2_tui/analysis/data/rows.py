"""From the JSON object of a log's line to the row that the statistics keep of it.

Whatever a value's type is in the file, a row has the types that it declares: what does not fit is as if not recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from operator import itemgetter
from sys import intern
from typing import Any

import orjson

from tau2_tui.analysis.data.records import Call, GoldAction, Tool
from tau2_tui.events import sensitive
from tau2_tui.events.codec import dumps, to_plain

Row = Mapping[str, Any]

_NOTHING: Mapping[str, Any] = {}
_DIGEST_BYTES = 8
LARGEST = 1e60
"""No time, cost or size is beyond this, and sums, squares and cubes of what is below stay finite."""

_LARGEST_INTEGER = 1 << 63
_QUARTER_HOUR = 900.0
_CALL_KEYS = (
    "turn_idx",
    "tool_name",
    "tool_args",
    "requestor",
    "success",
    "result",
    "error_message",
    "timestamp",
    "execution_time",
    "state_changed",
    "result_size",
    "result_type",
    "result_truncated",
    "result_contains_errors",
    "sensitive_args",
    "metadata",
    "missing_args",
    "unexpected_args",
    "required_args_provided",
    "optional_args_provided",
)
_CALL = itemgetter(*_CALL_KEYS)
_WRITES = {"write": True, "read": False, "think": False, "generic": False}


def text(value: Any) -> str | None:
    """Return a text that is not empty, None for anything else."""
    return value if isinstance(value, str) and value else None


def words(value: Any) -> str:
    """Return a text as it is, what else there is as JSON, and an empty text for nothing."""
    return value if type(value) is str else dumps(value).decode() if value else ""


def shallow(value: Any) -> Any:
    """Return a value; of one that nests deeper than anything can be walked through, what lies too deep is a text."""
    try:
        orjson.dumps(value)  # refuses what nests deeper than 254 levels, in far less time than a walk takes
    except TypeError:
        return to_plain(value)
    return value


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
    try:
        values = _CALL(data)
    except KeyError:
        values = tuple(map(data.get, _CALL_KEYS))
    (
        turn,
        tool_name,
        tool_args,
        requestor,
        success,
        result,
        error_message,
        time,
        execution_time,
        state_changed,
        result_size,
        result_type,
        truncated,
        contains_errors,
        sensitive_args,
        metadata,
        *signature,
    ) = values
    name = intern(words(tool_name))
    requestor = "user" if requestor == "user" else "assistant"
    args = shallow(tool_args) if type(tool_args) is dict else _NOTHING
    error = success is False
    missing, unexpected = _against_signature(signature, args, tool_of(tools, requestor, name))
    return (
        integer(turn),
        name,
        args,
        requestor,
        error,
        (text(error_message) or text(result) or "") if error else None,
        number(time) or None,
        number(execution_time),
        state_changed if type(state_changed) is bool else None,
        None if result is None else digest(dumps(result, sort_keys=True)),
        integer(result_size),
        intern(result_type) if type(result_type) is str and result_type else None,
        truncated is True,
        contains_errors is True,
        missing,
        unexpected,
        () if sensitive_args == [] else _sensitive(sensitive_args, args),
        metadata if type(metadata) is dict and metadata else _NOTHING,
        line,
    )


def _against_signature(
    recorded: Sequence[Any], args: Mapping[str, Any], tool: Tool | None
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Return the missing and the unexpected arguments: as recorded, else by the schema; None without either.

    Args:
        recorded: what the event says is missing, unexpected, required and there, optional and there.
        args: the arguments.
        tool: the tool, None when it is not known.
    """
    if any(recorded):
        missing, unexpected = recorded[:2]
        return texts(missing) if missing else (), texts(unexpected) if unexpected else ()
    if tool is None or tool.required is None:
        return None, None
    required, optional = tool.required, tool.optional or ()
    if len(args) == len(required) and all(map(args.__contains__, required)):
        return (), ()  # by far the most
    missing = tuple(name for name in required if name not in args)
    return missing, tuple(name for name in args if name not in required and name not in optional)


def _sensitive(recorded: Any, args: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    if isinstance(recorded, list):
        return tuple(objects(shallow(recorded))) if recorded else ()
    return tuple({"kind": hit.kind, "path": hit.path, "preview": hit.preview} for hit in sensitive.find(dict(args)))


def zone_offset(own: float, event: float) -> float:
    """Return the seconds by which tau2's time of a message lies behind UTC: the envelope tells, to a quarter hour."""
    return round((event - own) / _QUARTER_HOUR) * _QUARTER_HOUR


def state_change_fields(data: Row, line: int) -> tuple[Any, ...]:
    """Return the fields of a StateChangeEvent's row from ``state_type`` on."""
    return (
        intern(words(data.get("state_type")) or "database"),
        intern(words(data.get("action_trigger"))),
        tuple(words(change.get("path")) for change in objects(data.get("changes"))),
        text(data.get("tool_call_id")),
        line,
    )


def tool_of(tools: Mapping[tuple[str, str], Tool], requestor: str, name: str) -> Tool | None:
    """Return a tool by who called it; an agent that works without a user has the user's tools as its own."""
    return tools.get((requestor, name)) or tools.get(("user", name))


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
        name = words(action.get("name"))
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
    called = {(call.requestor, call.name) for call in calls}
    typed = {**tools, **{key: tool for key in called if (tool := tool_of(tools, *key)) is not None}}
    writes = {key: _WRITES[tool.tool_type] for key, tool in typed.items() if tool.tool_type in _WRITES}
    for call in calls:
        if call.state_changed:
            writes.setdefault((call.requestor, call.name), True)
    return writes
