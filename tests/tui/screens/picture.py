"""A screen as text that can be kept and compared: what each cell shows, and how, in two themes.

The text stands there once for both themes, then the styles row by row: ``12a3b`` are twelve cells of style a and three
of style b, which the end of the file names. Such a file is a tenth of the SVG files of the same screens, and its
differences can be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from string import ascii_letters
from typing import Any

from rich.cells import cell_len

from tau2_tui.tui.app import InspectorApp

Cells = list[list[tuple[str, str]]]
"""By row, what each cell shows and its style; the second cell of a wide character is empty."""


def cells(app: InspectorApp) -> Cells:
    """Return what the screen shows."""
    strips: Any = app.screen._compositor.render_strips()
    return [[cell for text, style, _ in strip for cell in _cells(text, str(style))] for strip in strips]


def _cells(text: str, style: str) -> Iterator[tuple[str, str]]:
    for letter in text:
        width = cell_len(letter)
        if width:
            yield letter, style
            yield from (("", style),) * (width - 1)


def written(pictures: dict[str, tuple[Cells, Cells]]) -> str:
    """Return pictures by their size, each in a dark and a light theme, as a file."""
    letters: dict[tuple[str, str], str] = {}
    parts: list[str] = []
    for size, (dark, light) in pictures.items():
        text = [_text(row) for row in dark]
        assert text == [_text(row) for row in light], f"{size}: the themes do not say the same"
        styles = [_styles(rows, letters) for rows in zip(dark, light, strict=True)]
        parts += [f"== {size}", *text, "-- styles", *styles]
    names = [f"{letter} {dark} | {light}" for (dark, light), letter in letters.items()]
    return "\n".join([*parts, "== styles, dark | light", *names, ""])


def _text(row: list[tuple[str, str]]) -> str:
    return "".join(letter for letter, _ in row).rstrip()


def _styles(rows: tuple[list[tuple[str, str]], list[tuple[str, str]]], letters: dict[tuple[str, str], str]) -> str:
    pairs = [(one[1], other[1]) for one, other in zip(*rows, strict=True)]
    found = []
    for pair, same in groupby(pairs):
        letter = letters.setdefault(pair, ascii_letters[len(letters)])
        found.append(f"{len(list(same))}{letter}")
    return "".join(found)
