"""A sheet as a section of a report."""

from __future__ import annotations

import pytest

from tau2_tui.analysis.data.records import Run, Simulation
from tau2_tui.analysis.sheets import plots
from tau2_tui.analysis.sheets.sheet import Cell
from tau2_tui.analysis.sheets.writer import SheetWriter, bar, number, row, words
from tau2_tui.reports.document import Facts, Plot, Remark, Table
from tau2_tui.reports.places import Places
from tau2_tui.reports.sections.drawing import section_of

PLACES = Places("r0", Run("run", simulations=(Simulation("a", 0, "t1"), Simulation("b", 1, "t1"))), frozenset({1}))


def _blocks(sheet: SheetWriter, places: Places | None = PLACES) -> list[object]:
    return [block for part in section_of(sheet.sheet(), "r0-tools", places).parts for block in part.blocks]


def test_symbols_and_names_lead_to_their_simulations() -> None:
    sheet = SheetWriter("Tasks")
    marks = Cell("✓", "passed", spoken="passed", simulation=0), Cell("✗", "failed", spoken="failed", simulation=1)
    sheet.table(
        (words("task"), number("passed")), [row("t1", bar(0.5, text="1 of 2"), marks=marks)], marks=("t0", "t1")
    )
    remark, table = _blocks(sheet)
    assert isinstance(remark, Remark) and isinstance(table, Table) and table.marks
    assert [head.title for head in table.heads] == ["task", "t0", "t1", "passed"]
    (cells,) = table.rows
    assert [cell.target for cell in cells] == ["", "r0-row0", "r0-s1", ""]
    assert cells[1].spoken == "passed" and cells[3].share == 0.5


def test_a_sheet_on_several_runs_leads_nowhere() -> None:
    sheet = SheetWriter("Comparison")
    sheet.table([words("task")], [row(Cell("t1", simulation=0))])
    (table,) = _blocks(sheet, None)
    assert isinstance(table, Table) and table.rows[0][0].target == ""


def test_long_texts_are_cut_and_the_rest_of_long_lists_is_counted() -> None:
    sheet = SheetWriter("Errors", "error_table")
    sheet.table((words("kind"), words("example")), [row(str(n), "x" * 400) for n in range(5)], most=3)
    sheet.field("error rate", "5 %", "of calls")
    table, facts = _blocks(sheet)
    assert isinstance(table, Table) and (len(table.rows), table.more) == (3, 2)
    assert len(table.rows[0][1].text) == 300 and table.rows[0][1].text.endswith("…")
    assert isinstance(facts, Facts) and facts.facts[0].about == ("error_table",)


_STEPS = ((1.0, 0.5), (2.0, 1.0))


@pytest.mark.parametrize(
    "plot",
    [
        plots.Bars("p", (("a", 1.0),), money=True),
        plots.Ranges("p", (("a", 0.5, 0.1, 0.9),)),
        plots.PassCurves("p", (("pass^k", ((1, 0.5, 0.1, 0.9), (2, 0.4, 0.1, 0.9))),)),
        plots.SharesBelow("p", (("any", _STEPS),), "seconds", fine=True),
        plots.Histogram("p", (0.0, 1.0, 2.0), (4, 1), lambda low, high: list),
        plots.Flow("p", ("<start>",), ("<end>",), ((1.0,),)),
        plots.Course("p", ((0.0, 1.0), (1.0, 0.0), (2.0, 1.0)), (), "hour", "success", share=True),
    ],
    ids=lambda plot: type(plot).__name__,
)
def test_every_plot_is_drawn(plot: plots.Plot) -> None:
    sheet = SheetWriter("Plots")
    sheet.plot(plot)
    sheet.plot(plot)
    first, second = _blocks(sheet)
    assert isinstance(first, Plot) and isinstance(second, Plot)
    assert first.svg.startswith("<svg") and "r0-tools-plot0" in first.svg and "r0-tools-plot1" in second.svg
