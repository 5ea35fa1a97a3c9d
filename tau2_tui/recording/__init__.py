"""Recording tau2-bench: the only package that imports ``tau2``, and not before something is recorded."""

from __future__ import annotations

from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.environment import LoggingEnvironment
from tau2_tui.recording.outcome import RunInterrupted, RunListener, RunOutcome, RunPlan, SimulationOutcome
from tau2_tui.recording.runner import record_run

__all__ = [
    "LoggingEnvironment",
    "RecordConfig",
    "RunInterrupted",
    "RunListener",
    "RunOutcome",
    "RunPlan",
    "SimulationOutcome",
    "record_run",
]
