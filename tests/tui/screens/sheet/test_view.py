"""Sheets as rows: any width, numbers that are asked, and text that attacks the screen."""

from __future__ import annotations

from unicodedata import category

import pytest

from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.tui.cells import width as cells_of
from tau2_tui.tui.inspection import Place
from tau2_tui.tui.screens.sheet.items import Behind, Head, Sheet, Subject, Writer, line
from tau2_tui.tui.screens.sheet.layout import Row, rows_of
from tau2_tui.tui.screens.sheet.view import SheetView
from tests.tui.logs import HOSTILE

_PLACE = Place("sim-a", 7)


def _sheet(text: str = "book", lines: int = 3) -> Sheet:
    writer = Writer()
    writer.heading(f"Tools {text}", "tool_table")
    writer.field(f"error {text}", "12 %", f"2 to 30 % {text}", "overall_error_rate")
    writer.remark(text, text, "")
    heads = (Head("tool", shrinks=True), Head("calls", right=True), Head("nothing"), Head("note", shrinks=True))
    behind = Subject(events=(Behind("task 7, event 7", _PLACE),), more=3)
    writer.grid(heads, (line(f"{text} {n}", f"{n:,}", "", text, subject=behind) for n in range(lines)))
    writer.grid(heads, ())
    return writer.sheet()


def _text(row: Row) -> str:
    return "".join(run.text for run in row.runs)


def _find(view: SheetView, text: str) -> None:
    view.window.goto(next(place for place, row in enumerate(view.rows) if text in _text(row)))


def test_a_sheet_reads_from_top_to_bottom() -> None:
    text = [_text(row) for row in rows_of(_sheet(), 80)]
    assert text[0] == "Tools book"
    assert text[1] == "  error book           12 %  2 to 30 % book"
    assert text[2] == "  book" and text[3].split() == ["tool", "calls", "note"]
    assert [row.split() for row in text[4:]] == [["book", str(n), str(n), "book"] for n in range(3)]


@pytest.mark.parametrize("width", [1, 12, 18, 20, 40, 80, 300])
@pytest.mark.parametrize("text", HOSTILE)
def test_no_row_is_wider_than_the_screen_or_holds_control_characters(width: int, text: str) -> None:
    sheet = _sheet(text)
    rows = rows_of(sheet, width, {(number, place) for number in range(9) for place in range(3)})
    assert max(cells_of(_text(row)) for row in rows) <= width
    characters = set("".join(_text(row) for row in rows))
    assert not {one for one in characters if category(one) in ("Cc", "Cs") or one in "\u202e\u202c\u2066\u2069\u200b"}


def test_a_number_says_what_it_means_and_where_it_comes_from() -> None:
    view = SheetView()
    view.window.resize(20)
    view.show(_sheet(), 80)
    assert _text(view.rows[view.window.cursor]).startswith("  error book")  # the first number is selected
    _find(view, "book 1")
    before = len(view.rows)
    assert view.toggle() and view.unfolded
    assert _text(view.row).split()[:2] == ["book", "1"]
    told = "\n".join(_text(row) for row in view.rows if row.explains)
    meaning = view.sheet.explained["tool_table"] if view.sheet else None
    assert isinstance(meaning, Explanation) and meaning.question[:30] in told
    assert "formula" in told and "assumes" in told and "source" in told and "and 3 more" in told
    assert [row.place for row in view.rows if row.place] == [_PLACE]
    _find(view, "→ task 7")
    assert view.toggle() and not view.unfolded and len(view.rows) == before
    assert _text(view.row).split()[:2] == ["book", "1"]


def test_what_is_unfolded_comes_into_sight() -> None:
    view = SheetView()
    view.window.resize(12)
    view.show(_sheet(lines=30), 80)
    view.window.goto(view.window.last)
    view.toggle()
    shown = view.rows[view.window.top : view.window.top + view.window.height]
    assert any(row.place for row in shown) or _text(shown[0]).split()[:2] == ["book", "29"]


def test_another_width_keeps_the_number_under_the_cursor() -> None:
    view = SheetView()
    view.window.resize(10)
    view.show(_sheet(lines=30), 80)
    _find(view, "book 20")
    view.toggle()
    view.show(view.sheet, 30)
    assert _text(view.row).split()[:2] == ["book", "20"] and view.unfolded
    view.fold_all()
    assert _text(view.row).split()[:2] == ["book", "20"] and not view.unfolded


def test_a_long_grid_says_how_much_is_left_out() -> None:
    assert any("and 500 more" in _text(row) for row in rows_of(_sheet(lines=1500), 80))


def test_a_heading_that_does_not_fit_goes_on_in_the_next_row() -> None:
    writer = Writer()
    writer.heading("Where simulations first part from the reference in what explains it")
    writer.field("calls", "3")
    text = [_text(row) for row in rows_of(writer.sheet(), 40)]
    assert " ".join(" ".join(text[:2]).split()).endswith("in what explains it")


def test_tasks_with_long_names_can_be_told_apart() -> None:
    writer = Writer()
    names = [f"[issue]airplane_mode_on|{what}[PERSONA:None]" for what in ("bad_vpn", "data_mode_off", "no_signal")]
    writer.grid([Head("task", shrinks=True), Head("rate", right=True)], [line(name, "100 %") for name in names])
    rows = [_text(row) for row in rows_of(writer.sheet(), 40)]
    assert [row.split()[0] for row in rows[1:]] == ["bad_vpn", "data_mode_off", "no_signal"]


def test_a_long_title_above_numbers_is_cut_before_a_column_is_left_out() -> None:
    writer = Writer()
    titles = "before_all_the_changes", "after_all_of_the_changes", "difference"
    heads = Head("task", shrinks=True), *(Head(title, right=True) for title in titles)
    writer.grid(heads, [line("7", "0 of 4", "2 of 4", "▲ better +50 points")])
    narrow, wide = ([_text(row) for row in rows_of(writer.sheet(), width)] for width in (60, 100))
    assert ["…" in title for title in narrow[0].split()] == [False, True, True, False]
    assert narrow[1].split() == ["7", "0", "of", "4", "2", "of", "4", "▲", "better", "+50", "points"]
    assert wide[0].split() == ["task", *titles]


def test_a_number_without_an_explanation_says_so() -> None:
    writer = Writer()
    writer.field("calls", "3")
    view = SheetView()
    view.show(writer.sheet(), 60)
    view.toggle()
    assert "counted as it stands" in _text(view.rows[1])
