"""Reports of logs, under the name by which tau2-enhanced's users know them; :mod:`tau2_tui.reports` makes them.

``make_report`` gathers what is known of one or several runs; ``write_html`` and ``write_markdown`` write it to a file.
"""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = ("Options", "Report", "ReportedRun", "make_report", "write_html", "write_markdown")


def __getattr__(name: str) -> Any:
    """Import what makes reports when it is first asked for: it stands above this room, and brings matplotlib."""
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("tau2_tui.reports"), name)


def __dir__() -> list[str]:
    """Return the names that there are."""
    return [*globals(), *_NAMES]
