"""The vocabulary of a run log: what one line can say, and how it is written and read."""

from __future__ import annotations

from tau2_tui.events.base import ENVELOPE, ExecutionEvent, LogLevel, event_class, registered_types
from tau2_tui.events.codec import decode, encode, to_dict
from tau2_tui.events.run import FORMAT_VERSION, RunEndEvent, RunStartEvent, TaskEvent
from tau2_tui.events.simulation import (
    ContextReductionEvent,
    LLMCallEvent,
    MessageEvent,
    SimulationEndEvent,
    SimulationStartEvent,
)
from tau2_tui.events.state import StateChangeEvent, StateSnapshotEvent
from tau2_tui.events.tool import ToolExecutionEvent

__all__ = [
    "ENVELOPE",
    "FORMAT_VERSION",
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
    "decode",
    "encode",
    "event_class",
    "registered_types",
    "to_dict",
]
