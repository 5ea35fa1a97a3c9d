"""What the statistics keep of lines, collected line by line and handed on in parts, also between processes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from tau2_tui.analysis.data import rows
from tau2_tui.analysis.data.gathered import MESSAGE, MODEL_CALL, Pieces, Taken, message_columns, model_call_columns
from tau2_tui.analysis.data.records import Tool
from tau2_tui.events import (
    LLMCallEvent,
    MessageEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    TaskEvent,
    ToolExecutionEvent,
)
from tau2_tui.events.codec import loads

Event = dict[str, Any]
Tools = Mapping[tuple[str, str], Tool]

NONE = -1
"""The code of lines that belong to no simulation."""


@dataclass(frozen=True, slots=True)
class Part:
    """What was kept of some lines that follow each other.

    Simulations stand as codes: the places of their ids in the ``names`` of this part and those before it, ``NONE`` for
    none. Lines are counted as the collector's caller counts them.

    Attributes:
        names: the ids of simulations that came up first in these lines.
        messages: columns of messages; ``time`` is the envelope's, ``own`` tau2's own time as UTC.
        model_calls: columns of model calls.
        calls: the fields of each tool call as :func:`rows.call_fields` gives them, after the simulation's code.
        state_changes: the fields of each change as :func:`rows.state_change_fields` gives them, likewise.
        tasks: the first definition of each task by a line of no simulation or of one, with the code.
        starts: the code, and the first start, of each simulation.
        ends: the code, the line and the last end of each simulation.
        unreadable: lines that are no JSON object.
    """

    names: tuple[str, ...]
    messages: Pieces
    model_calls: Pieces
    calls: list[tuple[Any, ...]]
    state_changes: list[tuple[Any, ...]]
    tasks: list[tuple[int, str, Mapping[str, Any]]]
    starts: dict[int, Mapping[str, Any]]
    ends: dict[int, tuple[int, Mapping[str, Any]]]
    unreadable: list[int]


@dataclass(slots=True)
class Collector:
    """Takes the events of one log in the order of its lines.

    Args:
        tools: the tools that the log lists.
        messages: take messages and model calls too: most of a log's lines.
    """

    tools: Tools
    messages: bool = True
    _codes: dict[Any, int] = field(default_factory=dict)
    _names: list[str] = field(default_factory=list)
    _messages: Taken = field(default_factory=list)
    _model_calls: Taken = field(default_factory=list)
    _calls: list[tuple[Any, ...]] = field(default_factory=list)
    _state_changes: list[tuple[Any, ...]] = field(default_factory=list)
    _tasks: list[tuple[int, str, Mapping[str, Any]]] = field(default_factory=list)
    _starts: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    _ends: dict[int, tuple[int, Mapping[str, Any]]] = field(default_factory=dict)
    _unreadable: list[int] = field(default_factory=list)

    def take_lines(self, lines: Sequence[bytes], first: int) -> None:
        """Take lines that follow each other.

        Args:
            lines: their bytes.
            first: the number of the first.
        """
        codes, messages, model_calls = self._codes, self._messages, self._model_calls
        message, model_call = (_MESSAGE, _MODEL_CALL) if self.messages else (None, None)
        passed_over = _never if self.messages else _MESSAGE_LINE.match
        for line, raw in enumerate(lines, first):
            if passed_over(raw):
                continue
            try:  # nearly every line is a message or a model call of a simulation that is known, with all of its keys
                event = orjson.loads(raw)
                code = codes[event["simulation_id"]]
                kind = event["event_type"]
                if kind is None:
                    continue
                if kind == message:
                    messages.append((code, line, MESSAGE.at_once(event)))
                    continue
                if kind == model_call:
                    model_calls.append((code, line, MODEL_CALL.at_once(event)))
                    continue
            except (ValueError, KeyError, TypeError):
                self.take_line(raw, line)
            else:
                self._take(line, code, event)

    def take_line(self, raw: bytes, line: int) -> None:
        """Take any line, whatever is in it."""
        event = parsed(raw)
        if type(event) is dict:
            self._take(line, self._code(event.get("simulation_id")), event)
        else:
            self._unreadable.append(line)

    def _code(self, name: Any) -> int:
        if type(name) is not str:
            return NONE
        code = self._codes.get(name)
        if code is None:
            code = self._codes[name] = len(self._codes)
            self._names.append(name)
        return code

    def _take(self, line: int, code: int, event: Event) -> None:
        kind = event.get("event_type")
        take = _TAKE.get(kind) if type(kind) is str else None
        if take is not None and (self.messages or kind not in MESSAGES):
            take(self, line, code, event)

    def part(self) -> Part:
        """Return what was taken since the last time."""
        part = Part(
            names=tuple(self._names),
            messages=message_columns(self._messages),
            model_calls=model_call_columns(self._model_calls),
            calls=self._calls,
            state_changes=self._state_changes,
            tasks=self._tasks,
            starts=self._starts,
            ends=self._ends,
            unreadable=self._unreadable,
        )
        self._names, self._tasks, self._starts, self._ends, self._unreadable = [], [], {}, {}, []
        self._messages, self._model_calls, self._calls, self._state_changes = [], [], [], []
        return part

    def _take_task(self, line: int, code: int, event: Event) -> None:
        task = rows.shallow(rows.mapping(event.get("task")))
        task_id = rows.text(event.get("task_id")) or task.get("id")
        if task and task_id is not None:
            self._tasks.append((code, str(task_id), task))

    def _take_start(self, line: int, code: int, event: Event) -> None:
        self._starts.setdefault(code, rows.shallow(event))

    def _take_end(self, line: int, code: int, event: Event) -> None:
        self._ends[code] = (line, rows.shallow(event))

    def _take_message(self, line: int, code: int, event: Event) -> None:
        self._messages.append((code, line, MESSAGE(event)))

    def _take_model_call(self, line: int, code: int, event: Event) -> None:
        self._model_calls.append((code, line, MODEL_CALL(event)))

    def _take_call(self, line: int, code: int, event: Event) -> None:
        self._calls.append((code, *rows.call_fields(event, line, self.tools)))

    def _take_state_change(self, line: int, code: int, event: Event) -> None:
        self._state_changes.append((code, *rows.state_change_fields(event, line)))


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

MESSAGES = frozenset({MessageEvent.__name__, LLMCallEvent.__name__})
"""Those of them that are kept only where messages are asked for."""

_MESSAGE_LINE = re.compile(
    rb'\{"seq":[^,]*,"timestamp":[^,]*,"event_type":"(?:%s)",' % "|".join(sorted(MESSAGES)).encode()
)
"""How the line of such an event begins in a run log; others are found when they are parsed."""


def _never(raw: bytes) -> None:
    """Pass over no line."""


def parsed(raw: bytes) -> Any:
    """Return the value of a line, None when it is no JSON at all."""
    try:
        return orjson.loads(raw)
    except ValueError:
        try:
            return loads(raw)
        except ValueError:
            return None


_MESSAGE = MessageEvent.__name__
_MODEL_CALL = LLMCallEvent.__name__
