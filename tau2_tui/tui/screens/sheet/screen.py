"""A main screen of sheets: panes to change between, numbers to ask, events to go to."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence

from textual import on
from textual.app import ComposeResult

from tau2_tui.tui.actions import TIMELINE
from tau2_tui.tui.cells import width as cell_width
from tau2_tui.tui.format.runs import Run, cut_runs, one_line, runs_width
from tau2_tui.tui.inspection import Failed, Inspection
from tau2_tui.tui.screens.page import PageScreen
from tau2_tui.tui.screens.sheet.items import Sheet
from tau2_tui.tui.screens.sheet.layout import Row
from tau2_tui.tui.screens.sheet.view import SheetView
from tau2_tui.tui.widgets.bar import Bar
from tau2_tui.tui.widgets.painting import DrawnRows


class SheetScreen(PageScreen):
    """Sheets of numbers; which, and how they are found out, a subclass knows."""

    def __init__(self, inspection: Inspection, panes: Sequence[str]) -> None:
        """Make the screen.

        Args:
            inspection: what all screens share.
            panes: the titles of the panes.
        """
        super().__init__(inspection)
        self.failure: str | None = None
        self.set_panes(panes)

    def set_panes(self, panes: Sequence[str]) -> None:
        """Begin anew with other panes, the first one in sight."""
        self.panes = tuple(panes)
        self.pane = 0
        self.views = [SheetView() for _ in self.panes]
        self.window = self.views[0].window
        for bar in self.query("#panes"):
            bar.display = len(self.panes) > 1

    # What a subclass says

    @abstractmethod
    def find_sheet(self, pane: int) -> Sheet | Failed | None:
        """Return what stands on a pane, None while it is not known."""

    @property
    @abstractmethod
    def heading(self) -> str:
        """Number and name of the screen."""

    @property
    def about(self) -> str:
        """What the numbers are of; untrusted."""
        return self.inspection.source.name

    # Drawing

    @property
    def view(self) -> SheetView:
        """The pane that is looked at."""
        return self.views[self.pane]

    @property
    def page_rows(self) -> Sequence[Row]:
        """The rows that there are now."""
        return self.view.rows

    def compose(self) -> ComposeResult:
        """Lay out title, panes, rows and hints."""
        yield Bar(lambda width: self.title_line(*self.title_runs(width), width), id="title")
        bar = Bar(lambda width: pane_runs(self.panes, self.pane, width), id="panes")
        bar.display = len(self.panes) > 1
        yield bar
        yield DrawnRows(self._row, self._fit, id="rows")
        yield Bar(self.bottom_runs, id="bottom")

    def build(self, width: int) -> None:
        """Lay out the pane that is looked at."""
        found = self.find_sheet(self.pane)
        self.failure = found.reason if isinstance(found, Failed) else None
        self.view.show(None if isinstance(found, Failed) else found, width)

    def title_runs(self, width: int) -> tuple[Iterable[Run], Iterable[Run]]:
        """Return what the numbers are of, and what is still missing."""
        left = [Run(self.heading, "heading"), Run(f"  {one_line(self.about, 200)}", "muted")]
        if self.failure is not None:
            left = [Run(self.heading, "heading"), Run(f"  {one_line(self.failure)}", "error")]
        elif self.view.sheet is None:
            source = self.inspection.source
            said = f"computing {self.panes[self.pane]} …" if source.complete else f"indexing {source.progress:.0%}"
            left.append(Run(f"  {said}", "warning"))
        return left, []

    # Keys

    def action_pane(self, direction: int) -> None:
        """Show the next or previous pane."""
        self.show_pane((self.pane + direction) % len(self.panes))

    def show_pane(self, pane: int) -> None:
        """Show a pane."""
        self.pane = pane
        height = self.window.height
        self.window = self.view.window
        self.window.resize(height)
        if self.is_mounted:
            self.do(lambda: self.build(self._width))

    @on(DrawnRows.Picked)
    def _pane_picked(self, message: DrawnRows.Picked) -> None:
        """Show the pane whose title was clicked."""
        if message.widget.id == "panes":
            pane = pane_at(self.panes, self.pane, message.widget.size.width, message.x)
            if pane is not None:
                self.show_pane(pane)

    def action_open(self) -> None:
        """Explain the number under the cursor, or go to the event."""
        place = self.view.row.place
        if place is not None:
            self.inspection.point(place)
            self.inspector.show_screen(TIMELINE)
            return
        self.do(self._explain)

    def _explain(self) -> None:
        if not self.view.toggle():
            self.say("enter on a number says what it means")

    def action_back(self) -> None:
        """Fold what is unfolded, and then go back to the timeline."""
        if self.view.unfolded:
            self.do(self.view.fold_all)
        else:
            super().action_back()


def pane_runs(panes: Sequence[str], chosen: int, width: int) -> tuple[Run, ...]:
    """Return the titles of the panes with the chosen one in brackets and in sight."""
    titles, start = _titles(panes, chosen, width)
    runs = [
        Run(title, "strong" if place == chosen else "muted") for place, title in enumerate(titles) if place >= start
    ]
    return cut_runs(runs, width) if runs_width(runs) > width else tuple(runs)


def pane_at(panes: Sequence[str], chosen: int, width: int, x: int) -> int | None:
    """Return the pane whose title is in a column of the line with the titles, None when there is none."""
    titles, start = _titles(panes, chosen, width)
    end = 0
    for place in range(start, len(titles)):
        end += cell_width(titles[place])
        if x < end:
            return place
    return None


def _titles(panes: Sequence[str], chosen: int, width: int) -> tuple[list[str], int]:
    """Return all titles as they are drawn, and the first one that is."""
    titles = [f"[{title}]" if place == chosen else f" {title} " for place, title in enumerate(panes)]
    start = 0
    while start < chosen and sum(map(cell_width, titles[start : chosen + 2])) > width:
        start += 1
    return titles, start
