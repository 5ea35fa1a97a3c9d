"""Writing run logs: the logger, and the tracker of states."""

from __future__ import annotations

from tau2_tui.logging.execution_logger import ExecutionLogger
from tau2_tui.logging.redaction import Redactor
from tau2_tui.logging.state_tracker import StateDifference, StateSnapshot, StateTracker
from tau2_tui.logging.streams import Streams

__all__ = ["ExecutionLogger", "Redactor", "StateDifference", "StateSnapshot", "StateTracker", "Streams"]
