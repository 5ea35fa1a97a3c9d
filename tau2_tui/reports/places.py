"""Where things stand in a report: the anchors of simulations and of the events that causes name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tau2_tui.analysis.sheets import marks
from tau2_tui.reports.document import Cell
from tau2_tui.reports.writer import MOST_ROWS

if TYPE_CHECKING:
    from tau2_tui.analysis.data.records import Run


@dataclass(frozen=True)
class Places:
    """The places of one run.

    Attributes:
        prefix: what the run's anchors begin with.
        run: the run.
        read: indices of the simulations whose conversation is in the report.
    """

    prefix: str
    run: Run
    read: frozenset[int]

    def section(self, name: str) -> str:
        """Return the anchor of a section."""
        return f"{self.prefix}-{name}"

    def simulation(self, index: int | None) -> str:
        """Return the anchor of a simulation: its conversation, or its row where that is not in the report."""
        if index is None:
            return ""
        return self.transcript(index) if index in self.read else self.row(index)

    def transcript(self, index: int) -> str:
        """Return the anchor of a simulation's conversation."""
        return f"{self.prefix}-s{index}"

    def row(self, index: int) -> str:
        """Return the anchor of a simulation's row in the list of all, empty where the list ends before it."""
        return f"{self.prefix}-row{index}" if index < MOST_ROWS else ""

    def event(self, index: int, line: int) -> str:
        """Return the anchor of an event that a cause names: itself, or its simulation where that cannot be read."""
        return f"{self.prefix}-e-{line}" if index in self.read else self.row(index)

    @property
    def events(self) -> str:
        """What the anchors of events begin with."""
        return f"{self.prefix}-e"


def mark(state: str, target: str = "", about: str = "") -> Cell:
    """Return what became of a simulation as a symbol with its meaning."""
    found = marks.mark(state, about)
    return Cell(found.text, found.tone, target, found.spoken)
