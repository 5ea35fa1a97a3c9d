"""The terminal, the inspector and the report say the same of a run's statistics, in the same words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tau2_tui.analysis.data.reading import read_run
from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.sections import section
from tau2_tui.analysis.sheets.behind import Records
from tau2_tui.analysis.sheets.making import sheet_of
from tau2_tui.analysis.sheets.sheet import Field, Remark, Sheet, Table
from tau2_tui.cli.page import Page
from tau2_tui.cli.statistics.drawing import lines_of
from tau2_tui.reports.document import Facts, Section
from tau2_tui.reports.document import Remark as ReportRemark
from tau2_tui.reports.document import Table as ReportTable
from tau2_tui.reports.places import Places
from tau2_tui.reports.sections.drawing import section_of
from tau2_tui.runlog import RunLog
from tau2_tui.tui.screens.sheet.layout import rows_of
from tau2_tui.tui.screens.statistics.sections import PANES, Pane
from tau2_tui.tui.screens.statistics.writing import write_sheet
from tests.tui.logs import airline


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    with RunLog.open(airline(tmp_path_factory.mktemp("log") / "run.jsonl"), index="now") as log:
        return read_run(log)


def _said(sheet: Sheet) -> Iterator[str]:
    """Yield everything that a sheet says but the marks and the plots."""
    for part in sheet.parts:
        yield part.title or sheet.title
        for item in part.items:
            if isinstance(item, Field):
                yield from (item.label, item.value.text, item.note)
            elif isinstance(item, Remark):
                yield item.text
            elif isinstance(item, Table):
                yield from (head.title for head in item.heads)
                yield from (cell.text for row in item.rows for cell in row.cells)


def _terminal(pane: Pane, sheet: Sheet, run: Run) -> str:
    return "\n".join(lines_of(sheet, Page(10_000, False, False), 0))


def _inspector(pane: Pane, sheet: Sheet, run: Run) -> str:
    return "\n".join("".join(run.text for run in row.runs) for row in rows_of(write_sheet(pane, run), 1_000))


def _report(pane: Pane, sheet: Sheet, run: Run) -> str:
    return "\n".join(_texts(section_of(sheet, "here", Places("r0", run, frozenset()))))


def _texts(found: Section) -> Iterator[str]:
    yield found.title
    for part in found.parts:
        yield part.title
        for block in part.blocks:
            if isinstance(block, Facts):
                yield from (text for fact in block.facts for text in (fact.label, fact.value.text, fact.note))
            elif isinstance(block, ReportRemark):
                yield block.text
            elif isinstance(block, ReportTable):
                yield from (head.title for head in block.heads)
                yield from (cell.text for row in block.rows for cell in row)


@pytest.mark.parametrize("reader", [_terminal, _inspector, _report])
@pytest.mark.parametrize("pane", PANES, ids=lambda pane: pane.section)
def test_nothing_is_lost_on_the_way_to_a_reader(
    pane: Pane, reader: Callable[[Pane, Sheet, Run], str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tau2_tui.cli.page._READABLE", 10_000)
    sheet = sheet_of(pane.section, section(pane.section, run), Records(run))
    shown = " ".join(reader(pane, sheet, run).split())
    said = {" ".join(text.split()) for text in _said(sheet)}
    assert len(said) > 3
    assert not {text for text in said if text not in shown}
