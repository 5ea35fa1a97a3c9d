"""The palette's rows."""

from __future__ import annotations

import pytest

from tau2_tui.tui.cells import width
from tau2_tui.tui.format.runs import Run, runs_width
from tau2_tui.tui.screens.palette import state as state_module
from tau2_tui.tui.screens.palette.state import Command, Later, PaletteState

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
    assert state.left == 3


def test_it_is_found_by_what_it_does_and_the_letters_are_marked() -> None:
    state = PaletteState(COMMANDS)
    state.look_for("7:0 fail")
    assert state.left == 1 and state.command(0) is COMMANDS[2]
    assert Run("7:0", "match") in state.runs(0, 80)


def many(count: int, made: list[int]) -> Later:
    """Return commands that note which of them were made."""

    def make(place: int) -> Command:
        made.append(place)
        return Command("simulation", f"{place}:0", lambda: None, "passed", f"#{place + 1}")

    return Later("simulation", count, make)


def test_of_thousands_only_those_are_made_that_are_drawn() -> None:
    made: list[int] = []
    state = PaletteState(COMMANDS, many(20_000, made))
    assert state.left == 20_003 and made == []
    assert "0:0" in text(state, 3, 80) and "search" in text(state, 0, 80) and made == [0]


def test_thousands_are_looked_at_in_turns_and_the_order_is_that_of_one_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    state = PaletteState(COMMANDS, many(3_000, made))
    state.look_for("7:0")
    assert not state.finished and len(made) <= state_module._TURN
    assert state.command(0) is COMMANDS[2]  # what is found is there at once
    turns = 0
    while not state.finished:
        made.clear()
        state.go_on()
        turns += 1
        assert len(made) <= state_module._TURN
    whole = [state.command(row) for row in range(state.left)]
    assert turns > 5 and len(whole) > 300
    monkeypatch.setattr(state_module, "_TURN", 1 << 20)
    at_once = PaletteState(COMMANDS, many(3_000, []))
    at_once.look_for("7:0")
    assert at_once.finished
    assert [at_once.command(row).title for row in range(at_once.left)] == [one.title for one in whole if one]  # type: ignore[union-attr]


def test_more_letters_are_looked_for_in_what_was_found_and_only_when_that_is_all() -> None:
    state = PaletteState(COMMANDS, many(3_000, []))
    state.look_for("29")
    state.look_for("2999")
    while not state.finished:
        state.go_on()
    last = state.command(0)
    assert last is not None and last.title == "2999:0"
    state.look_for("2999:")
    assert state.finished and state.left == 1


@pytest.mark.parametrize("title", ["日本語" * 30, "e\u0301" * 40, "x" * 500, "❤️👨‍👩‍👧‍👦" * 9])
@pytest.mark.parametrize("cells", [5, 20, 80])
def test_no_row_is_wider_than_it_may_be(title: str, cells: int) -> None:
    state = PaletteState([Command("open", title, lambda: None, title, "keys")])
    state.look_for(title[:1])
    if cells >= 20:
        assert runs_width(state.runs(0, cells)) <= cells
    assert state.runs(0, cells)
