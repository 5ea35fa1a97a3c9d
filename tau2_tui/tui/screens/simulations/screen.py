"""The screen of simulations: a table to order, and to choose from."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from textual import on
from textual.app import ComposeResult

from tau2_tui.tui.actions import SIMULATIONS, TIMELINE
from tau2_tui.tui.format.runs import Run, cut_runs, one_line, runs_width
from tau2_tui.tui.inspection import Inspection, Place
from tau2_tui.tui.looks import SELECTED
from tau2_tui.tui.screens.main import failure_of
from tau2_tui.tui.screens.page import RowsScreen
from tau2_tui.tui.screens.simulations.state import TASK, new_table, read_rows
from tau2_tui.tui.told_apart import told_apart
from tau2_tui.tui.widgets.bar import Bar
from tau2_tui.tui.widgets.painting import Drawn, DrawnRows

ROWS = "simulations"
"""The fact that the table is made of."""

_TOLD_APART = 1_000
"""Rows whose tasks the selected one is told apart from in the title."""


class SimulationsScreen(RowsScreen):
    """One line a simulation."""

    NAME = SIMULATIONS
    CSS_PATH = "simulations.tcss"

    def __init__(self, inspection: Inspection) -> None:
        self.table = new_table()
        super().__init__(inspection, self.table.window)
        self._rows: Any = None

    def compose(self) -> ComposeResult:
        """Lay out the table between its title and the hints."""
        yield Bar(self._title, id="title")
        yield Bar(lambda width: self.table.header(width), id="header")
        yield DrawnRows(self._row, self._fit, id="rows")
        yield Bar(self.bottom_runs, id="bottom")

    def shown(self) -> None:
        """Take the rows, and select the simulation that was looked at."""
        self._take_rows()
        self._select_chosen()

    def fact_known(self, name: Hashable) -> None:
        """Take the rows that a worker has read."""
        self._take_rows()

    def log_grew(self) -> None:
        """Have the rows read again."""
        self._take_rows()

    def moved(self) -> None:
        """Let the other screens speak of the selected simulation."""
        row = self.table.selected
        if row is not None:
            self.inspection.simulation_id = row.counts.simulation_id

    def _take_rows(self) -> None:
        known = self.fact(ROWS, read_rows, partial=True)
        if known is self._rows:
            return
        first, self._rows = self._rows is None, known
        if isinstance(known, list):
            self.table.set_rows(known, lambda a, b: a.counts.simulation_id == b.counts.simulation_id)
            if first:
                self._select_chosen()

    def _select_chosen(self) -> None:
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
        tally = [Run(f"✓ {passed:,}  ", "success"), Run(f"✗ {failed:,}", "error")]
        room = width - runs_width([*left, *tally]) - 2
        return self.title_line([*left, *self._whole_name(width, room)], tally, width)

    def _whole_name(self, width: int, room: int) -> tuple[Run, ...]:
        """Return the task of the selected row, where there is not room for it in the row."""
        row = self.table.selected
        self.table.fit(width)
        if row is None or not self.table.is_cut(TASK, row):
            return ()
        number = f"  #{row.number} "
        names = told_apart((row.task for row in self.table.rows[:_TOLD_APART]), max(1, room - len(number)))
        return cut_runs((Run(number + names.get(row.task, row.task), "muted"),), max(1, room))

    def _fit(self, width: int, height: int) -> None:
        self.window.resize(height)

    def _row(self, y: int, width: int) -> Drawn:
        place = self.window.top + y
        if place >= len(self.table.rows):
            return (), ""
        return self.table.line(self.table.rows[place], width), SELECTED if place == self.window.cursor else ""

    # Keys and mouse

    def action_order(self, direction: int) -> None:
        """Order by another column."""
        self.do(lambda: self.say(f"ordered by {self.table.order_next(direction)}"))

    def _order_by(self, title: str) -> None:
        """Order by a column; the other way round when that orders already."""
        self.table.order_by(title, descending=title == self.table.ordered_by and not self.table.descending)
        self.say(f"ordered by {title}")

    def action_reverse(self) -> None:
        """Turn the order round."""
        self.do(self.table.reverse)

    def action_failed(self, direction: int) -> None:
        """Go to the next or previous failed simulation."""
        places = [place for place, row in enumerate(self.table.rows) if row.failed]
        self.go_among(places, direction, "no simulation failed" if self._rows is not None else "reading the log")

    def action_open(self) -> None:
        """Show the timeline of the selected simulation, a failed one at its end."""
        row = self.table.selected
        if row is not None:
            line = row.end_line if row.failed else None
            self.inspection.point(Place(row.counts.simulation_id, line))
            self.inspector.show_screen(TIMELINE)

    @on(DrawnRows.Picked)
    def _title_picked(self, message: DrawnRows.Picked) -> None:
        """Order by the column whose title was clicked."""
        title = self.table.title_at(message.x) if message.widget.id == "header" else None
        if title is not None:
            self.do(lambda: self._order_by(title))
