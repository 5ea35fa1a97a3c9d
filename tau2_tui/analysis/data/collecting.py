"""What the statistics keep of lines, collected line by line and handed on in parts, also between processes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from tau2_tui.analysis.data import rows
from tau2_tui.analysis.data.records import Message, ModelCall, StateChange, Tool
from tau2_tui.analysis.data.tables import UNKNOWN, Array, Floats, Ints, Kind, Names
from tau2_tui.events import (
    LLMCallEvent,
    MessageEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    TaskEvent,
    ToolExecutionEvent,
)

Event = dict[str, Any]
Tools = Mapping[tuple[str, str], Tool]
Pieces = tuple[dict[str, Array], dict[str, tuple[str, ...]]]
"""Columns, and the texts behind those of names."""

LEFT_OUT = -1
"""The index of a simulation that does not count."""

RUN_LEVEL = -2
"""The index of lines that belong to no simulation."""

_MODEL_CALL = tuple(one.name for one in fields(ModelCall))
_MESSAGE = tuple(one.name for one in fields(Message))
_MESSAGE = (*_MESSAGE[: _MESSAGE.index("time") + 1], "own", *_MESSAGE[_MESSAGE.index("time") + 1 :])


@dataclass(frozen=True, slots=True)
class Part:
    """What was kept of some lines.

    Attributes:
        messages: columns of messages; ``time`` is the envelope's, ``own`` tau2's own time as UTC.
        model_calls: columns of model calls.
        calls: the fields of each tool call as :func:`rows.call_fields` gives them, after the simulation's index.
        state_changes: the rows.
        tasks: the first definition of each task.
        starts: the first start of each simulation, by index.
        ends: the last end of each simulation with its line, by index.
        stray_calls: tool calls outside of any simulation.
        unreadable: lines that are no JSON object.
    """

    messages: Pieces
    model_calls: Pieces
    calls: list[tuple[Any, ...]]
    state_changes: list[StateChange]
    tasks: dict[str, Mapping[str, Any]]
    starts: dict[int, Mapping[str, Any]]
    ends: dict[int, tuple[int, Mapping[str, Any]]]
    stray_calls: int
    unreadable: int


@dataclass(slots=True)
class Collector:
    """Takes the events of one log in the order of its lines.

    Args:
        tools: the tools that the log lists.
    """

    tools: Tools
    unreadable: int = 0
    _stray_calls: int = 0
    _messages: list[tuple[Any, ...]] = field(default_factory=list)
    _model_calls: list[tuple[Any, ...]] = field(default_factory=list)
    _calls: list[tuple[Any, ...]] = field(default_factory=list)
    _state_changes: list[StateChange] = field(default_factory=list)
    _tasks: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _starts: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    _ends: dict[int, tuple[int, Mapping[str, Any]]] = field(default_factory=dict)

    def take(self, line: int, index: int, event: Event) -> None:
        """Take an event: its line, and the index of its simulation or ``RUN_LEVEL``."""
        kind = event.get("event_type")
        take = _TAKE.get(kind) if type(kind) is str else None
        if take is not None:
            take(self, line, index, event)

    def part(self) -> Part:
        """Return what was taken since the last time."""
        part = Part(
            messages=_pieces(_MESSAGE, self._messages),
            model_calls=_pieces(_MODEL_CALL, self._model_calls),
            calls=self._calls,
            state_changes=self._state_changes,
            tasks=self._tasks,
            starts=self._starts,
            ends=self._ends,
            stray_calls=self._stray_calls,
            unreadable=self.unreadable,
        )
        self._messages, self._model_calls, self._calls, self._state_changes = [], [], [], []
        self._tasks, self._starts, self._ends, self._stray_calls, self.unreadable = {}, {}, {}, 0, 0
        return part

    def _take_task(self, line: int, index: int, event: Event) -> None:
        task = rows.mapping(event.get("task"))
        task_id = rows.text(event.get("task_id")) or task.get("id")
        if task and task_id is not None:
            self._tasks.setdefault(str(task_id), task)

    def _take_start(self, line: int, index: int, event: Event) -> None:
        if index >= 0:
            self._starts.setdefault(index, event)

    def _take_end(self, line: int, index: int, event: Event) -> None:
        if index >= 0:
            self._ends[index] = (line, event)

    def _take_message(self, line: int, index: int, event: Event) -> None:
        if index >= 0 and event.get("history") is not True:
            self._messages.append(rows.message_fields(event, index, line))

    def _take_model_call(self, line: int, index: int, event: Event) -> None:
        self._model_calls.append(rows.model_call_fields(event, index if index >= 0 else UNKNOWN, line))

    def _take_call(self, line: int, index: int, event: Event) -> None:
        if index < 0:
            self._stray_calls += 1
        else:
            self._calls.append((index, *rows.call_fields(event, line, self.tools)))

    def _take_state_change(self, line: int, index: int, event: Event) -> None:
        self._state_changes.append(rows.state_change_of(event, index if index >= 0 else None, line))


_TAKE = {
    TaskEvent.__name__: Collector._take_task,
    SimulationStartEvent.__name__: Collector._take_start,
    MessageEvent.__name__: Collector._take_message,
    LLMCallEvent.__name__: Collector._take_model_call,
    ToolExecutionEvent.__name__: Collector._take_call,
    StateChangeEvent.__name__: Collector._take_state_change,
    SimulationEndEvent.__name__: Collector._take_end,
}

TAKEN = frozenset(_TAKE)
"""The types of the events that are kept."""

_KINDS: Mapping[str, Kind] = {
    "time": Kind.NUMBER,
    "own": Kind.NUMBER,
    "generation_time": Kind.NUMBER,
    "cost": Kind.NUMBER,
    "latency": Kind.NUMBER,
    "turn": Kind.WHOLE,
    "prompt_tokens": Kind.WHOLE,
    "completion_tokens": Kind.WHOLE,
    "role": Kind.NAME,
    "purpose": Kind.NAME,
    "model": Kind.NAME,
    "text_digest": Kind.DIGEST,
    "failed": Kind.FLAG,
}
"""The columns whose values come from the file as they are, or are none of this program's own whole numbers."""


def _pieces(names: tuple[str, ...], taken: list[tuple[Any, ...]]) -> Pieces:
    columns: dict[str, Array] = {}
    texts: dict[str, tuple[str, ...]] = {}
    values = list(zip(*taken, strict=True)) or [()] * len(names)
    for name, given in zip(names, values, strict=True):
        kind = _KINDS.get(name)
        if kind is Kind.NUMBER:
            columns[name] = _numbers(given)
        elif kind is Kind.WHOLE:
            columns[name] = _wholes(given)
        elif kind is Kind.NAME:
            found = Names()
            columns[name] = np.array([found.code(text) for text in given], kind.value)
            texts[name] = tuple(found.texts)
        else:
            columns[name] = np.array(given, np.int64 if kind is None else kind.value)
    return columns, texts


def _numbers(given: tuple[Any, ...]) -> Floats:
    """Return values from a file as numbers; NaN for what :func:`rows.number` does not take."""
    if not {*map(type, given)} <= {float, type(None)}:
        given = tuple(map(rows.number, given))
    values = np.array(given, np.float64)
    values[~(np.abs(values) < rows.LARGEST)] = math.nan
    return values


def _wholes(given: tuple[Any, ...]) -> Ints:
    """Return values from a file as whole numbers; ``UNKNOWN`` for what :func:`rows.integer` does not take."""
    if {*map(type, given)} == {int}:
        try:
            return np.array(given, np.int64)
        except OverflowError:
            pass  # a number beyond 64 bits is none of ours: looked at one by one
    found = map(rows.integer, given)
    return np.array([UNKNOWN if value is None else value for value in found], np.int64)
