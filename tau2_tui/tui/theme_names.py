"""The names of the themes, apart from what they look like: the command line names them without loading any screen."""

from __future__ import annotations

THEME_NAMES = ("dark", "light", "contrast", "16", "16-light")
