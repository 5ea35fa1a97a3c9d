"""What can be said of numbered events, wherever they come from: which simulations they belong to, how those ended."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from tau2_tui.events import ExecutionEvent
from tau2_tui.runlog.refs import SimulationOutcome, SimulationRef, UnreadableLine

if TYPE_CHECKING:
    from tau2_tui.runlog.columns import Array, Columns
    from tau2_tui.runlog.simulations import SimulationLines


class EventLines(ABC):
    """Events by line number, with columns over them."""

    def __init__(self) -> None:
        self._grouping = threading.Lock()
        self._groups: SimulationLines | None = None

    @property
    @abstractmethod
    def columns(self) -> Columns:
        """The envelopes of the lines indexed so far, as arrays."""

    @abstractmethod
    def event(self, line: int) -> ExecutionEvent | UnreadableLine:
        """Return the event of a line, or what can be said of a line that is none.

        Raises:
            IndexError: there is no such line, or it is not indexed yet.
        """

    def simulations(self) -> list[SimulationRef]:
        """Return the simulations of the lines indexed so far, in the order in which they begin."""
        from tau2_tui.runlog.simulations import marked

        return marked(self._lines_by_simulation().refs(), self.event)

    def lines_of(self, simulation_id: str) -> Array:
        """Return the numbers of a simulation's lines, rising; none for an unknown one."""
        groups = self._lines_by_simulation()
        try:
            code = groups.columns.simulations.index(simulation_id)
        except ValueError:
            return groups.order[:0]
        return groups.of_code(code)

    def outcomes(self) -> dict[str, SimulationOutcome]:
        """Return how each simulation ended, by its id; those that have not ended are missing."""
        from tau2_tui.runlog.simulations import end_lines, outcome

        found = (outcome(name, line, self.event) for name, line in end_lines(self.columns).items())
        return {one.simulation_id: one for one in found if one is not None}

    def outcome(self, simulation_id: str) -> SimulationOutcome | None:
        """Return how a simulation ended, None when it has not."""
        from tau2_tui.runlog.simulations import end_lines, outcome

        line = end_lines(self.columns).get(simulation_id)
        return None if line is None else outcome(simulation_id, line, self.event)

    def _lines_by_simulation(self) -> SimulationLines:
        from tau2_tui.runlog.simulations import SimulationLines

        columns = self.columns
        with self._grouping:
            if self._groups is None or self._groups.columns is not columns:
                self._groups = SimulationLines.of(columns)
            return self._groups
