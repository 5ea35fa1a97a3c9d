from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.tui.cells import is_mark, width
from tau2_tui.tui.format.runs import (
    Run,
    TextLine,
    cut_runs,
    line,
    one_line,
    runs_width,
    safe,
    safe_lines,
    skip_cells,
    wrap,
)
from tau2_tui.tui.format.short import short_rows

words = st.lists(
    st.sampled_from(["a", "word", "日本語", "é", "👍🏽", " ", "  ", "averylongwordwithoutanyspace" * 3]), max_size=20
)
runs = st.lists(
    st.builds(Run, words.map(lambda parts: safe("".join(parts))), st.sampled_from(["text", "muted"])), max_size=4
)


def text_of(parts: tuple[Run, ...]) -> str:
    return "".join(run.text for run in parts)


@given(runs, st.integers(0, 60))
def test_cut_runs_fit_and_say_when_something_is_missing(parts: list[Run], cells: int) -> None:
    short = cut_runs(parts, cells)
    assert runs_width(short) <= cells
    whole = "".join(run.text for run in parts)
    assert text_of(short) == whole or cells == 0 or text_of(short).endswith("…")


@given(runs, st.integers(1, 60), st.integers(0, 30))
def test_wrapped_rows_fit_and_lose_nothing_but_spaces(parts: list[Run], cells: int, indent: int) -> None:
    source = TextLine(tuple(parts), indent)
    rows = list(wrap(source, cells))
    assert all(runs_width(row) <= max(2, cells) for row in rows)
    assert "".join(text_of(row) for row in rows).replace(" ", "") == source.text.replace(" ", "")


def test_words_stay_whole_and_later_rows_are_indented() -> None:
    rows = [text_of(row) for row in wrap(line("the user wants a refund", indent=2), 12)]
    assert rows == ["the user ", "  wants a ", "  refund"]


@given(runs, st.integers(1, 60))
def test_no_word_is_broken_that_a_row_has_room_for(parts: list[Run], cells: int) -> None:
    whole, at = TextLine(tuple(parts)).text, 0
    rows = [text_of(row) for row in wrap(TextLine(tuple(parts)), cells)]
    for row in rows[:-1]:
        at += len(row)
        if row.endswith(" ") or whole[at] == " ":
            at += whole[at] == " "
            continue
        begun = whole[:at].rpartition(" ")[2]
        blank_before = not row.removesuffix(begun).strip(" ")
        assert blank_before or width(begun + whole[at:].partition(" ")[0]) > cells


@pytest.mark.parametrize(
    ("parts", "rows"),
    [
        (['  "reservation_id": ', '"HATHAT_and_more"', ","], ['  "reservation_id": ', '    "HATHAT_and_more",']),
        (["see https://example.com/a/path?id=0123456789"], ["see https://example.com/", "    a/path?id=0123456789"]),
        (["a " + "x" * 30], ["a " + "x" * 22, "    " + "x" * 8]),
        (["    " + "x" * 24], ["    " + "x" * 20, "    " + "x" * 4]),
        (["two words "], ["two words "]),
    ],
)
def test_where_a_line_is_broken(parts: list[str], rows: list[str]) -> None:
    source = TextLine(tuple(Run(part, "key") for part in parts), 4)
    assert [text_of(row) for row in wrap(source, 24)] == rows


@given(runs, st.integers(1, 60), st.integers(1, 4), st.integers(0, 10))
def test_few_rows_are_the_first_ones_and_the_last_says_that_something_is_missing(
    parts: list[Run], cells: int, most: int, indent: int
) -> None:
    rows, every = short_rows(parts, cells, most, indent), list(wrap(TextLine(tuple(parts), indent), cells))
    assert rows[: most - 1] == every[: most - 1] and len(rows) == min(most, len(every))
    assert text_of(rows[-1]).endswith("…") if len(every) > most else rows == every


def test_the_last_of_few_rows_is_filled() -> None:
    said = Run('get_reservation_details(reservation_id="4OG6T3", reason="change of plan")')
    assert [text_of(row) for row in short_rows((said,), 30, 2)] == [
        "get_reservation_details(",
        '  reservation_id="4OG6T3", re…',
    ]


@given(
    st.lists(st.sampled_from(["a", "z" + "\u0337" * 11, " \u0301", "\u0301 ", "語"]), max_size=40), st.integers(1, 12)
)
def test_a_mark_stays_with_its_letter(parts: list[str], cells: int) -> None:
    rows = [text_of(row) for row in wrap(line(safe("".join(parts))), cells)]
    assert not [row for row in rows if is_mark(row[:1]) and row]


@given(runs, st.integers(0, 40))
def test_skipping_cells_removes_that_many(parts: list[Run], cells: int) -> None:
    whole = runs_width(parts)
    assert runs_width(skip_cells(parts, cells)) == max(0, whole - cells)


@pytest.mark.parametrize("function", [safe, one_line])
def test_untrusted_text_becomes_symbols(function: object) -> None:
    text = function("\x1b[31m\u202eab\u200b")  # type: ignore[operator]
    assert text == "␛[31m⟦RLO⟧ab⟦ZWSP⟧"


def test_a_long_text_says_how_much_is_left_out() -> None:
    assert safe("x" * 30_000).endswith("… 10,000 more characters")
    assert list(safe_lines("x" * 150_000))[-1].text.strip() == "… 50,000 more characters"


def test_one_line_collapses_white_space() -> None:
    assert one_line("a\n\n  b\tc") == "a b c"
