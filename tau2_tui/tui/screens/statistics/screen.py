"""The screen of statistics."""

from __future__ import annotations

from tau2_tui.tui.actions import STATISTICS
from tau2_tui.tui.inspection import Failed, Inspection
from tau2_tui.tui.screens.sheet.items import Sheet
from tau2_tui.tui.screens.sheet.screen import SheetScreen
from tau2_tui.tui.screens.statistics.sections import PANES
from tau2_tui.tui.study.answers import SHEET


class StatisticsScreen(SheetScreen):
    """The statistics of the first log; each pane is computed when it is looked at."""

    NAME = STATISTICS

    def __init__(self, inspection: Inspection) -> None:
        super().__init__(inspection, [pane.title for pane in PANES])

    @property
    def heading(self) -> str:
        """Number and name of the screen."""
        return "6 statistics"

    def find_sheet(self, pane: int) -> Sheet | Failed | None:
        """Return what stands on a pane, None while it is not known."""
        found: Sheet | Failed | None = self.asked(SHEET, PANES[pane].section)
        return found
