"""The screen of statistics."""

from __future__ import annotations

from tau2_tui.runlog.log import RunLog
from tau2_tui.tui.actions import STATISTICS
from tau2_tui.tui.inspection import Failed, Inspection
from tau2_tui.tui.screens.facts import run_of
from tau2_tui.tui.screens.sheet.items import Sheet
from tau2_tui.tui.screens.sheet.screen import SheetScreen
from tau2_tui.tui.screens.statistics.sections import PANES


class StatisticsScreen(SheetScreen):
    """The statistics of the first log; each pane is computed when it is looked at."""

    NAME = STATISTICS

    def __init__(self, inspection: Inspection) -> None:
        super().__init__(inspection, [pane.title for pane in PANES])
        self._run: object = None
        self._generation = 0

    @property
    def heading(self) -> str:
        """Number and name of the screen."""
        return "6 statistics"

    def find_sheet(self, pane: int) -> Sheet | Failed | None:
        """Return what stands on a pane, None while it is not known."""
        run = run_of(self)
        if run is None or isinstance(run, Failed):
            return run
        if run is not self._run:  # numbers of a log that has grown are others
            self._run = run
            self._generation += 1

        def write(log: RunLog) -> Sheet:
            from tau2_tui.tui.screens.statistics.writing import write_sheet

            return write_sheet(PANES[pane], run)

        found: Sheet | Failed | None = self.fact((STATISTICS, self._generation, PANES[pane].section), write)
        return found
