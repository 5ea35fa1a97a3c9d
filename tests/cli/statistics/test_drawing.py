"""A sheet on a page: what goes first where there is no room, and which drawings characters can show."""

from __future__ import annotations

import re

from tau2_tui.analysis.sheets.plots import Bars, PassCurves, SharesBelow
from tau2_tui.analysis.sheets.sheet import Cell, Head, Sheet
from tau2_tui.analysis.sheets.writer import SheetWriter, bar, note, number, row, words
from tau2_tui.cli.page import Page
from tau2_tui.cli.statistics.drawing import lines_of

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def _page(width: int, *, terminal: bool = True) -> Page:
    return Page(width, terminal, False)


def _tools(rows: int = 2) -> Sheet:
    sheet = SheetWriter("Tools")
    heads = words("tool"), number("calls", 80), number("share", 30), Head("interval", 70), words("note", 10)
    sheet.table(
        heads, (row(f"a_tool_with_a_name_{n}", "12", bar(0.5), "10 to 90 %", "one task only") for n in range(rows))
    )
    sheet.field("error rate", "5 %", "of calls")
    return sheet.sheet()


def _columns(width: int) -> list[str]:
    return list(lines_of(_tools(), _page(width), 0))[2].split()


def test_the_least_important_columns_go_first() -> None:
    assert _columns(100) == ["tool", "calls", "share", "interval", "note"]
    assert "██████" in "\n".join(lines_of(_tools(), _page(100), 0))
    assert _columns(60) == ["tool", "calls", "share", "interval"]
    assert _columns(36) == ["tool", "calls", "interval"]
    assert _columns(26) == ["tool", "calls"]


def test_notes_without_room_stand_under_their_rows() -> None:
    sheet = SheetWriter("Tools")
    rows = [row("one_tool", "12", "1 of 12 calls failed, all in task 8"), row("another_tool", "3", "")]
    sheet.table((words("tool"), number("calls", 80), note()), rows)
    assert [line.strip() for line in list(lines_of(sheet.sheet(), _page(33), 0))[2:]] == [
        "tool          calls",
        "one_tool         12",
        "1 of 12 calls failed, all in",
        "task 8",
        "another_tool      3",
    ]
    assert "12  1 of 12 calls failed" in "\n".join(lines_of(sheet.sheet(), _page(80), 0))


def test_in_a_pipe_nothing_is_left_out() -> None:
    text = "\n".join(lines_of(_tools(), _page(20, terminal=False), 0))
    assert "a_tool_with_a_name_1     12   50 %  ██████  10 to 90 %  one task only" in text


def test_of_many_rows_the_rest_is_counted() -> None:
    text = "\n".join(lines_of(_tools(30), _page(100), 12))
    assert "… and 18 more (--all shows them)" in text and "name_11 " in text and "name_12" not in text
    assert "error rate          5 % (of calls)" in text


def test_the_sheet_names_a_part_that_has_no_name() -> None:
    sheet = SheetWriter("Time")
    sheet.remark("first")
    sheet.part("Steps")
    sheet.remark("second")
    assert list(lines_of(sheet.sheet(), _page(80), 0)) == ["", "Time", "  first", "", "Steps", "  second"]


def test_marks_stand_behind_the_name_and_carry_their_colour() -> None:
    sheet = SheetWriter("Tasks")
    marks = (Cell("✓", "passed"), Cell("✗", "failed"))
    sheet.table((words("task"), number("passed")), [row("t1", "1 of 2", marks=marks)], marks=("t0", "t1"))
    lines = list(lines_of(sheet.sheet(), Page(80, True, True), 0))
    assert COLOURS.sub("", lines[3]).split() == ["t1", "✓", "✗", "1", "of", "2"]
    assert "\x1b[32m✓" in lines[3] and "\x1b[31m✗" in lines[3]


def test_only_plots_that_characters_can_show_are_drawn() -> None:
    points = tuple((k, 0.5, 0.2, 0.8) for k in range(1, 5))
    steps = ((1.0, 0.2), (2.0, 1.0))
    drawn = {}
    for plot in (
        Bars("bars", (("a", 1.0),)),
        PassCurves("pass, with intervals", (("pass^k", points), ("pass@k", ()))),
        SharesBelow("ended", (("any", steps),), "messages"),
        SharesBelow("waits", (("any", steps),), "seconds", fine=True),
    ):
        sheet = SheetWriter("Plots")
        sheet.plot(plot)
        drawn[plot.title] = len(list(lines_of(sheet.sheet(), _page(80), 0))) > 2
    assert drawn == {"bars": False, "pass, with intervals": True, "ended": True, "waits": False}
