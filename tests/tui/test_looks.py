"""How each kind of text looks in the themes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from rich.style import Style

import tau2_tui.tui
from tau2_tui.tui.looks import LOOKS, style_of
from tau2_tui.tui.themes import THEMES

_VARIABLES = {"primary": "#5f87ff", "muted-color": "ansi_default", "muted-style": "dim", "chosen-style": "reverse"}


def test_colour_and_attributes_are_added_to_those_of_all_text() -> None:
    base = Style.parse("white on black")
    assert style_of("number", base, _VARIABLES) == Style.parse("#5f87ff on black")
    assert style_of("muted", base, _VARIABLES) == Style.parse("dim default on black")
    assert style_of("strong", base, _VARIABLES) == Style.parse("bold white on black")
    assert style_of("selected", base, _VARIABLES) == Style.parse("reverse white on black")
    assert style_of("text", base, _VARIABLES) == base


def test_what_a_theme_does_not_name_is_drawn_as_all_text() -> None:
    assert style_of("number", Style.parse("white"), {}) == Style.parse("white")


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_theme_has_a_colour_for_every_look(theme: object) -> None:
    known = {**vars(theme), **vars(theme)["variables"]}
    for look in LOOKS.values():
        assert not look.colour or known[look.colour]
        assert not look.style.startswith("$") or known[look.style[1:]]


def test_every_run_that_the_screens_write_has_a_look() -> None:
    named = set()
    for path in Path(tau2_tui.tui.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Run" and len(node.args) == 2:
                named |= {part.value for part in ast.walk(node.args[1]) if isinstance(part, ast.Constant)}
    assert {"muted", "error", "key"} <= named
    assert {name for name in named if isinstance(name, str) and name} <= set(LOOKS)
