"""Everything that one event says, as lines, produced as they are needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from tau2_tui.events import (
    ContextReductionEvent,
    ExecutionEvent,
    LLMCallEvent,
    LogLevel,
    MessageEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    StateSnapshotEvent,
    TaskEvent,
    ToolExecutionEvent,
)
from tau2_tui.tui.format.detail.end import simulation_end
from tau2_tui.tui.format.detail.layout import Context, Lines, fields, section
from tau2_tui.tui.format.detail.run import run_end, run_start, simulation_start, task
from tau2_tui.tui.format.detail.state import snapshot, state_change
from tau2_tui.tui.format.detail.talk import context_reduction, llm_call, message
from tau2_tui.tui.format.detail.tool import tool_execution
from tau2_tui.tui.format.json_lines import json_lines
from tau2_tui.tui.format.runs import line, one_line, safe_lines
from tau2_tui.tui.format.summary import summarise
from tau2_tui.tui.format.times import date_and_clock


def detail_lines(event: ExecutionEvent, context: Context) -> Lines:
    """Yield the lines that show an event, of any type, formatted for reading."""
    yield from header(event)
    for cls, function in _DETAILS:
        if isinstance(event, cls):
            yield from function(event, context)
            break
    else:
        yield from _generic(event, context)
    yield from _leftovers(event, context)


def header(event: ExecutionEvent) -> Lines:
    """Yield the lines that every event has: what it is, when it was and where it belongs."""
    summary = summarise(event)
    title = one_line(event.event_type, 60)
    marks = [(f"  {badge.symbol} {badge.word}", badge.token) for badge in summary.badges]
    yield line((summary.lane.label, summary.lane.value), " ", (title, "strong"), *marks)
    yield line(
        (f"event {'?' if event.seq is None else event.seq} · {date_and_clock(event.timestamp)}", "muted"), indent=2
    )
    place = [f"task {event.task_id}"] if event.task_id is not None else []
    place += [f"trial {event.trial}"] if event.trial is not None else []
    place += [f"turn {event.turn_idx}"] if event.turn_idx is not None else []
    place += [f"simulation {event.simulation_id}"] if event.simulation_id is not None else []
    if place:
        yield line((one_line(" · ".join(place)), "muted"), indent=2)
    if event.level not in (LogLevel.INFO, LogLevel.DEBUG) and not summary.badges:
        token = "warning" if event.level is LogLevel.WARNING else "error"
        yield line((f"level {event.level.value}", token))


def _leftovers(event: ExecutionEvent, context: Context) -> Lines:
    for title, value in (("Metadata", event.metadata), ("Further keys", event.extra)):
        if value:
            yield from section(title)
            yield from json_lines(value, context.folds, root=f"{title}:")


def _generic(event: ExecutionEvent, context: Context) -> Lines:
    if event.message:
        yield from section("Message")
        yield from safe_lines(event.message)
    if event.source:
        yield line()
        yield from fields(("source", event.source))


EventType = TypeVar("EventType", bound=ExecutionEvent)


def _for(
    cls: type[EventType], function: Callable[[EventType, Context], Lines]
) -> tuple[type[Any], Callable[[Any, Context], Lines]]:
    return cls, function


_DETAILS = (
    _for(MessageEvent, message),
    _for(ToolExecutionEvent, tool_execution),
    _for(LLMCallEvent, llm_call),
    _for(StateChangeEvent, state_change),
    _for(StateSnapshotEvent, snapshot),
    _for(SimulationStartEvent, simulation_start),
    _for(SimulationEndEvent, simulation_end),
    _for(ContextReductionEvent, context_reduction),
    _for(TaskEvent, task),
    _for(RunStartEvent, run_start),
    _for(RunEndEvent, run_end),
)

__all__ = ["Context", "detail_lines"]
