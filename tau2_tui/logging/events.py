"""The event types, under the name by which loggers' users import them."""

from __future__ import annotations

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
    decode,
)

event_from_dict = decode

__all__ = [
    "ContextReductionEvent",
    "ExecutionEvent",
    "LLMCallEvent",
    "LogLevel",
    "MessageEvent",
    "RunEndEvent",
    "RunStartEvent",
    "SimulationEndEvent",
    "SimulationStartEvent",
    "StateChangeEvent",
    "StateSnapshotEvent",
    "TaskEvent",
    "ToolExecutionEvent",
    "event_from_dict",
]
