"""The overview: how good the run is, why simulations failed, what happened where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tau2_tui.tui.actions import OVERVIEW, TIMELINE
from tau2_tui.tui.format.runs import Run, one_line
from tau2_tui.tui.inspection import Inspection
from tau2_tui.tui.screens.main import failure_of
from tau2_tui.tui.screens.overview.state import AnyRow, Row, page
from tau2_tui.tui.screens.page import PageScreen
from tau2_tui.tui.study.answers import FINDINGS, NUMBERS, Findings


class OverviewScreen(PageScreen):
    """A page to read, from which failed simulations can be opened."""

    NAME = OVERVIEW

    def __init__(self, inspection: Inspection) -> None:
        super().__init__(inspection)
        self.rows: list[AnyRow] = []
        self._failure: str | None = None
        self._made_of: object = None

    @property
    def page_rows(self) -> Sequence[AnyRow]:
        """The rows that there are now."""
        return self.rows

    @property
    def row(self) -> AnyRow:
        """The row under the cursor."""
        return self.rows[self.window.cursor] if self.window.cursor < len(self.rows) else Row()

    def build(self, width: int) -> None:
        """Make the page of what is known so far."""
        findings = self.asked(FINDINGS)
        self._failure = failure_of(findings)
        if not isinstance(findings, Findings):
            return
        numbers = self.asked(NUMBERS)
        self._failure = failure_of(numbers)
        if self._failure is not None:
            numbers = None
        made_of = (findings, numbers, width)
        if made_of != self._made_of:
            self._made_of = made_of
            self._take(page(findings, numbers, width))

    def _take(self, rows: list[AnyRow]) -> None:
        """Show other rows; what was under the cursor stays there, whatever came above it or is laid out another way."""
        before, verdict = self.window.cursor, self.row.verdict
        to = len(rows) - len(self.rows) + before
        if verdict is not None:
            to = next(
                (
                    at
                    for at, row in enumerate(rows)
                    if row.verdict and row.verdict.simulation_id == verdict.simulation_id
                ),
                to,
            )
        self.rows = rows
        self.window.set_count(len(rows))
        if before > 0:
            self.window.top = max(0, self.window.top + to - self.window.cursor)
            self.window.goto(to)

    def title_runs(self, width: int) -> tuple[Iterable[Run], Iterable[Run]]:
        """Return the log's name, and what is still missing."""
        source = self.inspection.source
        left = [Run("1 overview", "heading"), Run(f"  {one_line(source.name, 200)}", "muted")]
        if self._failure is not None:
            left.append(Run(f"  {one_line(self._failure)}", "error"))
        elif not self.rows:
            said = "reading the log …" if source.complete else f"indexing {source.progress:.0%}"
            left.append(Run(f"  {said}", "warning"))
        return left, []

    def moved(self) -> None:
        """Let the other screens speak of the simulation under the cursor."""
        if self.row.verdict is not None:
            self.inspection.simulation_id = self.row.verdict.simulation_id

    def action_failed(self, direction: int) -> None:
        """Go to the next or previous failed simulation of the list."""
        places = [place for place, row in enumerate(self.rows) if row.verdict is not None]
        self.go_among(places, direction, "no simulation failed" if self.rows else "reading the log")

    def action_open(self) -> None:
        """Show where the selected simulation went wrong, in its timeline."""
        place = self.row.place
        if place is None:
            self.do(lambda: self.say("} goes to a failed simulation, enter opens it there"))
            return
        self.inspection.point(place)
        self.inspector.show_screen(TIMELINE)
