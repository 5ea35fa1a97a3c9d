"""The palette's rows."""

from __future__ import annotations

import pytest

from tau2_tui.tui.cells import width
from tau2_tui.tui.format.runs import Run, runs_width
from tau2_tui.tui.screens.palette.state import Command, PaletteState

COMMANDS = [
    Command("find", "search", lambda: None, "Search the text of the log", "/"),
    Command("find", "next hit", lambda: None, "Next hit of the search", "n"),
    Command("simulation", "7:0", lambda: None, "failed, user_stop", "#3", Run("✗ ", "error")),
]


def text(state: PaletteState, place: int, cells: int) -> str:
    return "".join(run.text for run in state.runs(place, cells))


def test_a_row_says_kind_name_what_it_does_and_the_keys_at_the_right_edge() -> None:
    row = text(PaletteState(COMMANDS), 0, 70)
    assert row.startswith("find        search  Search the text of the log") and row.endswith("  /")
    assert width(row) == 70


def test_on_a_narrow_screen_the_name_stays() -> None:
    state = PaletteState(COMMANDS)
    assert "search" in text(state, 0, 30) and "✗ 7:0" in text(state, 2, 24)


def test_what_is_typed_leaves_what_fits_and_less_typed_brings_the_rest_back() -> None:
    state = PaletteState(COMMANDS)
    state.look_for("hi")
    state.look_for("hit")
    first = state.command(0)
    assert first is not None and first.title == "next hit" and state.command(1) is None
    state.look_for("")
    assert len(state.found) == 3


def test_it_is_found_by_what_it_does_and_the_letters_are_marked() -> None:
    state = PaletteState(COMMANDS)
    state.look_for("7:0 fail")
    assert [one.item[0].title for one in state.found] == ["7:0"]
    assert Run("7:0", "match") in state.runs(0, 80)


@pytest.mark.parametrize("title", ["日本語" * 30, "e\u0301" * 40, "x" * 500, "❤️👨‍👩‍👧‍👦" * 9])
@pytest.mark.parametrize("cells", [5, 20, 80])
def test_no_row_is_wider_than_it_may_be(title: str, cells: int) -> None:
    state = PaletteState([Command("open", title, lambda: None, title, "keys")])
    state.look_for(title[:1])
    if cells >= 20:
        assert runs_width(state.runs(0, cells)) <= cells
    assert state.runs(0, cells)
