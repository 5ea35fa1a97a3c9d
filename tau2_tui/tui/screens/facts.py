"""What workers find out about a log for more than one screen: the names of the facts, and how each is found out.

What computes is imported in the worker, so that a screen that nobody looks at costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tau2_tui.analysis.data.records import Run
    from tau2_tui.tui.inspection import Failed
    from tau2_tui.tui.screens.main import MainScreen

RUN = "run"
"""A :class:`~tau2_tui.analysis.data.records.Run`."""


def run_of(screen: MainScreen, log: int = 0) -> Run | Failed | None:
    """Return the records of a log, None while they are not known.

    Args:
        screen: the screen that asks.
        log: place of the log among those that are open.
    """
    found: Run | Failed | None = screen.fact(RUN, screen.inspector.studies.run, log=log)
    return found
