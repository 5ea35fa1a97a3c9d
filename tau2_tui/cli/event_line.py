"""An event in one line: who acts, what it is, what it says. Made from the line's object, fast enough for whole logs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tau2_tui.cli.moments import lasting, number_text
from tau2_tui.events.codec import dumps
from tau2_tui.safe_text import visible

Fields = dict[str, Any]

_LONGEST = 500
"""Characters of the text."""

_WHO = {"assistant": "agent", "user": "user", "tool": "tool", "system": "env"}


@dataclass(frozen=True)
class EventLine:
    """One event; the texts are safe to print.

    Attributes:
        who: agent, user, tool, env, model or run.
        what: the kind of event in a word.
        text: what it says, marks first: ✗ failed, Δ a database changed, ! a warning.
        token: its colour.
    """

    who: str
    what: str
    text: str
    token: str = ""


def event_line(fields: Fields) -> EventLine:
    """Return the line of an event given as filters see it; of any type, also an unknown one."""
    name = fields.get("event_type")
    describe = _KINDS.get(name, _other) if isinstance(name, str) else _other
    who, what, text, quiet = describe(fields)
    level = fields.get("level")
    failed = level in ("error", "critical") or fields.get("success") is False
    marks = "✗ " if failed else "! " if level == "warning" else ""
    marks += "Δ " if fields.get("state_changed") is True or name == "StateChangeEvent" else ""
    token = "error" if failed else "warning" if level == "warning" else "muted" if quiet else ""
    return EventLine(who, visible(what[:12]), marks + visible(_flat(text)), token)


def _flat(text: str) -> str:
    """Return text on one line, cut."""
    flat = " ".join(text[: 2 * _LONGEST].split())
    return flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + "…"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value).decode("utf-8", "replace")


def _call(name: Any, arguments: Any) -> str:
    if not isinstance(arguments, dict):
        return f"{name}({'' if arguments is None else _value(arguments)})"
    return f"{name}({', '.join(f'{key}={_json(value)}' for key, value in arguments.items())})"


def _json(value: Any) -> str:
    text = dumps(value).decode("utf-8", "replace")
    return text if len(text) <= 120 else text[:119] + "…"


def _joined(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part not in (None, ""))


def _dict(value: Any) -> Fields:
    return value if isinstance(value, dict) else {}


def _message(fields: Fields) -> tuple[str, str, str, bool]:
    role, calls = fields.get("role"), fields.get("tool_calls")
    calls = calls if isinstance(calls, list) else []
    requests = [_call(one.get("name"), one.get("arguments")) for one in calls if isinstance(one, dict)]
    kind = "result" if role == "tool" else "request" if requests else "message"
    said = fields.get("message")
    text = _joined(fields.get("content"), *requests) or (said if isinstance(said, str) and said else "(empty)")
    return _WHO.get(str(role), "-"), kind, text, role == "tool"


def _tool(fields: Fields) -> tuple[str, str, str, bool]:
    if fields.get("success") is False:
        said = _joined(fields.get("error_type"), fields.get("error_message")) or "failed"
    else:
        said = _value(fields.get("result")) if fields.get("result") is not None else "nothing"
    who = "user" if fields.get("requestor") == "user" else "tool"
    return who, "call", f"{_call(fields.get('tool_name'), fields.get('tool_args'))} → {said}", False


def _change(fields: Fields) -> tuple[str, str, str, bool]:
    where = "user's database: " if fields.get("state_type") == "user_database" else ""
    said = fields.get("state_diff") or fields.get("change_summary") or fields.get("message") or "changed"
    return "env", "change", f"{where}{said}", False


def _llm(fields: Fields) -> tuple[str, str, str, bool]:
    error = fields.get("error")
    tokens = f"{fields.get('prompt_tokens')} → {fields.get('completion_tokens')} tokens"
    latency = fields.get("latency")
    took = lasting(latency) if isinstance(latency, (int, float)) else ""
    return (
        "model",
        "llm call",
        _joined(fields.get("purpose"), fields.get("model"), error or tokens, took),
        error is None,
    )


def _task(fields: Fields) -> tuple[str, str, str, bool]:
    task = _dict(fields.get("task"))
    instructions = _dict(_dict(task.get("user_scenario")).get("instructions"))
    text = _dict(task.get("description")).get("purpose") or instructions.get("reason_for_call") or task.get("ticket")
    return "run", "task", _value(text or task), False


def _start(fields: Fields) -> tuple[str, str, str, bool]:
    trial = fields.get("trial")
    agent, user = (fields.get(f"{role}_llm") or fields.get(role) for role in ("agent", "user"))
    return "run", "start", _joined(f"task {fields.get('task_id')}, trial {trial}", agent, user), False


def _end(fields: Fields) -> tuple[str, str, str, bool]:
    reward = fields.get("reward")
    said = "no reward" if reward is None else "reward ?"
    if isinstance(reward, (int, float)):
        said = f"reward {number_text(reward, 'g')}"
    return "run", "end", _joined(said, fields.get("termination_reason"), fields.get("error")), False


def _run_start(fields: Fields) -> tuple[str, str, str, bool]:
    return "run", "header", _joined(fields.get("message") or fields.get("domain")), False


def _snapshot(fields: Fields) -> tuple[str, str, str, bool]:
    return "env", "snapshot", _joined(fields.get("action_trigger"), fields.get("state_hash")), True


def _context(fields: Fields) -> tuple[str, str, str, bool]:
    tokens = f"{fields.get('original_tokens')} → {fields.get('reduced_tokens')} tokens"
    return "agent", "context", _joined(tokens, fields.get("strategy_used")), False


def _other(fields: Fields) -> tuple[str, str, str, bool]:
    name = str(fields.get("event_type")).removesuffix("Event")
    return "run", "note" if name == "Execution" else name.lower(), _value(fields.get("message") or ""), False


_KINDS: dict[str, Callable[[Fields], tuple[str, str, str, bool]]] = {
    "MessageEvent": _message,
    "ToolExecutionEvent": _tool,
    "StateChangeEvent": _change,
    "LLMCallEvent": _llm,
    "TaskEvent": _task,
    "SimulationStartEvent": _start,
    "SimulationEndEvent": _end,
    "RunStartEvent": _run_start,
    "RunEndEvent": lambda fields: ("run", "run end", _value(fields.get("message") or ""), False),
    "StateSnapshotEvent": _snapshot,
    "ContextReductionEvent": _context,
}
