"""The screen that compares runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from textual.worker import get_current_worker

from tau2_tui.runlog.log import RunLog
from tau2_tui.tui.actions import COMPARE, TIMELINE
from tau2_tui.tui.cells import cut_middle
from tau2_tui.tui.format.runs import Run, one_line
from tau2_tui.tui.inspection import Failed, Inspection, not_opened
from tau2_tui.tui.screens.compare.reading import Beside, meetings, read_beside
from tau2_tui.tui.screens.compare.side_by_side import parting, rows_beside
from tau2_tui.tui.screens.facts import run_of
from tau2_tui.tui.screens.main import failure_of
from tau2_tui.tui.screens.sheet.items import Remark, Sheet
from tau2_tui.tui.screens.sheet.layout import Row
from tau2_tui.tui.screens.sheet.screen import SheetScreen
from tau2_tui.tui.viewport import Viewport

_PATIENCE_SECONDS = 0.2
_MARGIN = 4
_NAME_CELLS = 40

ALONE = Sheet(
    (
        Remark("One log is open; there is nothing to compare it with."),
        Remark("o opens another one; from the shell: tau2-tui open BEFORE AFTER"),
    )
)
"""What stands there when only one log is open."""


def names_of(paths: Sequence[Path]) -> list[str]:
    """Return the names of files, safe to draw, those of equal name with their folders."""
    counted = Counter(path.name for path in paths)
    names = [f"{path.resolve().parent.name}/{path.name}" if counted[path.name] > 1 else path.name for path in paths]
    return [cut_middle(one_line(name, 400), _NAME_CELLS) for name in names]


class CompareScreen(SheetScreen):
    """The second log, and each further one, against the first."""

    NAME = COMPARE

    def __init__(self, inspection: Inspection) -> None:
        self.names = names_of([source.log.path for source in inspection.sources])
        super().__init__(inspection, self._titles())
        self._first: object = None
        self._generation = 0
        self._runs: Sequence[Any] = ()
        self.chosen_task: str | None = None
        """The task of which two simulations stand side by side; None for none."""
        self._meeting = 0
        self._rows: list[Row] = []
        self._made_of: object = None

    @property
    def _several(self) -> bool:
        return len(self.names) > 2

    def _titles(self) -> list[str]:
        return [*(["all runs"] if self._several else []), *(self.names[1:] or ["compare"])]

    def shown(self) -> None:
        """Take logs that were opened since."""
        sources = self.inspection.sources
        if len(sources) != len(self.names):
            self.names = names_of([source.log.path for source in sources])
            self._begin_anew()
            self.chosen_task = None
            self.set_panes(self._titles())
        super().shown()

    def _begin_anew(self) -> None:
        """Let go of what was found out of other logs, or of these before they grew: whole runs are among it."""
        former, self._generation = self._generation, self._generation + 1

        def is_former(name: object) -> bool:
            return isinstance(name, tuple) and isinstance(name[0], tuple) and name[0][:2] == (COMPARE, former)

        self.inspection.facts.forget(is_former)

    @property
    def heading(self) -> str:
        """Number and name of the screen."""
        return "7 compare"

    @property
    def about(self) -> str:
        """What the numbers are of; untrusted."""
        names = self.names
        if len(names) == 1:
            return names[0]
        if self._several and self.pane == 0:
            return f"{len(names)} logs"
        return f"{names[self.other]} against {names[0]}"

    @property
    def other(self) -> int:
        """The place of the log that the first one is compared with."""
        return self.pane + (0 if self._several else 1)

    def find_sheet(self, pane: int) -> Sheet | Failed | None:
        """Return what stands on a pane, None while it is not known."""
        if len(self.inspection.sources) < 2:
            missing = [Remark(not_opened([failure])) for failure in self.inspection.failures]
            return Sheet((*missing, *ALONE.items)) if missing else ALONE
        first = run_of(self)
        if first is None or isinstance(first, Failed):
            return first
        if first is not self._first:  # numbers of a log that has grown are others
            self._first = first
            self._begin_anew()
        runs = self.fact((COMPARE, self._generation, "runs"), self._reader(first))
        if runs is None or isinstance(runs, Failed):
            return runs
        self._runs = runs
        several = self._several
        other = pane + (0 if several else 1)

        def write(log: RunLog) -> Sheet:
            from tau2_tui.tui.screens.compare.writing import write_all, write_pair

            return write_all(runs) if several and pane == 0 else write_pair(runs[0], runs[other])

        found: Sheet | Failed | None = self.fact((COMPARE, self._generation, pane), write)
        return found

    def _reader(self, first: Any) -> Any:
        """Return what reads the other logs, as soon as they are indexed."""
        logs = [source.log for source in self.inspection.sources]
        studies = self.inspector.studies

        def read(log: RunLog) -> Sequence[Any]:
            from tau2_tui.tui.screens.compare.writing import labelled

            worker = get_current_worker()
            for other in logs[1:]:
                other.start()
                while not other.wait(_PATIENCE_SECONDS, checked=False):
                    if worker.is_cancelled:
                        return []
            return labelled([first, *map(studies.run, logs[1:])], [one.path for one in logs])

        return read

    # Two simulations of a task

    @property
    def page_rows(self) -> Sequence[Row]:
        """The rows that there are now."""
        return self._rows if self.chosen_task is not None else super().page_rows

    def build(self, width: int) -> None:
        """Lay out the comparison, or the two simulations."""
        super().build(width)
        if self.chosen_task is None:
            return
        found = self._beside()
        self.failure = failure_of(found)
        made_of = (found, width)
        if not isinstance(found, Beside) or made_of == self._made_of:
            return
        other = self._made_of is None
        self._made_of = made_of
        self._rows = rows_beside(found, width)
        self.window.set_count(len(self._rows))
        if other:
            self.window.goto(parting(self._rows), margin=_MARGIN)

    def _beside(self) -> Any:
        """Return two simulations of the task, None while they are read."""
        meetings = self._meetings
        if not meetings:
            return Failed("the task has no simulation in one of the logs")
        pair = meetings[self._meeting % len(meetings)]
        here, there = self.inspection.sources[0].log, self.inspection.sources[self.other].log

        def read(log: RunLog) -> Beside:
            return read_beside((here, there), pair)

        ids = (pair[0].simulation_id, pair[1].simulation_id)
        return self.fact((COMPARE, self._generation, self.other, ids), read)

    @property
    def _meetings(self) -> list[tuple[Any, Any]]:
        if self.chosen_task is None or not self._runs:
            return []
        return meetings(self._runs[0], self._runs[self.other], self.chosen_task)

    def title_runs(self, width: int) -> tuple[Iterable[Run], Iterable[Run]]:
        """Return what is compared, and what is still missing."""
        if self.chosen_task is None:
            left, right = super().title_runs(width)
            missing = not_opened(self.inspection.failures)
            return [*left, *([Run(f"  {missing}", "error")] if missing else [])], right
        task = cut_middle(one_line(self.chosen_task), max(12, width - 30))
        left = [Run(self.heading, "heading"), Run(f"  task {task}", "strong")]
        if self.failure is not None:
            left.append(Run(f"  {one_line(self.failure)}", "error"))
        elif not self._rows:
            left.append(Run("  reading …", "warning"))
        number = len(self._meetings)
        return left, [Run(f"pair {self._meeting % number + 1} of {number}", "muted")] if number > 1 else []

    def _show_task(self, task: str | None) -> None:
        self.chosen_task, self._meeting = task, 0
        self._another()

    def _another(self) -> None:
        """Begin with other rows."""
        self._rows, self._made_of = [], None
        height = self.window.height
        self.window = self.view.window if self.chosen_task is None else Viewport()
        self.window.resize(height)
        self.build(self._width)

    # Keys

    def action_open(self) -> None:
        """Show two simulations of the task side by side, or the event; explain any other number."""
        if self.chosen_task is not None:
            place = self._rows[self.window.cursor].place if self.window.cursor < len(self._rows) else None
            if place is None:
                self.do(lambda: self.say("enter on a step of the first log leads there"))
            else:
                self.inspection.point(place)
                self.inspector.show_screen(TIMELINE)
        elif self.view.row.task is not None:
            task = self.view.row.task
            self.do(lambda: self._show_task(task))
            self.say("tab shows another pair, enter leads to the event, esc goes back")
            self.sync()
        else:
            super().action_open()

    def show_pane(self, pane: int) -> None:
        """Show a pane, in place of two simulations too."""
        self.chosen_task = None
        super().show_pane(pane)

    def action_pane(self, direction: int) -> None:
        """Show the next or previous pane, or pair of simulations."""
        if self.chosen_task is None and len(self._titles()) == 1:
            self.do(lambda: self.say("nothing else to compare with: o opens another log"))
        elif self.chosen_task is None:
            super().action_pane(direction)
        else:
            self._meeting += direction
            self.do(self._another)

    def action_back(self) -> None:
        """Go back from the two simulations to the comparison, and from there to the timeline."""
        if self.chosen_task is None:
            super().action_back()
        else:
            self.do(lambda: self._show_task(None))
