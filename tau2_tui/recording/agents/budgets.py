"""What the model agents may spend: attempts and waiting time, tokens of history.

They are keys of the model's own arguments, since that is the one place that every way to run tau2 passes through:
``--agent-llm-args '{"temperature": 0, "retry": {"attempts": 6}, "context": {"max_tokens": 8000}}'``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from tau2_tui.errors import RecordingError

RETRY_KEY, CONTEXT_KEY = "retry", "context"

Budget = TypeVar("Budget", "RetryBudget", "ContextBudget")


@dataclass(frozen=True)
class RetryBudget:
    """How often and how long a model is asked again.

    Attributes:
        attempts: requests for one turn at most, the first one included.
        simulation_retries: requests made again and failed tool calls pointed out, in a whole simulation at most.
        tool_notes: failed steps in a row after which the model is told to correct its tool calls.
        base_delay: seconds to wait before the first repetition of a request that failed on its way; each further one
            waits twice as long.
        max_delay: seconds that one such wait is at most; a server's ``Retry-After`` may ask for more.
        max_wait: seconds of waiting in one turn at most.
        request_timeout: seconds that a request may take when the model's arguments have no ``timeout``; None for
            litellm's own limit.

    Raises:
        RecordingError: a number is out of range.
    """

    attempts: int = 4
    simulation_retries: int = 20
    tool_notes: int = 3
    base_delay: float = 0.5
    max_delay: float = 30.0
    max_wait: float = 120.0
    request_timeout: float | None = 600.0

    def __post_init__(self) -> None:
        _check(self.attempts >= 1, "retry.attempts must be 1 or more")
        for name in ("simulation_retries", "tool_notes", "base_delay", "max_delay", "max_wait"):
            _check(getattr(self, name) >= 0, f"retry.{name} must not be negative")
        _check(self.request_timeout is None or self.request_timeout > 0, "retry.request_timeout must be positive")


@dataclass(frozen=True)
class ContextBudget:
    """How much of the conversation a model is sent.

    Attributes:
        max_tokens: tokens of a request at most: system prompt, tools and messages; None for what the model takes.
        target: part of that to come down to when a request has to be shortened, so that not each one has to.
        summary_tokens: tokens of the summary of what is left out, at most.
        summary: who writes it: ``model``, or ``facts`` for a list of what was said and called, without asking anybody.

    Raises:
        RecordingError: a number is out of range, or the summary's author unknown.
    """

    max_tokens: int | None = None
    target: float = 0.6
    summary_tokens: int = 500
    summary: str = "model"

    def __post_init__(self) -> None:
        _check(self.max_tokens is None or self.max_tokens > 0, "context.max_tokens must be positive")
        _check(0 < self.target <= 1, "context.target must be greater than 0 and at most 1")
        _check(self.summary_tokens > 0, "context.summary_tokens must be positive")
        _check(self.summary in ("model", "facts"), "context.summary must be model or facts")


@dataclass(frozen=True)
class AgentBudgets:
    """Both budgets, and what is left of a model's arguments without them."""

    retry: RetryBudget
    context: ContextBudget
    llm_args: dict[str, Any]

    @classmethod
    def taken_from(cls, llm_args: Mapping[str, Any] | None) -> AgentBudgets:
        """Return the budgets among a model's arguments.

        Raises:
            RecordingError: a key is unknown, or a value out of range or of the wrong type.
        """
        left = dict(llm_args or {})
        retry = _read(RetryBudget, RETRY_KEY, left.pop(RETRY_KEY, None))
        context = _read(ContextBudget, CONTEXT_KEY, left.pop(CONTEXT_KEY, None))
        return cls(retry, context, left)


def _read(kind: type[Budget], key: str, given: Any) -> Budget:
    if given is None:
        return kind()
    _check(isinstance(given, Mapping), f"{key} must be an object, not {given!r}")
    known = {item.name: item for item in dataclasses.fields(kind)}
    for name, value in given.items():
        _check(name in known, f"{key} has no {name!r}; it has: {', '.join(known)}")
        default = known[name].default
        fits = isinstance(value, str) if isinstance(default, str) else _is_number(value, known[name].type)
        _check(fits, f"{key}.{name} cannot be {value!r}")
    return kind(**given)


def _is_number(value: Any, type_name: Any) -> bool:
    if value is None:
        return "None" in str(type_name)
    whole = "int" in str(type_name)
    return isinstance(value, int if whole else (int, float)) and not isinstance(value, bool) and value == value


def _check(holds: bool, complaint: str) -> None:
    if not holds:
        raise RecordingError(complaint)
