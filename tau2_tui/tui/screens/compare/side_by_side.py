"""The rows of two simulations side by side. No Textual."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

from tau2_tui.tui.cells import cut, fit
from tau2_tui.tui.format.runs import Run, TextLine, cut_runs, one_line, runs_width, wrap
from tau2_tui.tui.inspection import Place
from tau2_tui.tui.screens.compare.reading import Beside, Side, Step, same
from tau2_tui.tui.screens.sheet.layout import Row

_BESIDE_FROM = 60
"""Cells from which on they stand beside each other; under each other below."""

_MOST_ROWS = 6
"""Rows of one step."""

_BAR, _UNEQUAL = " │ ", " ≠ "
_TOKENS = {"assistant": "agent", "user": "user"}
_OUTCOMES = {True: Run("✓ passed", "success"), False: Run("✗ failed", "error"), None: Run("? no reward", "warning")}


def rows_beside(found: Beside, width: int) -> list[Row]:
    """Return two simulations in so many cells, with a line where they part."""
    cells = max(12, width)
    half = (cells - len(_BAR)) // 2 if cells >= _BESIDE_FROM else 0
    rows = _heads(found, half)
    for place, (left, right) in enumerate(found.pairs):
        if place == found.parts:
            rows.append(Row(_rule("here they part", cells)))
        rows += _joined(left, right, half, found) if half else _stacked(left, right, cells, found)
    if found.parts is None:
        rows.append(Row(_rule("they do the same to the end", cells)))
    return [replace(row, runs=cut_runs(row.runs, max(1, width))) for row in rows]


def parting(rows: list[Row]) -> int:
    """Return the place of the line where they part, 0 when there is none."""
    return next((place for place, row in enumerate(rows) if any(run.token == "match" for run in row.runs)), 0)


def _heads(found: Beside, half: int) -> list[Row]:
    left, right = _head("first log", found.left), _head("other log", found.right)
    if half:
        return [Row((*_fitted(left, half), Run(_BAR, "muted"), *cut_runs(right, half)))]
    return [Row(left), Row(right)]


def _head(name: str, side: Side) -> tuple[Run, ...]:
    trial = "" if side.trial is None else f" trial {side.trial}"
    return Run(f"{name}{trial}  ", "heading"), _OUTCOMES[side.success]


def _rule(words: str, cells: int) -> tuple[Run, ...]:
    text = cut(f"── {words} ", cells)
    return Run(text, "match"), Run("─" * max(0, cells - len(text)), "muted")


def _fitted(runs: tuple[Run, ...], cells: int) -> tuple[Run, ...]:
    kept = cut_runs(runs, cells)
    return (*kept, Run(" " * (cells - runs_width(kept))))


def _joined(left: Step | None, right: Step | None, half: int, found: Beside) -> Iterator[Row]:
    place = None if left is None else Place(found.left.simulation_id, left.line)
    bar = Run(_BAR, "muted") if same(left, right) else Run(_UNEQUAL, "warning")
    for one, other in zip_longest(_wrapped(left, half), _wrapped(right, half), fillvalue=()):
        yield Row((*_fitted(one, half), bar, *other), place=place)
        bar = Run(_BAR, "muted")


def _stacked(left: Step | None, right: Step | None, cells: int, found: Beside) -> Iterator[Row]:
    for number, step in ((1, left), (2, right)):
        place = Place(found.left.simulation_id, step.line) if step is not None and number == 1 else None
        for runs in _wrapped(step, cells - 2):
            yield Row((Run(f"{number} ", "muted"), *runs), place=place)


def _wrapped(step: Step | None, cells: int) -> list[tuple[Run, ...]]:
    if step is None:
        return []
    token = _TOKENS.get(step.who, "tool")
    name = {"assistant": "agent"}.get(step.who, one_line(step.who, 12))
    if step.called:
        mark = Run("✗ ", "error") if step.failed else Run("✓ ", "success")
        line = TextLine((Run(fit(name, 6) + " ", token), mark, Run(step.text, "tool")), min(7, cells // 3))
    else:
        line = TextLine((Run(fit(name, 6) + " ", token), Run(step.text)), min(7, cells // 3))
    rows = list(wrap(line, cells))
    if len(rows) > _MOST_ROWS:
        rows[_MOST_ROWS - 1 :] = [cut_runs((*rows[_MOST_ROWS - 1], Run(" …", "muted")), cells)]
    return rows
