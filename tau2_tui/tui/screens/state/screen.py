"""The screen of state changes: each of them, what they come to, and how the end differs from the reference's."""

from __future__ import annotations

from collections.abc import Iterable

from tau2_tui.runlog.log import RunLog
from tau2_tui.tui.actions import STATE
from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.format.values import count
from tau2_tui.tui.inspection import Inspection
from tau2_tui.tui.screens.simulation_page import SimulationPage
from tau2_tui.tui.screens.state.reading import History, read_history
from tau2_tui.tui.screens.state.state import SIDE_BY_SIDE, Against, Layout, Row, rows_of, step_rows


class StateScreen(SimulationPage[Row]):
    """What one simulation changed."""

    NAME = STATE
    BESIDE_FROM = SIDE_BY_SIDE

    def __init__(self, inspection: Inspection) -> None:
        super().__init__(inspection)
        self.against = Against.STEP
        self.history: History | None = None

    def build(self, width: int) -> None:
        """Make the page about the chosen simulation."""
        history = self._find()
        if history is None:
            self.show_rows([], None)
            return
        beside = self.is_beside(width)
        made_of = (history, self.against, width, beside)
        if made_of != self._made_of:
            another = self.history is None or self.history.simulation_id != history.simulation_id
            self.history = history
            self.show_rows(rows_of(history, self.against, Layout(max(20, width), beside)), made_of)
            if another:
                self.window.goto(0)

    def _find(self) -> History | None:
        """Return what is known of the chosen simulation, and have workers find it out."""
        ref = self.ref
        if ref is None:
            return None
        simulation = ref.simulation_id

        def read(log: RunLog) -> History:
            return read_history(log, simulation)

        name = ("state", simulation)
        found = self.found(name, lambda: self.fact(name, read))
        return found if isinstance(found, History) else None

    def title_runs(self, width: int) -> tuple[Iterable[Run], Iterable[Run]]:
        """Return the simulation, and what its state is compared with."""
        left = self.name_runs("4 state", width)
        if self.ref is None:
            return left, []
        if self._made_of is None:
            left += self.waiting_runs()
        elif self.history is not None and self.history.looked:
            left.append(Run(f"  {count(len(self.history.steps), 'change')}", "muted"))
        return left, [Run(self.against.value, "strong")]

    # Keys

    def action_against(self, direction: int) -> None:
        """Compare the state with something else."""
        self.against = self.against.next(direction)
        self.window.goto(0)
        self.do(lambda: self.build(self._width))

    def action_change(self, direction: int) -> None:
        """Go to the next or previous change, or record."""
        self.go_among(step_rows(self.rows), direction, "nothing was changed")
