"""The hint line: which hints there is room for, and which one is under the mouse."""

from __future__ import annotations

from collections.abc import Iterable

from tau2_tui.tui.cells import width
from tau2_tui.tui.format.runs import Run

_GAP = "  "


def hint_runs(pairs: Iterable[tuple[str, str]], cells: int) -> tuple[Run, ...]:
    """Return as many hints as fit whole."""
    runs: list[Run] = []
    for _, key, label in _placed(pairs, cells):
        runs += [Run(f"{_GAP if runs else ''}{key}", "key"), Run(f" {label}", "muted")]
    return tuple(runs)


def hint_at(pairs: Iterable[tuple[str, str]], cells: int, x: int) -> int | None:
    """Return the number of the hint in a column of the line, None when there is none."""
    places = _placed(pairs, cells)
    return next(
        (place for place, (start, key, label) in enumerate(places) if start <= x < start + _cells(key, label)), None
    )


def _cells(key: str, label: str) -> int:
    return width(key) + 1 + width(label)


def _placed(pairs: Iterable[tuple[str, str]], cells: int) -> list[tuple[int, str, str]]:
    placed: list[tuple[int, str, str]] = []
    start = 0
    for key, label in pairs:
        if start + _cells(key, label) > cells:
            break
        placed.append((start, key, label))
        start += _cells(key, label) + len(_GAP)
    return placed
