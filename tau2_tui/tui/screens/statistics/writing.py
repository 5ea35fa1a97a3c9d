"""A pane's sheet, computed and written: for a worker, importing what computes takes seconds."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.sections import section
from tau2_tui.tui.screens.sheet.items import Sheet, Writer
from tau2_tui.tui.screens.statistics.evidence import Evidence
from tau2_tui.tui.screens.statistics.sections import Pane


def write_sheet(pane: Pane, run: Run) -> Sheet:
    """Compute a pane's statistics and write them down."""
    module = importlib.import_module(f"tau2_tui.tui.screens.statistics.panes.{pane.module}")
    write: Callable[[dict[str, Any], Evidence, Writer], None] = getattr(module, pane.section)
    sheet = Writer()
    write(section(pane.section, run), Evidence(run), sheet)
    return sheet.sheet()
