"""A page about one simulation: the one that was chosen on any screen, and from it to the others."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from tau2_tui.runlog.refs import SimulationRef
from tau2_tui.tui.actions import TIMELINE
from tau2_tui.tui.cells import cut_middle
from tau2_tui.tui.format.runs import Run, one_line
from tau2_tui.tui.inspection import Inspection, Place
from tau2_tui.tui.screens.main import failure_of
from tau2_tui.tui.screens.page import PageRow, PageScreen

_LEAST_TASK, _BESIDE_TASK = 12, 64
"""Cells that the name of a task keeps in the title, and those that what stands beside it may take."""


class EventRow(PageRow, Protocol):
    """A row that may speak of an event."""

    @property
    def line(self) -> int | None:
        """The line of the log that it speaks of, None for none."""
        ...


Row = TypeVar("Row", bound=EventRow)


class SimulationPage(PageScreen, Generic[Row]):
    """Rows about one simulation; enter leads to the event that a row speaks of.

    Attributes:
        rows: those that there are now.
    """

    BESIDE_FROM: ClassVar[int]
    """Columns from which on two things stand beside each other, unless the user wants it otherwise."""

    def __init__(self, inspection: Inspection) -> None:
        super().__init__(inspection)
        self.rows: list[Row] = []
        self._made_of: object = None
        """What the rows were made of, None while there are none."""
        self._failure: str | None = None
        self._beside: bool | None = None
        self._sought: Hashable = None

    @property
    def page_rows(self) -> Sequence[Row]:
        """The rows that there are now."""
        return self.rows

    def show_rows(self, rows: list[Row], made_of: object) -> None:
        """Take other rows; ``made_of`` tells them from those that something else will be made of."""
        self._made_of = made_of
        self.rows = rows
        self.window.set_count(len(rows))

    def found(self, name: Hashable, ask: Callable[[], Any]) -> Any:
        """Return what is known under a name, and ask for it unless a worker still finds out what was asked for before.

        A key that is held passes many simulations; when that worker has ended, the one that is shown by then follows.
        """
        facts = self.inspection.facts
        busy = self._sought != name and facts.is_under_way((self._sought, 0))
        if not busy:
            self._sought = name
        known = facts.get((name, 0)) if busy else ask()
        self._failure = failure_of(known)
        return known

    def waiting_runs(self) -> list[Run]:
        """Return why there are no rows yet, nothing when there are."""
        source = self.inspection.source
        if self._failure is not None:
            return [Run(f"  {one_line(self._failure)}", "error")]
        if self._made_of is None:
            said = "reading …" if source.complete else f"indexing {source.progress:.0%}"
            return [Run(f"  {said}", "warning")]
        return []

    def is_beside(self, width: int) -> bool:
        """Return whether two things stand beside each other on so many columns."""
        return width >= self.BESIDE_FROM if self._beside is None else self._beside

    def action_beside(self) -> None:
        """Put two things beside each other, or under each other."""
        self._beside = not self.is_beside(self._width)
        self.do(lambda: self.build(self._width))

    @property
    def ref(self) -> SimulationRef | None:
        """The simulation that is shown: the chosen one, or the first of the log."""
        refs = self.inspection.source.simulations()
        chosen = next((ref for ref in refs if ref.simulation_id == self.inspection.simulation_id), None)
        return chosen or (refs[0] if refs else None)

    def name_runs(self, title: str, width: int) -> list[Run]:
        """Return the screen's title and which simulation is shown."""
        left, ref = [Run(title, "heading")], self.ref
        if ref is None:
            source = self.inspection.source
            said = "no simulation in this log" if source.complete else f"indexing {source.progress:.0%}"
            return [*left, Run(f"  {said}", "muted")]
        number = self.inspection.source.simulation_number(ref.simulation_id)
        trial = "" if ref.trial is None else f" trial {ref.trial}"
        task = cut_middle(one_line(ref.task_id or "?"), max(_LEAST_TASK, width - _BESIDE_TASK))
        return [*left, Run(f"  #{number} task {task}{trial}")]

    def action_simulation(self, direction: int) -> None:
        """Show the next or previous simulation."""
        refs = [ref for ref in self.inspection.source.simulations() if not ref.repeated]
        self._go(refs, direction, "no further simulation")

    def action_failed(self, direction: int) -> None:
        """Show the next or previous failed simulation."""
        outcomes = self.inspection.source.outcomes
        refs = self.inspection.source.simulations()
        failed = [ref for ref in refs if not ref.repeated and getattr(outcomes.get(ref.simulation_id), "failed", False)]
        self._go(failed, direction, "no further failed simulation")

    def _go(self, refs: Sequence[SimulationRef], direction: int, none: str) -> None:
        current = self.ref
        at = -1 if current is None else current.first_line
        beyond = [ref for ref in refs if (ref.first_line - at) * direction > 0]
        if not beyond:
            self.do(lambda: self.say(none))
            return
        self.inspection.simulation_id = beyond[0 if direction > 0 else -1].simulation_id
        self.window.goto(0)
        self.do(lambda: self.build(self._width))

    def action_open(self) -> None:
        """Show the event that the row speaks of in the timeline."""
        ref, rows = self.ref, self.page_rows
        line = rows[self.window.cursor].line if self.window.cursor < len(rows) else None
        if ref is not None:
            self.inspection.point(Place(ref.simulation_id, line))
            self.inspector.show_screen(TIMELINE)
