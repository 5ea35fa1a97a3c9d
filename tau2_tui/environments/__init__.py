"""Environments that record what is called on them, and their registration with tau2-bench."""

from __future__ import annotations

from tau2_tui.recording.environment import LoggingEnvironment

__all__ = ["LoggingEnvironment"]
