"""``LoggingEnvironment``, under the name by which its users import it."""

from __future__ import annotations

from tau2_tui.recording.environment import LoggingEnvironment

__all__ = ["LoggingEnvironment"]
