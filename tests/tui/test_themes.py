"""Which theme a terminal gets, and that sixteen colours are sixteen."""

from __future__ import annotations

import pytest

from tau2_tui.tui.theme_names import THEME_NAMES
from tau2_tui.tui.themes import CHOICES, THEMES, choose, has_many_colours


def test_the_names_of_the_command_line_are_those_of_the_themes() -> None:
    assert tuple(choice.name for choice in CHOICES) == THEME_NAMES


@pytest.mark.parametrize(
    ("environment", "many"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "tmux-256color"}, True),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "alacritty"}, True),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, True),
        ({"TERM": "xterm"}, False),
        ({"TERM": "screen"}, False),
        ({"TERM": "linux", "COLORTERM": "truecolor"}, False),
        ({}, False),
    ],
)
def test_the_terminal_says_how_many_colours_it_has(environment: dict[str, str], many: bool) -> None:
    assert has_many_colours(environment) is many


def test_what_is_asked_for_comes_before_the_environment_before_what_was_kept_before_the_background() -> None:
    light = {"COLORFGBG": "0;15"}
    assert choose({}).name == "dark" and choose(light).name == "light"
    assert choose(light, kept="contrast").name == "contrast"
    assert choose({**light, "TAU2_TUI_THEME": "16"}, kept="contrast").name == "16"
    assert choose({**light, "TAU2_TUI_THEME": "16"}, "dark", "contrast").name == "dark"
    assert choose({"TAU2_TUI_THEME": "no such"}, kept="no such either").name == "dark"


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.name)
def test_a_terminal_of_sixteen_colours_gets_no_others(choice: object) -> None:
    theme = choice.theme({"TERM": "xterm"})  # type: ignore[attr-defined]
    colours = [theme.primary, theme.secondary, theme.accent, theme.warning, theme.error, theme.success]
    colours += [theme.foreground, theme.background, theme.variables["muted-color"]]
    assert all(colour.startswith("ansi_") for colour in colours)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_theme_says_everything_that_the_style_sheet_asks_for(theme: object) -> None:
    assert {"muted-color", "muted-style", "chosen-style"} <= theme.variables.keys()  # type: ignore[attr-defined]
