"""The hint line: which hints there is room for, and which one is under the mouse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tau2_tui.tui.cells import width
from tau2_tui.tui.format.runs import Run

_GAP = "  "
_LIST = "?"
"""The key that lists all keys: whatever else there is no room for, that one is hinted at."""


class _Hint(NamedTuple):
    """A hint in the line.

    Attributes:
        place: which of the hints.
        start: its first column.
        key: the key.
        label: what it does.
    """

    place: int
    start: int
    key: str
    label: str

    @property
    def end(self) -> int:
        """The column after its last one."""
        return self.start + _cells(self.key, self.label)


def hint_runs(pairs: Iterable[tuple[str, str]], cells: int) -> tuple[Run, ...]:
    """Return as many hints as fit whole."""
    runs: list[Run] = []
    for hint in _placed(pairs, cells):
        runs += [Run(f"{_GAP if runs else ''}{hint.key}", "key"), Run(f" {hint.label}", "muted")]
    return tuple(runs)


def hint_at(pairs: Iterable[tuple[str, str]], cells: int, x: int) -> int | None:
    """Return the number of the hint in a column of the line, None when there is none."""
    return next((hint.place for hint in _placed(pairs, cells) if hint.start <= x < hint.end), None)


def _cells(key: str, label: str) -> int:
    return width(key) + 1 + width(label)


def _placed(pairs: Iterable[tuple[str, str]], cells: int) -> Iterator[_Hint]:
    hints = list(pairs)
    last = next((place for place, (key, _) in enumerate(hints) if key == _LIST), -1)
    start, full = 0, False
    for place, (key, label) in enumerate(hints):
        room = cells - (_cells(*hints[last]) + len(_GAP) if place < last else 0)
        full = full or start + _cells(key, label) > room
        if full and place != last:
            continue
        if start + _cells(key, label) > cells:
            return
        yield _Hint(place, start, key, label)
        start += _cells(key, label) + len(_GAP)
