"""The screen of reference actions: what the task expected, beside the calls that were made."""

from __future__ import annotations

from collections.abc import Iterable

from tau2_tui.tui.actions import GOLD
from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.format.values import count
from tau2_tui.tui.inspection import Inspection
from tau2_tui.tui.screens.gold.alignment import AS_EXPECTED, Alignment
from tau2_tui.tui.screens.gold.state import (
    SIDE_BY_SIDE,
    Layout,
    Row,
    difference_rows,
    divergence_row,
    rows_of,
    same_row,
)
from tau2_tui.tui.screens.simulation_page import SimulationPage
from tau2_tui.tui.study.answers import ALIGNMENT


class GoldScreen(SimulationPage[Row]):
    """One simulation beside its task's reference."""

    NAME = GOLD
    BESIDE_FROM = SIDE_BY_SIDE

    def __init__(self, inspection: Inspection) -> None:
        super().__init__(inspection)
        self.alignment: Alignment | None = None
        self._unfolded = False

    def build(self, width: int) -> None:
        """Make the page about the chosen simulation."""
        found = self._find()
        if found is None:
            self.show_rows([], None)
            return
        layout = Layout(max(20, width), self.is_beside(width), self._unfolded)
        made_of = (found, layout)
        if made_of == self._made_of:
            return
        before, self.alignment = self.alignment, found
        rows, same = rows_of(found, layout), before is not None and before.simulation_id == found.simulation_id
        cursor = same_row(self.rows, self.window.cursor, rows) if same else 0
        self.show_rows(rows, made_of)
        self.window.goto(cursor)

    def _find(self) -> Alignment | None:
        """Return what is known of the chosen simulation, and have workers find it out."""
        ref = self.ref
        if ref is None:
            return None
        question = (ALIGNMENT, ref.simulation_id)
        found = self.found(question, lambda: self.asked(*question))
        return found if isinstance(found, Alignment) else None

    def title_runs(self, width: int) -> tuple[Iterable[Run], Iterable[Run]]:
        """Return the simulation, and in how much it differs from the reference."""
        left = self.name_runs("5 gold", width)
        if self.ref is None:
            return left, []
        if self._made_of is None or self.alignment is None:
            return [*left, *self.waiting_runs()], []
        if not self.alignment.known:
            return left, []
        return left, [_difference(self.alignment)]

    # Keys

    def action_divergence(self) -> None:
        """Go to where it first parted from the reference."""
        place = None if self.alignment is None else divergence_row(self.rows, self.alignment)
        if place is None:
            self.do(lambda: self.say("it never parted from the reference" if self.alignment else "reading …"))
            return
        to = place
        self.do(lambda: self.window.goto(to, margin=2))

    def action_difference(self, direction: int) -> None:
        """Go to the next or previous difference from the reference."""
        self.go_among(difference_rows(self.rows), direction, "nothing differs from the reference")

    def action_fold(self) -> None:
        """Show reads beyond the reference one by one, or several as one."""
        self._unfolded = not self._unfolded
        self.do(lambda: self.build(self._width))


def _difference(alignment: Alignment) -> Run:
    """Return in how much a simulation differs from its reference."""
    number = sum(pair.matters for pair in alignment.pairs)
    if number:
        return Run(count(number, "difference"), "strong")
    expected = all(pair.fate in AS_EXPECTED for pair in alignment.pairs if pair.action is not None)
    return Run("as the reference" if expected else "only reads differ", "success")
