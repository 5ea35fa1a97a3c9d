"""What the timeline shows and what its keys do, without Textual: tested without an event loop."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from tau2_tui.runlog.refs import SimulationOutcome, SimulationRef
from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.format.times import TimeFormat
from tau2_tui.tui.inspection import Place
from tau2_tui.tui.screens.timeline.detail import DetailState
from tau2_tui.tui.screens.timeline.jumps import Target, failed_refs, rows_of, step
from tau2_tui.tui.screens.timeline.places import NoSuchPlace, find_place
from tau2_tui.tui.screens.timeline.search import Hit, Query, Search
from tau2_tui.tui.screens.timeline.view import View
from tau2_tui.tui.source import Entry, EventSource
from tau2_tui.tui.viewport import Viewport

_MARGIN = 3
"""Rows shown around an event that was jumped to."""


class Pane(Enum):
    """What the keys move in."""

    LIST = "list"
    DETAIL = "detail"


class TimelineState:
    """The list of events, the detail of the selected one, and where the user is.

    Attributes:
        source: the log.
        view: which lines the list shows.
        rows: the window on the list, and the selected row.
        detail: the pane with the selected event.
        pane: what the keys move in.
        time_format: how the list shows times.
        roomy: the screen has room for list and detail at once.
        search: what is searched.
        message: one line for the user, until the next key.
        waiting: a jump to make when more is indexed.
        outcomes_known: a worker has found out how the simulations ended.
    """

    def __init__(self, source: EventSource) -> None:
        self.source = source
        self.view = View(source)
        self.rows = Viewport(count=self.view.count)
        self.detail = DetailState(source)
        self.pane = Pane.LIST
        self.time_format = TimeFormat.CLOCK
        self.roomy = False
        self.search = Search()
        self.message = ""
        self.waiting: Callable[[], None] | None = None
        self.outcomes_known = False
        self._pinned: bool | None = None
        self._peeking = False
        self._show()

    # What is selected

    @property
    def line(self) -> int | None:
        """The selected line of the log, None when the list is empty."""
        return self.view.line(self.rows.cursor) if self.rows.cursor < self.view.count else None

    @property
    def entry(self) -> Entry | None:
        """The selected event, None when the list is empty."""
        line = self.line
        return None if line is None else self.source.entry(line)

    @property
    def detail_shown(self) -> bool:
        """Whether the detail is on the screen."""
        return (self.roomy or self._peeking) if self._pinned is None else self._pinned

    def _show(self) -> None:
        if self.detail_shown:
            self.detail.show(self.line)

    def begin(self) -> None:
        """Take note that a key was pressed: old messages and jumps that wait are off."""
        self.message = ""
        self.waiting = None

    def say(self, message: str) -> None:
        """Tell the user something, until the next key."""
        self.message = message

    def rows_fit(self, width: int, height: int) -> None:
        """Fit the list to the rows that there are on the screen."""
        self.rows.resize(height)

    def detail_fits(self, width: int, height: int) -> None:
        """Fit the detail to the cells and rows that there are on the screen."""
        self.detail.resize(width, height)
        self._show()

    # Moving

    def move(self, rows: int) -> None:
        """Move the cursor of the pane."""
        if self.pane is Pane.DETAIL:
            self.detail.move(rows)
        else:
            self.rows.move(rows)
            self._show()

    def page(self, pages: int) -> None:
        """Move by pages."""
        if self.pane is Pane.DETAIL:
            self.detail.page(pages)
        else:
            self.rows.page(pages)
            self._show()

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
        elif (self.view.whole and self.source.readable) or not self._wait("the end", self.last):
            self.view.refresh()
            self.rows.set_count(self.view.count)
            self.goto_row(self.rows.last)

    def scroll(self, pane: Pane, rows: int) -> None:
        """Move a pane's window."""
        if pane is Pane.DETAIL:
            self.detail.scroll(rows)
        else:
            self.rows.scroll(rows)
            self._show()

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

    def goto_row(self, row: int, *, margin: int = _MARGIN) -> None:
        """Select a row of the list."""
        self.rows.goto(row, margin=margin)
        self._show()

    def goto_line(self, line: int) -> None:
        """Select a line of the log; a simulation's view is left when the line is not in it."""
        row = self.view.row(line)
        if row is None and not self.view.whole:
            self._show_view(View(self.source))
            row = self.view.row(line)
        if row is not None:
            self.goto_row(row)
        else:
            self._wait(f"event {line:,}", lambda: self.goto_line(line))

    def go_to(self, text: str) -> None:
        """Go to a place that the user names; see :func:`.places.find_place`."""
        try:
            place = find_place(self.source, text, getattr(self.entry, "timestamp", None))
        except NoSuchPlace as missing:
            if not self._wait(one_line(text, 40), lambda: self.go_to(text)):
                self.message = str(missing)
            return
        if place.simulation is not None:
            self.open_simulation(place.simulation)
        elif place.line is not None:
            self.goto_line(place.line)

    def _wait(self, what: str, again: Callable[[], None]) -> bool:
        """Remember a jump for when more is indexed; False when everything is."""
        if self.source.complete:
            return False
        self.waiting = again
        self.message = f"indexing {self.source.progress:.0%}, then to {what}"
        return True

    def jump(self, target: Target, direction: int) -> None:
        """Select the next or previous event of a kind."""
        found = step(rows_of(self.view, target), self.rows.cursor, direction)
        if (found.to is None or found.wrapped) and self._wait(
            f"the next {target.value}", lambda: self.jump(target, direction)
        ):
            return
        where = "" if self.view.whole else " in this simulation"
        if found.to is None:
            self.message = f"no {target.value}{where}"
            return
        self.goto_row(found.to)
        if found.wrapped:
            self.message = f"{target.value}: from the {'start' if direction > 0 else 'end'} again{where}"

    # Simulations

    def ref_of(self, entry: Entry | None) -> SimulationRef | None:
        """Return the simulation that an event belongs to."""
        name = getattr(entry, "simulation_id", None)
        return next((ref for ref in self.source.simulations() if ref.simulation_id == name), None) if name else None

    def open(self) -> None:
        """Go one step deeper: into the simulation of the event, then into its detail."""
        if self.pane is Pane.LIST and self.view.whole:
            entry = self.entry
            ref = self.ref_of(entry)
            if ref is not None:
                line = self.line
                self.open_simulation(ref, line)
                return
            if getattr(entry, "simulation_id", None) and self._wait("the simulation", self.open):
                return
        self._peeking = True
        self.pane = Pane.DETAIL
        self._show()

    def back(self) -> None:
        """Go one step back: out of the detail, of a search, of a simulation."""
        if self.pane is Pane.DETAIL or (self._peeking and not self.roomy):
            self.pane = Pane.LIST
            self._peeking = False
        elif self.search.pattern:
            self.search.pattern = ""
        elif not self.view.whole:
            line = self.line
            self._show_view(View(self.source))
            self.goto_line(line or 0)
        else:
            self.message = "q leaves the inspector"

    def switch_pane(self) -> None:
        """Let the keys move in the other pane; the detail is opened for it."""
        self.pane = Pane.LIST if self.pane is Pane.DETAIL else Pane.DETAIL
        self._peeking = self._peeking or self.pane is Pane.DETAIL
        if self._pinned is False:
            self._pinned = None
        self._show()

    def toggle_detail(self) -> None:
        """Show or hide the detail, whatever the size of the screen."""
        self._pinned = not self.detail_shown
        self._peeking = False
        if not self._pinned:
            self.pane = Pane.LIST
        self._show()

    def visit(self, place: Place) -> None:
        """Show the simulation that another screen points to, at the line that it points to."""
        ref = next((ref for ref in self.source.simulations() if ref.simulation_id == place.simulation_id), None)
        if ref is not None:
            self.open_simulation(ref, place.line)
        elif place.line is not None:
            self.goto_line(place.line)

    def open_simulation(self, ref: SimulationRef, line: int | None = None) -> None:
        """Show one simulation, with a line of it selected; its first one unless given."""
        self._show_view(View(self.source, ref))
        row = None if line is None else self.view.row(line)
        self.goto_row(row or 0)

    def _show_view(self, view: View) -> None:
        self.view = view
        self.rows = Viewport(count=view.count, height=self.rows.height)
        self.pane = Pane.LIST

    def simulation(self, direction: int) -> None:
        """Go to the next or previous simulation: its view in a simulation's view, its first event in the whole run."""
        refs = self.source.simulations()
        at = (self.line or 0) if self.view.ref is None else self.view.ref.first_line
        found = step([ref.first_line for ref in refs], at, direction)
        if found.to is None or found.wrapped:
            if direction < 0 or not self._wait("the next simulation", lambda: self.simulation(direction)):
                self.message = "no further simulation" if refs else "no simulation in this log"
            return
        self._visit(next(ref for ref in refs if ref.first_line == found.to), found.to)

    def failed(self, direction: int) -> None:
        """Go to the end of the next or previous simulation that did not get the full reward."""
        if not self.outcomes_known:
            self.waiting = lambda: self.failed(direction)
            self.message = "looking which simulations failed"
            return
        outcomes = self.source.outcomes
        refs = {outcomes[ref.simulation_id].line: ref for ref in failed_refs(self.source.simulations(), outcomes)}
        at = (self.line or 0) if self.view.ref is None else self._end_of(self.view.ref)
        found = step(sorted(refs), at, direction)
        if found.to is None:
            self.message = f"no simulation failed, {len(outcomes):,} ended"
            return
        self._visit(refs[found.to], found.to)
        if found.wrapped:
            self.message = f"failed simulations: from the {'start' if direction > 0 else 'end'} again"

    def _end_of(self, ref: SimulationRef) -> int:
        outcome = self.source.outcomes.get(ref.simulation_id)
        return ref.last_line if outcome is None else outcome.line

    def _visit(self, ref: SimulationRef, line: int) -> None:
        if self.view.whole:
            self.goto_line(line)
        else:
            self.open_simulation(ref, line)

    def set_outcomes(self, refs: list[SimulationRef], outcomes: dict[str, SimulationOutcome]) -> None:
        """Take over which simulations there are and how they ended, and make the jump that waited for it."""
        self.source.set_simulations(refs, outcomes)
        self.outcomes_known = True
        self._resume()

    # The log grows

    def refresh(self) -> bool:
        """Take note of what was indexed since; return whether anything is new."""
        if not self.view.refresh() and self.waiting is None:
            return False
        self.rows.set_count(self.view.count)
        self._show()
        self._resume()
        return True

    def _resume(self) -> None:
        waiting = self.waiting
        if waiting is not None:
            self.begin()
            waiting()

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
        """Return what to look for to get to the next or previous hit, None when nothing was searched yet."""
        query = self.search.next(self.line or 0, direction)
        if query is None:
            self.message = "nothing searched yet: / searches"
        return query

    def found(self, query: Query, hit: Hit) -> None:
        """Select what a worker found."""
        pattern = one_line(query.pattern, 40)
        where = "" if self.view.whole else " in this simulation"
        if hit.line is None:
            self.message = f"not found{where}: {pattern}"
            return
        self.goto_line(hit.line)
        if hit.wrapped and self.waiting is None:
            self.message = f"search: from the {'end' if query.backwards else 'start'} again{where}"
