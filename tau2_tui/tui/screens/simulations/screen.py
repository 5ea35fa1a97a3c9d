"""The screen of simulations: a table to order, and to choose from."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from textual.app import ComposeResult

from tau2_tui.tui.actions import SIMULATIONS, TIMELINE, hints
from tau2_tui.tui.format.runs import Run, cut_runs, one_line
from tau2_tui.tui.inspection import Inspection, Place
from tau2_tui.tui.screens.hinting import hint_runs
from tau2_tui.tui.screens.main import MainScreen, failure_of
from tau2_tui.tui.screens.simulations.state import Row, new_table, read_rows
from tau2_tui.tui.widgets.bar import Bar
from tau2_tui.tui.widgets.painting import SELECTED, Drawn, DrawnRows

ROWS = "simulations"
"""The fact that the table is made of."""


class SimulationsScreen(MainScreen):
    """One line a simulation."""

    NAME = SIMULATIONS
    CSS_PATH = "simulations.tcss"

    def __init__(self, inspection: Inspection) -> None:
        super().__init__(inspection)
        self.table = new_table()
        self._rows: Any = None

    def compose(self) -> ComposeResult:
        """Lay out the table between its title and the hints."""
        yield Bar(self._title, id="title")
        yield Bar(lambda width: self.table.header(width), id="header")
        yield DrawnRows(self._row, self._fit, id="rows")
        yield Bar(self._bottom, id="bottom")

    def shown(self) -> None:
        """Take the rows, and select the simulation that was looked at."""
        self._take_rows()
        self.table.select(lambda row: row.counts.simulation_id == self.inspection.simulation_id)

    def fact_known(self, name: Hashable) -> None:
        """Take the rows that a worker has read."""
        self._take_rows()

    def log_grew(self) -> None:
        """Have the rows read again."""
        self._take_rows()

    def _take_rows(self) -> None:
        known = self.fact(ROWS, read_rows, partial=True)
        if known is self._rows:
            return
        first, self._rows = self._rows is None, known
        if isinstance(known, list):
            self.table.set_rows(known, lambda a, b: a.counts.simulation_id == b.counts.simulation_id)
            if first:
                self.table.select(lambda row: row.counts.simulation_id == self.inspection.simulation_id)

    # Drawing

    def _title(self, width: int) -> tuple[Run, ...]:
        rows = [row for row in self.table.rows if not row.counts.repeated]
        left = [Run("2 simulations", "heading")]
        failure = failure_of(self._rows)
        if failure is not None:
            left.append(Run(f"  {one_line(failure)}", "error"))
        else:
            left.append(Run("  reading the log …", "muted") if self._rows is None else Run(f"  {len(rows):,}"))
            if not self.inspection.source.complete:
                left.append(Run(f"  indexing {self.inspection.source.progress:.0%}", "warning"))
        passed, failed = sum(row.counts.passed for row in rows), sum(row.failed for row in rows)
        return self.title_line(left, [Run(f"✓ {passed:,}  ", "success"), Run(f"✗ {failed:,}", "error")], width)

    def _fit(self, width: int, height: int) -> None:
        self.table.window.resize(height)

    def _row(self, y: int, width: int) -> Drawn:
        place = self.table.window.top + y
        if place >= len(self.table.rows):
            return (), ""
        return self.table.line(self.table.rows[place], width), SELECTED if place == self.table.window.cursor else ""

    def _bottom(self, width: int) -> tuple[Run, ...]:
        if self.message:
            return cut_runs((Run(self.message, "message"),), width)
        return self.prompt_runs(width) or hint_runs(hints(SIMULATIONS), width)

    # Keys and mouse

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self._moved(lambda: self.table.window.move(rows))

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self._moved(lambda: self.table.window.page(pages))

    def action_first(self) -> None:
        """Go to the first row."""
        self._moved(lambda: self.table.window.goto(0))

    def action_last(self) -> None:
        """Go to the last row."""
        self._moved(lambda: self.table.window.goto(self.table.window.last))

    def action_order(self, direction: int) -> None:
        """Order by another column."""
        self._moved(lambda: self.say(f"ordered by {self.table.order_next(direction)}"))

    def _order_by(self, title: str) -> None:
        """Order by a column; the other way round when that orders already."""
        self.table.order_by(title, descending=title == self.table.ordered_by and not self.table.descending)
        self.say(f"ordered by {title}")

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._moved(self.table.reverse)

    def action_failed(self, direction: int) -> None:
        """Go to the next or previous failed simulation."""
        rows, at = self.table.rows, self.table.window.cursor
        places = [place for place, row in enumerate(rows) if row.failed]
        after = [place for place in places if (place - at) * direction > 0]
        if not places:
            self._moved(lambda: self.say("no simulation failed"))
        else:
            ordered = sorted(after or places, reverse=direction < 0)
            self._moved(lambda: self.table.window.goto(ordered[0], margin=2))

    def action_open(self) -> None:
        """Show the timeline of the selected simulation, a failed one at its end."""
        row = self.table.selected
        if row is not None:
            line = row.end_line if row.failed else None
            self.inspection.point(Place(row.counts.simulation_id, line))
            self.inspector.show_screen(TIMELINE)

    def action_back(self) -> None:
        """Go back to the timeline, where it was left."""
        self.inspector.show_screen(TIMELINE)

    def _moved(self, action: Any) -> None:
        self.key_pressed()
        action()
        row: Row | None = self.table.selected
        if row is not None:
            self.inspection.simulation_id = row.counts.simulation_id
        self.sync()

    def on_drawn_rows_picked(self, message: DrawnRows.Picked) -> None:
        """Select the row that was clicked, a second click opens it; order by the column whose title was clicked."""
        if message.widget.id == "header":
            title = self.table.title_at(message.x)
            if title is not None:
                self._moved(lambda: self._order_by(title))
        if message.widget.id == "rows" and self.table.window.top + message.y < len(self.table.rows):
            self._moved(lambda: self.table.window.goto(self.table.window.top + message.y))
            if message.twice:
                self.action_open()

    def on_drawn_rows_scrolled(self, message: DrawnRows.Scrolled) -> None:
        """Scroll with the wheel."""
        self._moved(lambda: self.table.window.scroll(message.rows))
