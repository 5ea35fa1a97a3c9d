"""Texts that take few rows."""

from __future__ import annotations

from collections.abc import Sequence

from tau2_tui.tui.format.runs import Run, TextLine, wrap


def short_rows(runs: Sequence[Run], width: int, most: int, indent: int = 2) -> list[tuple[Run, ...]]:
    """Return runs wrapped to at most so many rows, with an ellipsis where something is missing.

    Args:
        runs: what is said.
        width: cells.
        most: rows.
        indent: cells by which all rows but the first are indented.
    """
    return list(wrap(TextLine(tuple(run for run in runs if run.text), indent), width, most))
