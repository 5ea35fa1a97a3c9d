"""The overview: how good the run is, why simulations failed, what happened where."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any

from textual.app import ComposeResult

from tau2_tui.runlog.log import RunLog
from tau2_tui.tui.actions import OVERVIEW, TIMELINE, hints
from tau2_tui.tui.format.runs import Run, cut_runs, one_line
from tau2_tui.tui.inspection import Inspection
from tau2_tui.tui.screens.facts import FINDINGS, Findings, find_findings
from tau2_tui.tui.screens.main import MainScreen, failure_of
from tau2_tui.tui.screens.overview.state import Row, page
from tau2_tui.tui.screens.timeline.bars import both_ends, hint_runs
from tau2_tui.tui.viewport import Viewport
from tau2_tui.tui.widgets.bar import Bar
from tau2_tui.tui.widgets.painting import SELECTED, Drawn, DrawnRows

NUMBERS = "overview"


def _numbers(findings: Findings, log: RunLog) -> Any:
    from tau2_tui.tui.screens.overview.numbers import find_numbers

    return find_numbers(findings.run)


class OverviewScreen(MainScreen):
    """A page to read, from which failed simulations can be opened."""

    NAME = OVERVIEW

    def __init__(self, inspection: Inspection) -> None:
        super().__init__(inspection)
        self.window = Viewport()
        self.rows: list[Row] = []
        self._failure: str | None = None
        self._made_of: object = None

    def compose(self) -> ComposeResult:
        """Lay out the page between its title and the hints."""
        yield Bar(self._title, id="title")
        yield DrawnRows(self._row, self._fit, id="rows")
        yield Bar(self._bottom, id="bottom")

    def shown(self) -> None:
        """Have everything found out that the page says."""
        self._gather(self.size.width)

    def fact_known(self, name: Hashable) -> None:
        """Take what a worker found out."""
        self._gather(self.size.width)

    def _gather(self, width: int) -> None:
        findings = self.fact(FINDINGS, find_findings)
        self._failure = failure_of(findings)
        if not isinstance(findings, Findings):
            return
        numbers = self.fact((NUMBERS, id(findings)), partial(_numbers, findings))
        self._failure = failure_of(numbers)
        if failure_of(numbers) is not None:
            numbers = None
        made_of = (findings, numbers, width)
        if made_of != self._made_of:
            self._made_of = made_of
            self._take(page(findings, numbers, width))

    def _take(self, rows: list[Row]) -> None:
        """Show other rows; what was under the cursor stays there: numbers that come late stand above it."""
        below = len(self.rows) - self.window.cursor
        moved = self.window.cursor > 0
        self.rows = rows
        self.window.set_count(len(rows))
        if moved:
            shift = len(rows) - below - self.window.cursor
            self.window.top = max(0, self.window.top + shift)
            self.window.goto(len(rows) - below)

    # Drawing

    def _title(self, width: int) -> tuple[Run, ...]:
        source = self.inspection.source
        left = [Run("1 overview", "heading"), Run(f"  {one_line(source.name, 200)}", "muted")]
        if self._failure is not None:
            left.append(Run(f"  {one_line(self._failure)}", "error"))
        elif not self.rows:
            left.append(
                Run("  reading the log …" if source.complete else f"  indexing {source.progress:.0%}", "warning")
            )
        return both_ends(left, [], width)

    def _fit(self, width: int, height: int) -> None:
        self.window.resize(height)
        self._gather(width)

    def _row(self, y: int, width: int) -> Drawn:
        place = self.window.top + y
        if place >= len(self.rows):
            return (), ""
        return cut_runs(self.rows[place].runs, width), SELECTED if place == self.window.cursor else ""

    def _bottom(self, width: int) -> tuple[Run, ...]:
        if self.message:
            return cut_runs((Run(self.message, "message"),), width)
        return self.prompt_runs(width) or hint_runs(hints(OVERVIEW), width)

    # Keys and mouse

    def _moved(self, action: Callable[[], object]) -> None:
        self.key_pressed()
        action()
        row = self.rows[self.window.cursor] if self.window.cursor < len(self.rows) else Row()
        if row.place is not None:
            self.inspection.simulation_id = row.place.simulation_id
        self.sync()

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self._moved(lambda: self.window.move(rows))

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self._moved(lambda: self.window.page(pages))

    def action_first(self) -> None:
        """Go to the first row."""
        self._moved(lambda: self.window.goto(0))

    def action_last(self) -> None:
        """Go to the last row."""
        self._moved(lambda: self.window.goto(self.window.last))

    def action_failed(self, direction: int) -> None:
        """Go to the next or previous failed simulation of the list."""
        at = self.window.cursor
        places = [place for place, row in enumerate(self.rows) if row.place is not None]
        after = [place for place in places if (place - at) * direction > 0]
        if not places:
            self._moved(lambda: self.say("no simulation failed" if self.rows else "reading the log"))
        else:
            self._moved(lambda: self.window.goto(sorted(after or places, reverse=direction < 0)[0], margin=2))

    def action_open(self) -> None:
        """Show where the selected simulation went wrong, in its timeline."""
        row = self.rows[self.window.cursor] if self.window.cursor < len(self.rows) else Row()
        if row.place is None:
            self._moved(lambda: self.say("} goes to a failed simulation, enter opens it there"))
            return
        self.inspection.point(row.place)
        self.inspector.show_screen(TIMELINE)

    def action_back(self) -> None:
        """Go back to the timeline, where it was left."""
        self.inspector.show_screen(TIMELINE)

    def on_drawn_rows_picked(self, message: DrawnRows.Picked) -> None:
        """Select the row that was clicked; a second click opens it."""
        if message.widget.id == "rows":
            self._moved(lambda: self.window.goto(self.window.top + message.y))
            if message.twice:
                self.action_open()

    def on_drawn_rows_scrolled(self, message: DrawnRows.Scrolled) -> None:
        """Scroll with the wheel."""
        self._moved(lambda: self.window.scroll(message.rows))
