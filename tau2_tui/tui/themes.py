"""The inspector's themes, each in two versions: for terminals of 256 colours and for those of sixteen.

Only ``contrast`` has a background of its own; the others leave the terminal's. The colours for 256 are of the fixed
part of that palette, which no setting of a terminal changes, and are written in few bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from textual.theme import BUILTIN_THEMES, Theme

VARIABLE = "TAU2_TUI_THEME"
"""Environment variable that names the theme."""

_MANY_COLOURS = ("256color", "direct", "kitty", "alacritty", "ghostty", "wezterm", "foot")
"""What the names of terminals end with, or begin with, that have 256 colours and more."""

_FADED = {"muted-color": "ansi_default", "muted-style": "dim", "chosen-style": "reverse"}
"""Text of less weight where there is no colour for it."""

_DARK_16 = replace(
    BUILTIN_THEMES["ansi-dark"],
    name="tau2-dark-16",
    primary="ansi_bright_blue",
    secondary="ansi_cyan",
    accent="ansi_magenta",
    warning="ansi_yellow",
    error="ansi_bright_red",
    variables={**BUILTIN_THEMES["ansi-dark"].variables, **_FADED},
)
"""For a dark background: ANSI blue and red are too dark on black, their bright twins are not."""

_LIGHT_16 = replace(
    BUILTIN_THEMES["ansi-light"],
    name="tau2-light-16",
    accent="ansi_magenta",
    warning="ansi_red",
    variables={**BUILTIN_THEMES["ansi-light"].variables, **_FADED},
)
"""For a light background, on which yellow cannot be read."""

_DARK = replace(
    _DARK_16,
    name="tau2-dark",
    primary="#87afff",
    secondary="#5fd7d7",
    accent="#d787d7",
    warning="#ffd75f",
    error="#ff5f5f",
    success="#87d75f",
    variables={**_DARK_16.variables, "muted-color": "#949494", "muted-style": "none"},
)
_LIGHT = replace(
    _LIGHT_16,
    name="tau2-light",
    primary="#005fd7",
    secondary="#008787",
    accent="#af00af",
    warning="#af5f00",
    error="#d70000",
    success="#008700",
    variables={**_LIGHT_16.variables, "muted-color": "#6c6c6c", "muted-style": "none"},
)

_UNFADED = {"muted-style": "none", "chosen-style": "reverse bold"}
_CONTRAST_16 = replace(
    _DARK_16,
    name="tau2-contrast-16",
    primary="ansi_bright_cyan",
    secondary="ansi_bright_cyan",
    accent="ansi_bright_magenta",
    warning="ansi_bright_yellow",
    error="ansi_bright_red",
    success="ansi_bright_green",
    foreground="ansi_bright_white",
    background="ansi_black",
    variables={**_DARK_16.variables, **_UNFADED, "muted-color": "ansi_white"},
)
_CONTRAST = replace(
    _CONTRAST_16,
    name="tau2-contrast",
    primary="#87d7ff",
    secondary="#00ffff",
    accent="#ff87ff",
    warning="#ffff00",
    error="#ff8787",
    success="#87ff00",
    foreground="#ffffff",
    background="#000000",
    variables={**_CONTRAST_16.variables, "muted-color": "#dadada"},
)


class Choice(NamedTuple):
    """A theme to choose.

    Attributes:
        name: as the user names it.
        about: what it is for.
        many: with 256 colours.
        few: with sixteen.
    """

    name: str
    about: str
    many: Theme
    few: Theme

    def theme(self, environment: Mapping[str, str]) -> Theme:
        """Return the version for a terminal."""
        return self.many if has_many_colours(environment) else self.few


CHOICES = (
    Choice("dark", "for a dark background", _DARK, _DARK_16),
    Choice("light", "for a light background", _LIGHT, _LIGHT_16),
    Choice("contrast", "white on black, nothing faded", _CONTRAST, _CONTRAST_16),
    Choice("16", "the terminal's own sixteen colours, for a dark background", _DARK_16, _DARK_16),
    Choice("16-light", "the terminal's own sixteen colours, for a light background", _LIGHT_16, _LIGHT_16),
)
THEMES = (_DARK, _DARK_16, _LIGHT, _LIGHT_16, _CONTRAST, _CONTRAST_16)
"""All versions of all themes."""


def has_many_colours(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal has 256 colours or more, as ``TERM`` and ``COLORTERM`` say."""
    term = environment.get("TERM", "").lower()
    if term == "linux":
        return False  # whatever COLORTERM says, which outlives the terminal that set it
    known = term.endswith(_MANY_COLOURS) or term.removeprefix("xterm-").startswith(_MANY_COLOURS)
    return known or environment.get("COLORTERM", "").lower() in ("truecolor", "24bit")


def choice_named(name: str | None) -> Choice | None:
    """Return the theme of that name, None when there is none."""
    return next((choice for choice in CHOICES if choice.name == name), None)


def choose(environment: Mapping[str, str], asked: str | None = None, kept: str | None = None) -> Choice:
    """Return the theme to begin with.

    The first of these that is known decides: what is ``asked`` for, the environment, what was ``kept`` from the last
    time; else a theme for the background that ``COLORFGBG`` tells, a dark one when it does not.
    """
    for name in (asked, environment.get(VARIABLE), kept):
        found = choice_named(name)
        if found is not None:
            return found
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return CHOICES[1] if background in ("7", "15") else CHOICES[0]
