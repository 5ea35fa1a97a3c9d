"""What workers find out about a log for more than one screen: the names of the facts, and how each is found out.

What computes is imported in the worker, so that a screen that nobody looks at costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tau2_tui.runlog.log import RunLog

if TYPE_CHECKING:
    from tau2_tui.analysis.blame.verdict import Verdict
    from tau2_tui.analysis.data.records import Run

FINDINGS = "findings"
"""A :class:`Findings`."""


@dataclass(frozen=True)
class Findings:
    """A run as the statistics see it.

    Attributes:
        run: its records.
        verdicts: why simulations failed, by simulation id.
    """

    run: Run
    verdicts: dict[str, Verdict]


def find_findings(log: RunLog) -> Findings:
    """Read a run, and find out why its simulations failed."""
    from tau2_tui.analysis.blame import blame
    from tau2_tui.analysis.data.reading import read_run

    run = read_run(log)
    return Findings(run, {verdict.simulation_id: verdict for verdict in blame(log, run)})
