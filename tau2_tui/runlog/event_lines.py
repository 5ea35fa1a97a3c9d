"""What can be said of numbered events, wherever they come from: which simulations they belong to, how those ended."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from tau2_tui.events import ExecutionEvent
from tau2_tui.runlog.refs import SimulationOutcome, SimulationRef, UnreadableLine

if TYPE_CHECKING:
    from tau2_tui.runlog.columns import Array, Columns
    from tau2_tui.runlog.simulations import SimulationLines


_SORTED_FROM = 40
"""How many simulations' lines are asked for until all lines are sorted by simulation: that takes as long as they did.

What is sorted takes four bytes a line, for as long as the log is as it is.
"""

Found = TypeVar("Found")
Lines = TypeVar("Lines", bound="EventLines")


class FoundOnce(Generic[Found]):
    """What single events say, found out once for each line as long as the lines stay what they are.

    Any thread may ask: two that ask for the same at once find it out twice, and none waits for another.
    """

    def __init__(self) -> None:
        self._found: tuple[object, dict[int, Found]] = (None, {})

    def of(self, state: object, line: int, find: Callable[[], Found]) -> Found:
        """Return what a line says.

        Args:
            state: another one makes everything that was found before void.
            line: its number.
            find: finds it out; None, for a line that says nothing yet, is not kept.
        """
        kept = self._found  # once: another thread may have it begin anew meanwhile
        if state != kept[0]:
            kept = self._found = (state, {})
        found = kept[1]
        known = found.get(line)
        if known is None:
            known = find()
            if known is not None:
                found[line] = known
        return known


class EventLines(ABC):
    """Events by line number, with columns over them.

    Attributes:
        merged: they are of several files: their own numbers are not those of the lines.
    """

    merged: ClassVar[bool] = False

    def __init__(self) -> None:
        self._grouping, self._listing = threading.Lock(), threading.Lock()
        self._groups: SimulationLines | None = None
        self._asked: tuple[Columns | None, int] = (None, 0)
        self._refs: tuple[Columns, list[SimulationRef]] | None = None
        self._outcomes: FoundOnce[SimulationOutcome | None] = FoundOnce()
        self._replaced: FoundOnce[tuple[object] | None] = FoundOnce()

    def __enter__(self: Lines) -> Lines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Let go of the files; reading lines afterwards raises ``OSError``."""

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

    @property
    @abstractmethod
    def generation(self) -> int:
        """Changes when line numbers from before mean nothing any more."""

    @property
    @abstractmethod
    def revision(self) -> int:
        """Changes when lines indexed before turned out to be no events."""

    @abstractmethod
    def decoded(self, line: int) -> ExecutionEvent | UnreadableLine:
        """Return what :meth:`event` does, and keep nothing of it: for one of many that are looked at once.

        Raises:
            IndexError: there is no such line, or it is not indexed yet.
        """

    def simulations(self) -> list[SimulationRef]:
        """Return the simulations of the lines indexed so far, in the order in which they begin."""
        from tau2_tui.runlog.simulations import SimulationLines, marked

        state, columns = self._state, self.columns
        with self._listing:
            if self._refs is None or self._refs[0] is not columns:
                self._refs = (columns, SimulationLines.of(columns).refs())
            refs = list(self._refs[1])
        return marked(refs, lambda line: self._replaced_by(line, state))

    def lines_of(self, simulation_id: str) -> Array:
        """Return the numbers of a simulation's lines, rising; none for an unknown one."""
        from tau2_tui.runlog.simulations import SimulationLines, lines_of

        columns = self.columns
        with self._grouping:
            asked = self._asked[1] + 1 if self._asked[0] is columns else 1
            self._asked = (columns, asked)
            if asked <= _SORTED_FROM:
                self._groups = None
            elif self._groups is None:
                self._groups = SimulationLines.of(columns)
            groups = self._groups
        return lines_of(columns, simulation_id, groups)

    def outcomes(self) -> dict[str, SimulationOutcome]:
        """Return how each simulation ended, by its id; those that have not ended are missing."""
        from tau2_tui.runlog.simulations import end_lines

        state, lines = self._state, end_lines(self.columns)
        found = (self._outcome(name, line, state) for name, line in lines.items())
        return {one.simulation_id: one for one in found if one is not None}

    def outcome(self, simulation_id: str) -> SimulationOutcome | None:
        """Return how a simulation ended, None when it has not."""
        from tau2_tui.runlog.simulations import end_lines

        state, line = self._state, end_lines(self.columns).get(simulation_id)
        return None if line is None else self._outcome(simulation_id, line, state)

    def _outcome(self, simulation_id: str, line: int, state: object) -> SimulationOutcome | None:
        from tau2_tui.runlog.simulations import outcome

        return self._outcomes.of(state, line, lambda: outcome(simulation_id, line, self.decoded(line)))

    def _replaced_by(self, line: int, state: object) -> object:
        from tau2_tui.runlog.simulations import replaced_by

        def find() -> tuple[object] | None:
            start = self.decoded(line)
            return None if isinstance(start, UnreadableLine) else (replaced_by(start),)

        found = self._replaced.of(state, line, find)
        return None if found is None else found[0]

    @property
    def _state(self) -> tuple[int, int]:
        """As long as it is the same, an event that was read is the event of its line.

        To be asked for before the lines are: when they change in between, what is read of them is void, not wrong.
        """
        return self.generation, self.revision
