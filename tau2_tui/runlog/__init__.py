"""Reading run logs: of any size, damaged or still being written, without loading them.

:class:`RunLog` gives lines, events and columns; :mod:`tau2_tui.runlog.verify` checks a log's hash chain;
:mod:`tau2_tui.runlog.summary` counts what happened. Importing this package imports no numpy.
"""

from __future__ import annotations

from tau2_tui.runlog.log import RunLog
from tau2_tui.runlog.refs import LogOrigin, SimulationOutcome, SimulationRef, UnreadableLine

__all__ = ["LogOrigin", "RunLog", "SimulationOutcome", "SimulationRef", "UnreadableLine"]
