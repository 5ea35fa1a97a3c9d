"""The inspector's themes: the terminal's own sixteen colours and background, so that any terminal's palette fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from textual.theme import BUILTIN_THEMES

DARK = replace(
    BUILTIN_THEMES["ansi-dark"],
    name="tau2-dark",
    primary="ansi_bright_blue",
    secondary="ansi_cyan",
    accent="ansi_magenta",
    warning="ansi_yellow",
    error="ansi_bright_red",
)
"""For a dark background: ANSI blue and red are too dark on black, their bright twins are not."""

LIGHT = replace(BUILTIN_THEMES["ansi-light"], name="tau2-light", accent="ansi_magenta", warning="ansi_red")
"""For a light background, on which yellow cannot be read."""

VARIABLE = "TAU2_TUI_THEME"
"""Environment variable that names the background, ``light`` or ``dark``, where the terminal does not."""


def theme_for(environment: Mapping[str, str]) -> str:
    """Return the name of the theme for a terminal: as the user says, else as ``COLORFGBG`` says, else dark."""
    named = {"light": LIGHT.name, "dark": DARK.name}.get(environment.get(VARIABLE, ""))
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return named or (LIGHT.name if background in ("7", "15") else DARK.name)
