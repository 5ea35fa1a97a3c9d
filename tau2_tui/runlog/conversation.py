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
    reading = _Reading()
    for event in events:
        if not isinstance(event, (TaskEvent, SimulationStartEvent, SimulationEndEvent, StateSnapshotEvent)):
            reading.take(event)
    return reading.done()


@dataclass(eq=False)
class _Call:
    """A call whose result and effects may still come."""

    name: str
    arguments: Any
    requestor: str
    call_id: str | None
    place: int = 0
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


class _Reading:
    """The turns so far, and what may still be said of the calls in the latest turn that has some."""

    def __init__(self) -> None:
        self._turns: list[_Turn] = []
        self._model_calls: list[LLMCallEvent] = []
        self._unexecuted: list[_Call] = []
        self._unanswered: list[_Call] = []
        self._by_id: dict[str, _Call] = {}
        self._executed: _Call | None = None

    def take(self, event: Entry) -> None:
        """Take the next event."""
        if isinstance(event, LLMCallEvent):
            self._model_calls.append(event)
        elif isinstance(event, MessageEvent) and event.role == "tool":
            self._answer(event)
        elif isinstance(event, MessageEvent):
            calls = [_call(one) for one in event.tool_calls or [] if isinstance(one, dict)]
            self._append(_Turn(event, calls, self._model_calls))
            self._model_calls = []
        elif isinstance(event, ToolExecutionEvent):
            self._execution(event)
        elif isinstance(event, StateChangeEvent):
            self._change(event)
        else:
            self._append(_Turn(other=event))

    def done(self) -> list[Turn]:
        """Return the turns."""
        if self._model_calls:
            self._append(_Turn(model_calls=self._model_calls))
        return [turn.done() for turn in self._turns]

    def _append(self, turn: _Turn) -> None:
        self._turns.append(turn)
        if turn.calls:
            self._executed = None
            self._unexecuted, self._unanswered, self._by_id = [], [], {}
            for place, call in enumerate(turn.calls):
                self._expect(call, place)

    def _expect(self, call: _Call, place: int) -> None:
        call.place = place
        self._unanswered.append(call)
        if call.call_id is not None:
            self._by_id[call.call_id] = call
        if call.execution is None:
            self._unexecuted.append(call)
        else:
            self._executed = call

    def _execution(self, event: ToolExecutionEvent) -> None:
        named = (call for call in self._unexecuted if call.name == event.tool_name)
        call = _of_id(named, event.tool_call_id)
        if call is not None:
            call.execution = event
            self._unexecuted.remove(call)
            if self._executed is None or self._executed.place < call.place:
                self._executed = call
            return
        call = _Call(event.tool_name, event.tool_args, event.requestor, event.tool_call_id, execution=event)
        last = self._turns[-1] if self._turns else None
        if last is not None and last.calls and last.message is None:
            last.calls.append(call)
            self._expect(call, len(last.calls) - 1)
        else:
            self._append(_Turn(calls=[call]))

    def _answer(self, event: MessageEvent) -> None:
        call = _of_id(self._unanswered, event.tool_call_id)
        if call is None:
            self._append(_Turn(event))
        else:
            call.answer = event
            self._unanswered.remove(call)

    def _change(self, event: StateChangeEvent) -> None:
        call = self._by_id.get(event.tool_call_id) if event.tool_call_id is not None else None
        if call is None and (event.tool_call_id is not None or event.turn_idx is not None):
            call = self._executed
        if call is None:
            self._append(_Turn(other=event))
        else:
            call.changes.append(event)


def _call(request: dict[str, Any]) -> _Call:
    call_id, requestor = request.get("id"), request.get("requestor")
    return _Call(
        name=str(request.get("name") or "unknown tool"),
        arguments=request.get("arguments"),
        requestor=requestor if isinstance(requestor, str) else "assistant",
        call_id=call_id if isinstance(call_id, str) else None,
    )


def _of_id(waiting: Iterable[_Call], call_id: str | None) -> _Call | None:
    """Return the first call with an id, the first of all when none has it."""
    first = None
    for call in waiting:
        if call.call_id == call_id:
            return call
        first = first or call
    return first
