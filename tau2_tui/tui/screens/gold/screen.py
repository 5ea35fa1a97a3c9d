"""The screen of reference actions: what the task expected, beside the calls that were made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tau2_tui.tui.actions import GOLD
from tau2_tui.tui.format.runs import Run, one_line
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
from tau2_tui.tui.screens.main import failure_of
from tau2_tui.tui.screens.simulation_page import SimulationPage
from tau2_tui.tui.study.answers import ALIGNMENT


class GoldScreen(SimulationPage):
    """One simulation beside its task's reference."""

    NAME = GOLD

    def __init__(self, inspection: Inspection) -> None:
        super().__init__(inspection)
        self.rows: list[Row] = []
        self.alignment: Alignment | None = None
        self._beside: bool | None = None
        self._unfolded = False
        self._failure: str | None = None
        self._made_of: object = None

    @property
    def page_rows(self) -> Sequence[Row]:
        """The rows that there are now."""
        return self.rows

    def build(self, width: int) -> None:
        """Make the page about the chosen simulation."""
        found = self._find()
        if found is None:
            self._show([], None)
            return
        layout = Layout(max(20, width), self._is_beside(width), self._unfolded)
        made_of = (found, layout)
        if made_of == self._made_of:
            return
        before, self.alignment = self.alignment, found
        rows, same = rows_of(found, layout), before is not None and before.simulation_id == found.simulation_id
        cursor = same_row(self.rows, self.window.cursor, rows) if same else 0
        self._show(rows, made_of)
        self.window.goto(cursor)

    def _find(self) -> Alignment | None:
        """Return what is known of the chosen simulation, and have workers find it out."""
        ref = self.ref
        if ref is None:
            return None
        found = self.asked(ALIGNMENT, ref.simulation_id)
        self._failure = failure_of(found)
        return found if isinstance(found, Alignment) else None

    def _is_beside(self, width: int) -> bool:
        return width >= SIDE_BY_SIDE if self._beside is None else self._beside

    def _show(self, rows: list[Row], made_of: object) -> None:
        self._made_of = made_of
        self.rows = rows
        self.window.set_count(len(rows))

    def title_runs(self, width: int) -> tuple[Iterable[Run], Iterable[Run]]:
        """Return the simulation, and in how much it differs from the reference."""
        left, source = self.name_runs("5 gold", width), self.inspection.source
        if self.ref is None:
            return left, []
        if self._failure is not None:
            return [*left, Run(f"  {one_line(self._failure)}", "error")], []
        if self._made_of is None or self.alignment is None:
            said = "reading …" if source.complete else f"indexing {source.progress:.0%}"
            return [*left, Run(f"  {said}", "warning")], []
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

    def action_beside(self) -> None:
        """Put reference and calls beside each other, or under each other."""
        self._beside = not self._is_beside(self._width)
        self.do(lambda: self.build(self._width))


def _difference(alignment: Alignment) -> Run:
    """Return in how much a simulation differs from its reference."""
    number = sum(pair.matters for pair in alignment.pairs)
    if number:
        return Run(count(number, "difference"), "strong")
    expected = all(pair.fate in AS_EXPECTED for pair in alignment.pairs if pair.action is not None)
    return Run("as the reference" if expected else "only reads differ", "success")
