"""Where a simulation's events go: the log itself, or the process that writes it."""

from __future__ import annotations

from typing import Any, Protocol

from tau2_tui.events import ExecutionEvent
from tau2_tui.logging.redaction import Redactor


class EventWriter(Protocol):
    """Takes events, from any number of threads."""

    redactor: Redactor | None

    def log_event(self, event: Any) -> ExecutionEvent:
        """Write an event, or raise ``LogWriteError``."""
