"""Runs against each other, on the tasks that they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tau2_tui.analysis.comparison.compare_many import ManyRuns, compare_many
from tau2_tui.analysis.comparison.further import Further, further
from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.sheets import comparison as sheets
from tau2_tui.analysis.sheets.writer import SheetWriter
from tau2_tui.reports.document import Section
from tau2_tui.reports.sections.drawing import section_of


@dataclass(frozen=True)
class Compared:
    """Runs in comparison.

    Attributes:
        many: every pair of them, and all at once.
        further: what else two runs say; None for more.
    """

    many: ManyRuns
    further: Further | None = None


def compared(runs: Sequence[Run], level: float) -> Compared:
    """Compare two or more runs."""
    many = compare_many(runs, level=level)
    return Compared(many, further(*runs, level=level) if len(runs) == 2 else None)


def comparison(found: Compared) -> Section:
    """Return every pair of runs, and the tasks that tell them apart."""
    sheet = SheetWriter("Comparison", "compare_many")
    sheets.write_several(found.many, sheet)
    for one in found.many.comparisons:
        sheet.part(sheets.title(one), "compare")
        if found.further is not None:
            sheets.write_pair(one, found.further, one.differing, sheet)
            continue
        sheets.write_counts(one, sheet)
        sheets.write_common(one, sheet)
        sheets.write_left_out(one, sheet)
        sheets.write_tasks(one.differing, (sheets.short(one.label_a), sheets.short(one.label_b)), sheet)
    return section_of(sheet.sheet(), "comparison", None)
