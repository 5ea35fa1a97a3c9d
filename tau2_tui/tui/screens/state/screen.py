"""The screen of state changes: each of them, what they come to, and how the end differs from the reference's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tau2_tui.runlog.log import RunLog
from tau2_tui.tui.actions import STATE
from tau2_tui.tui.format.runs import Run, one_line
from tau2_tui.tui.format.values import count
from tau2_tui.tui.inspection import Inspection
from tau2_tui.tui.screens.main import failure_of
from tau2_tui.tui.screens.simulation_page import SimulationPage
from tau2_tui.tui.screens.state.reading import History, read_history
from tau2_tui.tui.screens.state.state import SIDE_BY_SIDE, Against, Layout, Row, rows_of, step_rows


class StateScreen(SimulationPage):
    """What one simulation changed."""

    NAME = STATE

    def __init__(self, inspection: Inspection) -> None:
        super().__init__(inspection)
        self.against = Against.STEP
        self.rows: list[Row] = []
        self.history: History | None = None
        self._beside: bool | None = None
        self._failure: str | None = None
        self._made_of: object = None

    @property
    def page_rows(self) -> Sequence[Row]:
        """The rows that there are now."""
        return self.rows

    def build(self, width: int) -> None:
        """Make the page about the chosen simulation."""
        ref = self.ref
        if ref is None:
            self._show([], None)
            return
        simulation = ref.simulation_id

        def read(log: RunLog) -> History:
            return read_history(log, simulation)

        history = self.fact(("state", simulation), read)
        self._failure = failure_of(history)
        if not isinstance(history, History):
            self._show([], None)
            return
        beside = width >= SIDE_BY_SIDE if self._beside is None else self._beside
        made_of = (history, self.against, width, beside)
        if made_of != self._made_of:
            another = self.history is None or self.history.simulation_id != simulation
            self.history = history
            self._show(rows_of(history, self.against, Layout(max(20, width), beside)), made_of)
            if another:
                self.window.goto(0)

    def _show(self, rows: list[Row], made_of: object) -> None:
        self._made_of = made_of
        self.rows = rows
        self.window.set_count(len(rows))

    def title_runs(self, width: int) -> tuple[Iterable[Run], Iterable[Run]]:
        """Return the simulation, and what its state is compared with."""
        left = self.name_runs("4 state", width)
        if self.ref is None:
            return left, []
        if self._failure is not None:
            left.append(Run(f"  {one_line(self._failure)}", "error"))
        elif self._made_of is None:
            left.append(Run("  reading …", "warning"))
        elif self.history is not None and self.history.looked:
            left.append(Run(f"  {count(len(self.history.steps), 'change')}", "muted"))
        return left, [Run(self.against.value, "strong")]

    # Keys

    def action_against(self, direction: int) -> None:
        """Compare the state with something else."""
        self.against = self.against.next(direction)
        self.window.goto(0)
        self.do(lambda: self.build(self._width))

    def action_beside(self) -> None:
        """Put old and new values beside each other, or under each other."""
        shown = self._width >= SIDE_BY_SIDE if self._beside is None else self._beside
        self._beside = not shown
        self.do(lambda: self.build(self._width))

    def action_change(self, direction: int) -> None:
        """Go to the next or previous change, or record."""
        self.go_among(step_rows(self.rows), direction, "nothing was changed")
