"""A recording that writes the log while the inspector shows it: how far it is, and what may be asked of it.

The recording is a process of its own. Who starts it also makes the :class:`Recording`; here it is only shown.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from tau2_tui.tui.cells import width as cell_width
from tau2_tui.tui.format.runs import Run, cut_runs, one_line


class Phase(Enum):
    """How far a recording is; the value is what the user reads."""

    LOADING = "waiting for the recording: tau2-bench is being loaded"
    RUNNING = "recording"
    STOPPING = "stopping: the turns under way are finished"
    DONE = "recorded"
    STOPPED = "recording stopped before its end"
    FAILED = "recording failed"


_TOKENS = {Phase.DONE: "success", Phase.FAILED: "error", Phase.RUNNING: "strong"}
_SYMBOLS = {Phase.DONE: "✓", Phase.FAILED: "✗", Phase.STOPPED: "■"}


class RecordingStatus(NamedTuple):
    """What is to be said of a recording.

    Attributes:
        phase: how far it is.
        parts: what else, the most important first; not safe to draw.
    """

    phase: Phase = Phase.LOADING
    parts: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether nothing more will be recorded."""
        return self.phase in (Phase.DONE, Phase.STOPPED, Phase.FAILED)


class Recording(ABC):
    """A recording under way."""

    @property
    @abstractmethod
    def status(self) -> RecordingStatus:
        """What is to be said of it now."""

    @property
    @abstractmethod
    def begun(self) -> bool:
        """Whether its log is there."""

    @abstractmethod
    def on_change(self, callback: Callable[[], object]) -> None:
        """Have ``callback`` called, from any thread, when ``status`` has changed."""

    @abstractmethod
    def stop(self) -> None:
        """Ask it to finish the turns under way and to close its log; returns at once."""

    @abstractmethod
    def keep(self) -> None:
        """Let it go on after the inspector."""


def recording_runs(status: RecordingStatus, cells: int) -> tuple[Run, ...]:
    """Return the line about a recording: as many parts as there is room for."""
    head = f"{_SYMBOLS.get(status.phase, '●')} {status.phase.value}"
    text = ""
    for part in map(one_line, status.parts):
        longer = f"{text}, {part}" if text else f" {part}"
        if text and cell_width(head + longer) > cells:
            break
        text = longer
    separator = ":" if text and status.ended else ""
    return cut_runs((Run(head + separator, _TOKENS.get(status.phase, "warning")), Run(text)), cells)
