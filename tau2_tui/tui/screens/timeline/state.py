"""What the timeline shows and what its keys do, without Textual: tested without an event loop."""

from __future__ import annotations

from enum import Enum

from tau2_tui.runlog.refs import SimulationRef, UnreadableLine
from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.format.times import TimeFormat
from tau2_tui.tui.inspection import Place
from tau2_tui.tui.screens.timeline.detail import DetailState
from tau2_tui.tui.screens.timeline.listing import EventList
from tau2_tui.tui.screens.timeline.places import NoSuchPlace, find_place
from tau2_tui.tui.screens.timeline.search import Hit, Query, Search
from tau2_tui.tui.source import EventSource


class Pane(Enum):
    """What the keys move in."""

    LIST = "list"
    DETAIL = "detail"


class TimelineState(EventList):
    """The list of events, the detail of the selected one, and where the user is.

    Attributes:
        detail: the pane with the selected event.
        pane: what the keys move in.
        time_format: how the list shows times.
        roomy: the screen has room for list and detail at once.
        search: what is searched.
    """

    def __init__(self, source: EventSource) -> None:
        super().__init__(source)
        self.detail = DetailState(source)
        self.pane = Pane.LIST
        self.time_format = TimeFormat.CLOCK
        self.roomy = False
        self.search = Search()
        self._pinned: bool | None = None
        self._peeking = False
        self.selected()

    @property
    def detail_shown(self) -> bool:
        """Whether the detail is on the screen."""
        return (self.roomy or self._peeking) if self._pinned is None else self._pinned

    def selected(self) -> None:
        """Show the selected event in the detail."""
        super().selected()
        if self.detail_shown:
            self.detail.show(self.line)

    def show_view(self, ref: SimulationRef | None) -> None:
        """Show the whole run, or one simulation of it, and let the keys move in the list."""
        super().show_view(ref)
        self.pane = Pane.LIST

    def begin(self) -> None:
        """Take note that a key was pressed: what was asked for before is off."""
        super().begin()
        self.search.left = 0

    def refresh(self) -> bool:
        """Take note of what was indexed or found since; return whether anything is new."""
        torn = isinstance(self.detail.shown, UnreadableLine)
        news = super().refresh()
        if torn and self.detail_shown:
            self.detail.again()
        return news

    def restart(self) -> None:
        """Begin anew: another file has taken the log's place."""
        self.detail.show(None)
        super().restart()

    def detail_fits(self, width: int, height: int) -> None:
        """Fit the detail to the cells and rows that there are on the screen."""
        self.detail.resize(width, height)
        self.selected()

    # Moving

    def move(self, rows: int) -> None:
        """Move the cursor of the pane."""
        if self.pane is Pane.DETAIL:
            self.detail.move(rows)
        else:
            self.rows.move(rows)
            self.selected()

    def page(self, pages: int) -> None:
        """Move by pages."""
        if self.pane is Pane.DETAIL:
            self.detail.page(pages)
        else:
            self.rows.page(pages)
            self.selected()

    def first(self) -> None:
        """Go to the first event or line."""
        if self.pane is Pane.DETAIL:
            self.detail.first()
        else:
            self.goto_row(0)

    def last(self) -> None:
        """Go to the last event or line; in the whole run when all lines are known."""
        if self.pane is Pane.DETAIL:
            self.detail.last()
        elif (self.view.whole and self.source.readable) or not self.wait("the end", self.last):
            self.view.refresh()
            self.rows.set_count(self.view.count)
            self.goto_row(self.rows.last)

    def scroll(self, pane: Pane, rows: int) -> None:
        """Move a pane's window."""
        if pane is Pane.DETAIL:
            self.detail.scroll(rows)
        else:
            self.rows.scroll(rows)
            self.selected()

    def pick(self, pane: Pane, y: int, *, twice: bool = False) -> None:
        """Select the row at a place of a pane's window; ``twice`` opens it, or folds it in the detail."""
        self.pane = pane
        if pane is Pane.DETAIL:
            self.detail.pick(y)
            if twice:
                self.fold()
        elif self.rows.top + y < self.view.count:
            self.goto_row(self.rows.top + y)
            if twice:
                self.open()

    def fold(self) -> None:
        """Fold or unfold a part of the detail."""
        if not self.detail_shown:
            self.message = "nothing to fold: enter opens the detail"
        elif not self.detail.toggle_fold():
            self.message = "nothing to fold here"

    def next_time_format(self) -> None:
        """Show times the next way."""
        self.time_format = self.time_format.next()
        self.message = f"time: {self.time_format.value}"

    def go_to(self, text: str) -> None:
        """Go to a place that the user names; see :func:`.places.find_place`."""
        try:
            place = find_place(self.source, text, getattr(self.entry, "timestamp", None))
        except NoSuchPlace as missing:
            if not self.wait(one_line(text, 40), lambda: self.go_to(text)):
                self.message = str(missing)
            return
        if place.simulation is not None:
            self.open_simulation(place.simulation)
        elif place.line is not None:
            self.goto_line(place.line)

    def open(self) -> None:
        """Go one step deeper: into the simulation of the event, then into its detail."""
        if self.pane is Pane.LIST and self.view.whole:
            entry = self.entry
            ref = self.ref_of(entry)
            if ref is not None:
                line = self.line
                self.open_simulation(ref, line)
                return
            if getattr(entry, "simulation_id", None) and self.wait("the simulation", self.open):
                return
        self._peeking = True
        self.pane = Pane.DETAIL
        self.selected()

    def back(self) -> None:
        """Go one step back: out of the detail, of a search, of a simulation."""
        if self.pane is Pane.DETAIL or (self._peeking and not self.roomy):
            self.pane = Pane.LIST
            self._peeking = False
        elif self.search.pattern:
            self.search.end()
        elif not self.view.whole:
            line = self.view.ref.first_line if self.view.ref is not None and self.line is None else self.line
            self.show_view(None)
            self._goto_near(line or 0)
        elif self.view.filtered:
            self.unfilter()
        else:
            self.message = "q leaves the inspector"

    def switch_pane(self) -> None:
        """Let the keys move in the other pane; the detail is opened for it."""
        self.pane = Pane.LIST if self.pane is Pane.DETAIL else Pane.DETAIL
        self._peeking = self._peeking or self.pane is Pane.DETAIL
        if self._pinned is False:
            self._pinned = None
        self.selected()

    def toggle_detail(self) -> None:
        """Show or hide the detail, whatever the size of the screen."""
        self._pinned = not self.detail_shown
        self._peeking = False
        if not self._pinned:
            self.pane = Pane.LIST
        self.selected()

    def visit(self, place: Place) -> None:
        """Show the simulation that another screen points to, at the line that it points to."""
        ref = next((ref for ref in self.source.simulations() if ref.simulation_id == place.simulation_id), None)
        if ref is not None:
            self.open_simulation(ref, place.line)
            if place.line is not None and not self.view.shows(place.line):
                self.goto_line(place.line)
        elif place.line is not None:
            self.goto_line(place.line)

    # Search

    def start_search(self) -> None:
        """Begin a search at the selected line."""
        self.search.begin(self.line or 0)

    def cancel_search(self) -> None:
        """Return to where the search began."""
        if self.search.origin != self.line:
            self.goto_line(self.search.origin)
        self.search.pattern = ""

    def next_hit(self, direction: int) -> Query | None:
        """Return what to look for to get to the next or previous hit, None when nothing was searched yet.

        A hit that is not indexed yet, to which the list will go, counts as reached.
        """
        line = self.line if self.heading is None else self.heading
        self.begin()
        query = self.search.next(line or 0, direction)
        if query is None:
            self.message = "nothing searched yet: / searches"
        return query

    def found(self, query: Query, hit: Hit) -> None:
        """Select what a worker found; where that must wait, this takes the place of what waited before."""
        self._call_off()
        pattern = one_line(query.pattern, 40)
        where = self.where
        if hit.line is None:
            self.message = f"not found{where}: {pattern}"
            return
        self.goto_line(hit.line)
        if hit.wrapped and self.waiting is None:
            self.message = f"search: from the {'end' if query.backwards else 'start'} again{where}"
