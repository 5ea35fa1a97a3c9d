from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tau2_tui.safe_text import visible
from tau2_tui.tui.cells import clusters, cut, cut_middle, fit, is_plain, normal, take, width

texts = st.text(max_size=60) | st.text("aé日❤\ufe0f\u200d👍🏽\u0301\u0337 🇩", max_size=40)


def shown(text: str) -> str:
    return normal(visible(text))


@given(texts)
def test_width_is_the_sum_of_the_clusters_and_agrees_with_what_textual_measures(text: str) -> None:
    drawn = shown(text)
    assert "".join(cluster for cluster, _ in clusters(drawn)) == drawn
    assert width(drawn) == sum(cell_len(cluster) for cluster, _ in clusters(drawn))
    assert all(size in (1, 2) for _, size in clusters(drawn))


@given(texts, st.integers(-2, 50))
def test_what_is_cut_fits_and_is_a_start_of_the_text(text: str, cells: int) -> None:
    drawn = shown(text)
    short = cut(drawn, cells)
    assert width(short) <= max(0, cells)
    assert short == drawn or not short or short.endswith("…")
    assert drawn.startswith(take(drawn, cells))


@given(texts, st.integers(0, 40))
def test_fit_fills_exactly_the_cells_asked_for(text: str, cells: int) -> None:
    assert width(fit(shown(text), cells)) == cells


@given(texts, st.integers(0, 40))
def test_cut_in_the_middle_fits(text: str, cells: int) -> None:
    assert width(cut_middle(shown(text), cells)) <= cells


def test_cut_keeps_both_ends_of_a_long_name() -> None:
    assert cut_middle("[mobile_data_issue]bad_vpn", 11) == "[mobi…d_vpn"


@pytest.mark.parametrize(("text", "cells"), [("e\u0301a", 2), ("日本", 4), ("👨‍👩‍👧", 2), ("❤️", 2), ("\u0301", 1)])
def test_width_of_clusters(text: str, cells: int) -> None:
    assert width(normal(text)) == cells


def test_a_stack_of_marks_is_bounded() -> None:
    assert len(normal("z" + "\u0337" * 1000)) < 20


def test_cutting_looks_only_at_the_start_of_a_long_text() -> None:
    class Counted(str):
        """A text that refuses to be read whole."""

        def __len__(self) -> int:
            return 1 << 40

    assert cut(Counted("x" * 2_000), 10) == "xxxxxxxxx…"


@given(st.lists(st.sampled_from(["👨", "\u200d", "\u0301", "a", "❤", "\ufe0f"]), min_size=10, max_size=40))
def test_no_cluster_ends_with_a_joiner_that_would_swallow_what_follows(parts: list[str]) -> None:
    drawn = shown("".join(parts))
    assert not any(cluster.endswith("\u200d") for cluster, _ in clusters(drawn))
    assert width(drawn + "abc") == width(drawn) + 3
    assert cell_len(drawn + "abc") == width(drawn) + 3


def test_plain_characters_are_one_cell_wide_and_their_own_cluster() -> None:
    plain = [chr(code) for code in range(0x3000) if is_plain(chr(code))]
    assert {cell_len(character) for character in plain} == {1}
    assert {"é", "…", "→", "─", "✓"} <= set(plain)
    assert not {"\x1b", "\n", "\xad", "\u0301", "\u200d", "日"} & set(plain)


def test_what_a_long_text_is_made_of_is_not_kept() -> None:
    text = "ae\u0301" * 200_000
    tracemalloc.start()
    try:
        assert width(text) == 400_000 and normal(text) == text
        assert tracemalloc.get_traced_memory()[0] < 1 << 20
    finally:
        tracemalloc.stop()


@given(st.integers(1, 30))
def test_taking_does_not_tear_a_stack_of_marks(cells: int) -> None:
    stack = normal("z" + "\u0337" * 40)
    assert take(stack * 40, cells) == stack * cells


def test_taking_does_not_tear_a_mark_from_its_letter() -> None:
    assert take("ae\u0301b", 2) == "ae\u0301"
    assert take("日本語", 3) == "日"
    assert take("日a本", 3) == "日a"
