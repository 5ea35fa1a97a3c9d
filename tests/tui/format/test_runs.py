from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
