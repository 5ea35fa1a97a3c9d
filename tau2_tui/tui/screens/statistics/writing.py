"""A pane's sheet, computed and written: for a worker, importing what computes takes seconds."""

from __future__ import annotations

from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.sections import section
from tau2_tui.analysis.sheets.behind import Records
from tau2_tui.analysis.sheets.making import sheet_of
from tau2_tui.tui.screens.sheet.drawing import write
from tau2_tui.tui.screens.sheet.items import Sheet, Writer
from tau2_tui.tui.screens.statistics.evidence import Evidence
from tau2_tui.tui.screens.statistics.sections import Pane


def write_sheet(pane: Pane, run: Run) -> Sheet:
    """Compute a pane's statistics and write them down."""
    records, writer = Records(run), Writer()
    write(sheet_of(pane.section, section(pane.section, run), records), Evidence(records).ask, writer)
    return writer.sheet()
