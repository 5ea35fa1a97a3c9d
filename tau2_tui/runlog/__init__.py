"""Reading run logs: of any size, damaged or still being written, without loading them.

:class:`RunLog` gives lines, events and columns; :mod:`tau2_tui.runlog.verify` checks a log's hash chain;
:mod:`tau2_tui.runlog.summary` counts what happened. Importing this package imports no numpy, and of the package itself
nothing before it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tau2_tui.runlog.log import RunLog
    from tau2_tui.runlog.refs import LogOrigin, SimulationOutcome, SimulationRef, UnreadableLine

__all__ = ["LogOrigin", "RunLog", "SimulationOutcome", "SimulationRef", "UnreadableLine"]


def __getattr__(name: str) -> Any:
    """Import a public name from where it is."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    place = "log" if name == "RunLog" else "refs"
    return getattr(importlib.import_module(f"{__name__}.{place}"), name)
