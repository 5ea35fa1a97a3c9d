"""A simulation as a conversation: each message with its tool calls, and each call with its result and its effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tau2_tui.events import (
    ExecutionEvent,
    LLMCallEvent,
    MessageEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    StateSnapshotEvent,
    TaskEvent,
    ToolExecutionEvent,
)
from tau2_tui.runlog.refs import UnreadableLine

Entry: TypeAlias = ExecutionEvent | UnreadableLine


@dataclass(frozen=True)
class Call:
    """One tool call.

    Attributes:
        name: the tool, as it was called.
        arguments: what it was called with; not an object where the model wrote none.
        requestor: ``assistant`` or ``user``.
        call_id: the language model's own id, which need not be unique.
        execution: what happened, None when the log holds nothing of it.
        answer: the tool message with the result, None when there is none.
        changes: how the databases changed.
    """

    name: str
    arguments: Any
    requestor: str
    call_id: str | None
    execution: ToolExecutionEvent | None = None
    answer: MessageEvent | None = None
    changes: tuple[StateChangeEvent, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the tool failed."""
        if self.execution is not None:
            return not self.execution.success
        return self.answer is not None and bool(self.answer.error)

    @property
    def seqs(self) -> set[int]:
        """The numbers of the events that it is made of, the request's message not among them."""
        parts: list[Entry | None] = [self.execution, self.answer, *self.changes]
        return {part.seq for part in parts if isinstance(part, ExecutionEvent) and part.seq is not None}


@dataclass(frozen=True)
class Turn:
    """One message with what followed from it, or something that belongs to no message.

    Attributes:
        message: what was said, None for tool calls and notices without one.
        calls: the tool calls in it, in its order.
        model_calls: the calls of language models that led to it, failed ones first.
        others: notices, context reductions, changes that no call made, unreadable lines.
    """

    message: MessageEvent | None = None
    calls: tuple[Call, ...] = ()
    model_calls: tuple[LLMCallEvent, ...] = ()
    others: tuple[Entry, ...] = ()

    @property
    def seqs(self) -> set[int]:
        """The numbers of all its events."""
        parts: list[Entry | None] = [self.message, *self.model_calls, *self.others]
        own = {part.seq for part in parts if isinstance(part, ExecutionEvent) and part.seq is not None}
        return own.union(*(call.seqs for call in self.calls))


def conversation(events: Iterable[Entry]) -> list[Turn]:
    """Return the turns of a simulation in reading order.

    Results are put to their calls by id and, where ids are missing or repeated, by order. Nothing is left out but the
    frame of the simulation (its task, start and end) and snapshots.

    Args:
        events: the events of one simulation, in the order of the log.
    """
    turns: list[_Turn] = []
    waiting: list[LLMCallEvent] = []
    for event in events:
        if isinstance(event, (TaskEvent, SimulationStartEvent, SimulationEndEvent, StateSnapshotEvent)):
            continue
        if isinstance(event, LLMCallEvent):
            waiting.append(event)
        elif isinstance(event, MessageEvent) and event.role == "tool":
            _answer(turns, event)
        elif isinstance(event, MessageEvent):
            calls = [_call(one) for one in event.tool_calls or [] if isinstance(one, dict)]
            turns.append(_Turn(event, calls, waiting))
            waiting = []
        elif isinstance(event, ToolExecutionEvent):
            _executed(turns, event)
        elif isinstance(event, StateChangeEvent):
            _changed(turns, event)
        else:
            turns.append(_Turn(other=event))
    if waiting:
        turns.append(_Turn(model_calls=waiting))
    return [turn.done() for turn in turns]


@dataclass
class _Call:
    """A call whose result and effects may still come."""

    name: str
    arguments: Any
    requestor: str
    call_id: str | None
    execution: ToolExecutionEvent | None = None
    answer: MessageEvent | None = None
    changes: list[StateChangeEvent] = field(default_factory=list)

    def done(self) -> Call:
        own = (self.name, self.arguments, self.requestor, self.call_id)
        return Call(*own, self.execution, self.answer, tuple(self.changes))


@dataclass
class _Turn:
    """A turn whose calls may still be answered."""

    message: MessageEvent | None = None
    calls: list[_Call] = field(default_factory=list)
    model_calls: list[LLMCallEvent] = field(default_factory=list)
    other: Entry | None = None

    def done(self) -> Turn:
        calls = tuple(call.done() for call in self.calls)
        return Turn(self.message, calls, tuple(self.model_calls), () if self.other is None else (self.other,))


def _call(request: dict[str, Any]) -> _Call:
    call_id, requestor = request.get("id"), request.get("requestor")
    return _Call(
        name=str(request.get("name") or "unknown tool"),
        arguments=request.get("arguments"),
        requestor=requestor if isinstance(requestor, str) else "assistant",
        call_id=call_id if isinstance(call_id, str) else None,
    )


def _last_calls(turns: list[_Turn]) -> list[_Call]:
    """Return the calls of the last turn that has some."""
    return next((turn.calls for turn in reversed(turns) if turn.calls), [])


def _first(preferred: list[_Call], others: list[_Call]) -> _Call | None:
    return next(iter([*preferred, *others]), None)


def _executed(turns: list[_Turn], event: ToolExecutionEvent) -> None:
    waiting = [call for call in _last_calls(turns) if call.execution is None and call.name == event.tool_name]
    call = _first([call for call in waiting if call.call_id == event.tool_call_id], waiting)
    if call is not None:
        call.execution = event
        return
    call = _Call(event.tool_name, event.tool_args, event.requestor, event.tool_call_id, execution=event)
    if turns and turns[-1].calls and turns[-1].message is None:
        turns[-1].calls.append(call)
    else:
        turns.append(_Turn(calls=[call]))


def _answer(turns: list[_Turn], event: MessageEvent) -> None:
    waiting = [call for call in _last_calls(turns) if call.answer is None]
    call = _first([call for call in waiting if call.call_id == event.tool_call_id], waiting)
    if call is None:
        turns.append(_Turn(event))
    else:
        call.answer = event


def _changed(turns: list[_Turn], event: StateChangeEvent) -> None:
    calls = _last_calls(turns)
    made = [call for call in calls if event.tool_call_id is not None and call.call_id == event.tool_call_id]
    done = [call for call in calls if call.execution is not None]
    if event.tool_call_id is None and event.turn_idx is None:
        done = []
    call = _first(made[-1:], done[-1:])
    if call is None:
        turns.append(_Turn(other=event))
    else:
        call.changes.append(event)
