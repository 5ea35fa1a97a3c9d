"""A single line, such as the status line."""

from __future__ import annotations

from collections.abc import Callable

from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.widgets.painting import Drawn, DrawnRows


class Bar(DrawnRows):
    """One line of runs, from a function of its width."""

    DEFAULT_CSS = "Bar { height: 1; }"

    def __init__(self, runs: Callable[[int], tuple[Run, ...]], *, id: str | None = None) -> None:
        super().__init__(self._row, id=id)
        self._runs = runs

    def _row(self, y: int, width: int) -> Drawn:
        return self._runs(width), ""
