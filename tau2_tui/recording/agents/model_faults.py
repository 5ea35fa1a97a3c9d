"""What can be wrong with a model's answer, or with getting one, and what the model is told before it is asked again."""

from __future__ import annotations

import contextlib
import email.utils
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tau2_tui.recording.messages import error_text, first_line
from tau2_tui.recording.tau2_api import Tau2

NOTE = "[Automatic note, not from the user]"
"""How everything begins that a model is told and that nobody in the conversation said."""

_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Statuses of failures that may be over when the request is made again."""

_LASTING = ("insufficient_quota", "exceeded your current quota", "Missing credentials", "api_key client option")
"""Texts of failures that are not, though their status says so."""

_EXCERPT = 400


@dataclass(frozen=True)
class Fault:
    """Why a model has to be asked again.

    Attributes:
        kind: ``rate_limited``, ``timeout``, ``server_error``, ``malformed_arguments``, ``invalid_answer``,
            ``empty_answer``, ``unknown_tool`` or ``missing_argument``.
        detail: one line for a person.
        waits: the request failed on its way: it is made again after a wait.
        retry_after: seconds the server asks to wait.
        correction: messages to send after the conversation, once: the failed attempt and what is wrong with it.
    """

    kind: str
    detail: str
    waits: bool = False
    retry_after: float | None = None
    correction: tuple[Any, ...] = ()


def is_context_exceeded(tau2: Tau2, error: BaseException) -> bool:
    """Return whether a request was longer than the model's window."""
    return isinstance(error, tau2.litellm.exceptions.ContextWindowExceededError)


def fault_of_error(tau2: Tau2, error: Exception, *, answered: bool) -> Fault | None:
    """Return what an exception of a model call means, None when asking again cannot help.

    Args:
        tau2: the installed tau2-bench.
        error: what was raised.
        answered: the model did answer, so that it is its answer that could not be read.
    """
    said = error_text(error)
    detail = f"{type(error).__name__}: {first_line(said)}"
    if answered:
        return _unreadable(tau2, error, detail)
    if is_context_exceeded(tau2, error) or any(text in said for text in _LASTING):
        return None
    name, status = type(error).__name__, _status_of(error)
    if "Timeout" in name:
        return Fault("timeout", detail, waits=True)
    if status == 429:
        return Fault("rate_limited", detail, waits=True, retry_after=_retry_after(error))
    if status in _PASSING or name == "APIConnectionError":
        return Fault("server_error", detail, waits=True, retry_after=_retry_after(error))
    return None


def fault_of_answer(tau2: Tau2, message: Any, tools: Iterable[Any]) -> Fault | None:
    """Return what is wrong with an answer that could be read, None when it can be acted upon."""
    calls = list(message.tool_calls or ())
    if not calls:
        if (message.content or "").strip():
            return None
        told = "Your last answer was empty. Write a message to the user, or make a tool call."
        return Fault("empty_answer", "neither text nor tool calls", correction=_told(tau2, "(no answer)", told))
    required = {tool.name: _required_arguments(tool) for tool in tools}
    wrong: dict[int, tuple[str, str]] = {}
    for place, call in enumerate(calls):
        if call.name not in required:
            wrong[place] = "unknown_tool", f"there is no tool {call.name!r}; the tools are: {', '.join(required)}"
            continue
        missing = [name for name in required[call.name] if name not in call.arguments]
        if missing:
            wrong[place] = "missing_argument", f"{call.name} needs the argument {', '.join(missing)}"
    if not wrong:
        return None
    answers = [
        f"Error: {wrong[place][1]}. The call was not made."
        if place in wrong
        else "Not made, because another call of the same message is wrong. Make it again."
        for place in range(len(calls))
    ]
    kind, detail = next(iter(wrong.values()))
    said = tau2.assistant_message(content=message.content, tool_calls=calls)
    results = [tau2.tool_message(call.id, answer, error=True) for call, answer in zip(calls, answers, strict=True)]
    return Fault(kind, first_line(detail), correction=(said, *results))


def note_on_failed_calls(messages: Iterable[Any]) -> list[Any]:
    """Return copies of tool answers, a note on those that are errors; the others are the same objects."""
    note = (
        f"\n\n{NOTE} This call failed. When other arguments can help, correct them and call again; do not repeat the"
        " call unchanged."
    )
    return [
        message.model_copy(update={"content": f"{message.content or ''}{note}"}) if message.error else message
        for message in messages
    ]


def _unreadable(tau2: Tau2, error: Exception, detail: str) -> Fault:
    text, reason = "", ""
    if isinstance(error, json.JSONDecodeError):
        text, reason = error.doc, f"are no valid JSON ({error.msg} at character {error.pos})"
    elif type(error).__name__ == "ValidationError":
        with contextlib.suppress(AttributeError, IndexError, KeyError, TypeError):
            text, reason = json.dumps(error.errors()[0]["input"]), "are no JSON object"  # type: ignore[attr-defined]
    if not reason:
        return Fault("invalid_answer", detail)
    excerpt = text if len(text) <= _EXCERPT else text[:_EXCERPT] + "…"
    told = (
        f"The arguments of your tool call {reason}: {excerpt or '(nothing)'}\nNo tool was called. Make the call again."
    )
    return Fault("malformed_arguments", detail, correction=_told(tau2, "(a tool call that cannot be read)", told))


def _told(tau2: Tau2, attempt: str, text: str) -> tuple[Any, ...]:
    """Return the failed attempt and what is wrong with it, as two messages: roles go on alternating."""
    return tau2.assistant_message(content=attempt), tau2.user_message(content=f"{NOTE} {text}")


def _required_arguments(tool: Any) -> list[str]:
    parameters = tool.openai_schema["function"].get("parameters") or {}
    return list(parameters.get("required") or ()) if isinstance(parameters, Mapping) else []


def _status_of(error: Exception) -> int | None:
    try:
        return int(getattr(error, "status_code", None) or 0) or None
    except (TypeError, ValueError):
        return None


def _retry_after(error: Exception) -> float | None:
    """Return the seconds that a response's header asks to wait: a number, or a date."""
    for headers in (
        getattr(error, "litellm_response_headers", None),
        getattr(getattr(error, "response", None), "headers", None),
    ):
        said = headers.get("retry-after") if headers is not None else None
        if not said:
            continue
        with contextlib.suppress(ValueError):
            seconds = float(said)
            return seconds if 0 <= seconds < float("inf") else None
        with contextlib.suppress(ValueError, TypeError):
            return max(0.0, email.utils.parsedate_to_datetime(str(said)).timestamp() - time.time())
    return None
