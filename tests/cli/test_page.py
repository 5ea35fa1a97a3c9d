from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tau2_tui.cli.page import Page, cells_of, cut, pad, wrap
from tau2_tui.cli.table import Cell, Column, table
from tau2_tui.safe_text import visible

texts = st.text("ab c日本é🙂-", max_size=60) | st.text(max_size=40).map(visible)


@given(st.text("ab c日本é🙂\n", max_size=120), st.integers(8, 40))
def test_wrapped_lines_fit_and_nothing_is_lost(text: str, width: int) -> None:
    lines = list(wrap(text, width))
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert len(lines) >= text.count("\n") + 1


def test_words_stay_whole_and_the_start_of_a_line_keeps_its_place() -> None:
    assert list(wrap("  one two three", 9)) == ["  one two", "three"]
    assert list(wrap("a\n\nb", 9)) == ["a", "", "b"]
    assert list(wrap("abcdefghijkl mn", 8)) == ["abcdefgh", "ijkl mn"]


@given(texts, st.integers(1, 30), st.booleans())
def test_a_cut_text_fits_and_says_that_it_was_cut(text: str, width: int, keep_end: bool) -> None:
    short = cut(text, width, keep_end=keep_end)
    assert cell_len(short) <= width
    if cell_len(text) <= width:
        assert short == text
    elif keep_end:
        assert short.startswith("…") and text.endswith(short[1:])
    else:
        assert short.endswith("…")
    assert cells_of(pad(short, 40)) == 40 and pad(short, 40, right=True).endswith(short)


@given(st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=5), st.integers(30, 80))
def test_a_table_fits_a_terminal_and_a_pipe_gets_all_of_it(rows: list[tuple[str, str, str]], width: int) -> None:
    columns = [Column("one", shrinks=True), Column("two", True, drops=1), Column("three", shrinks=True, keeps_end=True)]
    cells = [[Cell(" ".join(text.split())) for text in row] for row in rows]
    lines = list(table(columns, cells, Page(width, True, False)))
    assert len(lines) == len(rows) + 1 and all(cell_len(line) <= width for line in lines)
    piped = list(table(columns, cells, Page(width, False, False)))
    assert all(cell.text in line for row, line in zip(cells, piped[1:], strict=True) for cell in row)
