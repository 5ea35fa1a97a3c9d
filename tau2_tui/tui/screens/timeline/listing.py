"""The list of events: which there are, which is selected, and the jumps from one to another. Plain Python."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from tau2_tui.runlog.refs import SimulationOutcome, SimulationRef
from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.memory import Bookmark
from tau2_tui.tui.screens.timeline.filtering import Filtering, Part
from tau2_tui.tui.screens.timeline.jumps import Target, failed_refs, finder, step, walk
from tau2_tui.tui.screens.timeline.view import View
from tau2_tui.tui.source import Entry, EventSource
from tau2_tui.tui.viewport import Viewport

if TYPE_CHECKING:
    from tau2_tui.tui.study.answers import Findings

_MARGIN = 3
"""Rows shown around an event that was jumped to."""


class EventList:
    """The rows of the list and the selected one.

    Attributes:
        source: the log.
        view: which lines the list shows.
        rows: the window on the list, and the selected row.
        filtering: the filter, and what it lets through.
        message: one line for the user, until the next key.
        refusal: why what was typed cannot be done, until the next key.
        waiting: a jump to make when more is indexed.
        heading: the line that it leads to, None when it does not wait for one.
        outcomes_known: a worker has found out how the simulations ended.
        following: the list goes on as the log grows, as long as its end is selected.
    """

    def __init__(self, source: EventSource) -> None:
        self.source = source
        self.filtering = Filtering()
        self.view = View(source)
        self.rows = Viewport(count=self.view.count)
        self.message = ""
        self.refusal = ""
        self.waiting: Callable[[], None] | None = None
        self.heading: int | None = None
        self._steps: tuple[Hashable, int] | None = None
        """The steps that wait: of which kind, and how many, backwards where negative; None when none do."""
        self.outcomes_known = False
        self.bookmarks: dict[int, Bookmark] = {}
        """By line, in the order of the log."""
        self.following = False
        self._rows_then: int | None = None
        """How many rows there were when the end was left while following; None at the end."""
        self._wanted: int | None = None
        """The line to stay at while a worker looks which lines there are."""
        self._before: int | None = None
        """The line that was selected before the filter."""

    @property
    def line(self) -> int | None:
        """The selected line of the log, None when the list is empty."""
        return self.view.line(self.rows.cursor) if self.rows.cursor < self.view.count else None

    @property
    def entry(self) -> Entry | None:
        """The selected event, None when the list is empty."""
        line = self.line
        return None if line is None else self.source.entry(line)

    def selected(self) -> None:
        """Take note that another event may be selected: following pauses before the end."""
        if not self.following or self.rows.at_end:
            self._rows_then = None
        elif self._rows_then is None:
            self._rows_then = self.view.count

    def begin(self) -> None:
        """Take note that a key was pressed: old messages and jumps that wait are off."""
        self._call_off()

    def _call_off(self) -> None:
        self.message = self.refusal = ""
        self.waiting = self.heading = self._steps = self._wanted = None

    def say(self, message: str) -> None:
        """Tell the user something, until the next key."""
        self.message = message

    def set_bookmarks(self, bookmarks: Iterable[Bookmark]) -> None:
        """Take over what is marked, in the order of the log."""
        self.bookmarks = {mark.line: mark for mark in bookmarks}

    def rows_fit(self, width: int, height: int) -> None:
        """Fit the list to the rows that there are on the screen."""
        self.rows.resize(height)

    # Going somewhere

    def goto_row(self, row: int, *, margin: int = _MARGIN) -> None:
        """Select a row of the list."""
        self.rows.goto(row, margin=margin)
        self.selected()

    def goto_line(self, line: int) -> None:
        """Select a line of the log; a simulation's view is left when the line is not in it, and so is a filter."""
        if self.view.row(line) is None and self.view.filtered and line < self.source.count:
            self._filter_off()
            self.message = f"event {line:,} is not among the filtered ones: filter taken off"
        row = self.view.row(line)
        if row is None and not self.view.whole:
            self.show_view(None)
            row = self.view.row(line)
        if row is not None:
            self.goto_row(row)
        elif self.wait(f"event {line:,}", lambda: self.goto_line(line)):
            self.heading = line
        else:
            self.message = f"no event {line:,}: the last one is {self.source.count - 1:,}"

    def _goto_near(self, line: int) -> None:
        """Select a line of the log, or where it is filtered out, the next one that is shown."""
        self.goto_row(min(self.view.row_from(line), max(0, self.view.count - 1)))

    def wait(self, what: str, again: Callable[[], None]) -> bool:
        """Remember a jump for when more is indexed; False when everything is."""
        if self.source.complete:
            return False
        self.waiting = again
        self._say_wait(what)
        return True

    def _say_wait(self, what: str) -> None:
        self.message = f"indexing {self.source.progress:.0%}, then to {what}"

    def _step(self, kind: Hashable, direction: int, go: Callable[[int], int]) -> None:
        """Take a step that a key asks for, after those of its kind that wait: of a key that is held, each press counts.

        Args:
            kind: of the step.
            direction: 1, or -1 for a step back, which also takes one that waits back.
            go: takes steps, backwards where negative, and returns those that must wait until more is known.
        """
        waiting = self._steps[1] if self._steps is not None and self._steps[0] == kind else 0
        self.begin()
        self._go_on(kind, waiting + direction, go)

    def _go_on(self, kind: Hashable, steps: int, go: Callable[[int], int]) -> None:
        left = go(steps) if steps else 0
        if left:
            self._steps = (kind, left)
            self.waiting = partial(self._go_on, kind, left, go)

    def jump(self, target: Target, direction: int) -> None:
        """Select the next or previous event of a kind."""
        self._step(target, direction, partial(self._jump, target))

    def _jump(self, target: Target, steps: int) -> int:
        known = self.source.complete
        walked = walk(finder(self.view, target), self.rows.cursor, steps, wraps=known)
        if walked.to is not None:
            self.goto_row(walked.to)
        if walked.left and not known:
            self._say_wait(_next(target.value, walked.left))
            return walked.left
        if walked.to is None:
            self.message = f"no {target.value}{self.where}"
        elif walked.wrapped:
            self.message = f"{target.value}: from the {'start' if steps > 0 else 'end'} again{self.where}"
        return 0

    @property
    def where(self) -> str:
        """What to say of a jump that stays among the rows of the view: empty in the whole run."""
        inside = "" if self.view.whole else " in this simulation"
        return f"{inside} among the filtered events" if self.view.filtered else inside

    # Views

    def show_view(self, ref: SimulationRef | None) -> None:
        """Show the whole run, or one simulation of it, through the filter."""
        self._rows_then = None
        self.view = View(self.source, ref, self.filtering)
        self.rows = Viewport(count=self.view.count, height=self.rows.height)

    def open_simulation(self, ref: SimulationRef, line: int | None = None) -> None:
        """Show one simulation, with a line of it selected; its first one unless given."""
        self.show_view(ref)
        if line is None:
            self.goto_row(0)
        else:
            self._goto_near(line)

    def ref_of(self, entry: Entry | None) -> SimulationRef | None:
        """Return the simulation that an event belongs to."""
        name = getattr(entry, "simulation_id", None)
        return next((ref for ref in self.source.simulations() if ref.simulation_id == name), None) if name else None

    def simulation(self, direction: int) -> None:
        """Go to the next or previous simulation: its view in a simulation's view, its first event in the whole run."""
        self._step("simulation", direction, self._simulation)

    def _simulation(self, steps: int) -> int:
        known, refs = self.source.complete, self.source.simulations()
        if self.view.ref is None:
            places, at = self._first_rows(refs), self.rows.cursor
        else:
            places, at = [ref.first_line for ref in refs], self.view.ref.first_line
        walked = walk(partial(step, places), at, steps, wraps=False)
        if walked.to is not None and self.view.ref is None:
            self.goto_row(walked.to)
        elif walked.to is not None:
            self.open_simulation(next(ref for ref in refs if ref.first_line == walked.to), walked.to)
        if walked.left > 0 and not known:
            self._say_wait(_next("simulation", walked.left))
            return walked.left
        if walked.left:
            self.message = "no further simulation" if refs else "no simulation in this log"
        return 0

    def _first_rows(self, refs: list[SimulationRef]) -> Any:
        """Return the rows with which simulations begin, rising; those of which the filter leaves none stand nowhere."""
        if not refs:
            return ()
        import numpy as np

        firsts = np.fromiter((ref.first_line for ref in refs), np.int64, len(refs))
        return np.unique(self.view.rows_from(firsts))

    def failed(self, direction: int) -> None:
        """Go to the end of the next or previous simulation that did not get the full reward."""
        self._step("failed", direction, self._failed)

    def _failed(self, steps: int) -> int:
        if not self.outcomes_known:
            self.message = "looking which simulations failed"
            return steps
        outcomes = self.source.outcomes
        ends = {outcomes[ref.simulation_id].line: ref for ref in failed_refs(self.source.simulations(), outcomes)}
        if self.view.ref is None:
            rows = {self._last_row(ref, line) for line, ref in ends.items()}
            places, at = sorted(row for row in rows if row is not None), self.rows.cursor
        else:
            places, at = sorted(ends), self._end_of(self.view.ref)
        walked = walk(partial(step, places), at, steps, wraps=True)
        if walked.to is None:
            self.message = f"no simulation failed{self.where if ends else ''}, {len(outcomes):,} ended"
            return 0
        if self.view.ref is None:
            self.goto_row(walked.to)
        else:
            self.open_simulation(ends[walked.to], walked.to)
        if walked.wrapped:
            self.message = f"failed simulations: from the {'start' if steps > 0 else 'end'} again"
        return 0

    @property
    def simulation_id(self) -> str | None:
        """The simulation that is shown, or to which the selected event belongs."""
        if self.view.ref is not None:
            return self.view.ref.simulation_id
        return getattr(self.entry, "simulation_id", None)

    def diverged(self, findings: Findings) -> None:
        """Go to where the simulation first went wrong, as far as that can be told."""
        verdict = findings.verdicts.get(self.simulation_id or "")
        if verdict is None:
            self.message = "no simulation here" if self.simulation_id is None else "this simulation has not failed"
            return
        lines = self.source.lines_of(verdict.simulation_id)
        cause = next((cause for cause in verdict.causes if cause.turn == verdict.divergence_turn and cause.lines), None)
        turns = self.source.log.columns.turn[lines]
        places = lines[turns == (-1 if verdict.divergence_turn is None else verdict.divergence_turn)]
        if verdict.divergence_turn is None or (cause is None and not len(places)):
            self.message = one_line(verdict.note or "it cannot be told where this simulation went wrong", 300)
            return
        self.goto_line(cause.lines[-1] if cause is not None else int(places[0]))
        if cause is not None and not self.message:
            self.message = f"{cause.kind.replace('_', ' ')}: {one_line(cause.summary, 300)}"

    def _last_row(self, ref: SimulationRef, end: int) -> int | None:
        """Return the last row up to the end of a simulation, None when the filter leaves none of it."""
        row = self.view.row_from(end + 1) - 1
        return row if row >= self.view.row_from(ref.first_line) else None

    def _end_of(self, ref: SimulationRef) -> int:
        outcome = self.source.outcomes.get(ref.simulation_id)
        return ref.last_line if outcome is None else outcome.line

    # The filter

    def take_filtered(self, text: str, part: Part) -> None:
        """Take over what a worker found for a filter, near the event that was selected before."""
        if text != self.filtering.text:
            self._filter_on(text)
        self.filtering.add(part)
        self.refresh()

    def look_again(self) -> None:
        """Stay at the selected event while a worker looks once more which ones the filter lets through."""
        self.filtering.version = None
        self._wanted = self.line if self._wanted is None else self._wanted

    def _filter_on(self, text: str) -> None:
        self._wanted = self.line if self._wanted is None else self._wanted
        self._before = self._wanted
        self.filtering = Filtering(text)
        self.show_view(self.view.ref)

    def _filter_off(self) -> None:
        self.filtering = Filtering()
        self.show_view(self.view.ref)

    def unfilter(self) -> None:
        """Show all events again, the same one selected."""
        line = self._before if self.line is None else self.line
        self._filter_off()
        self._goto_near(line or 0)

    # The log grows

    def follow(self) -> None:
        """Stay at the end of the list as it grows."""
        self.following = True
        self.rows.goto(self.rows.last)
        self.selected()

    def unfollow(self) -> None:
        """Stay where the cursor is."""
        self.following = False
        self._rows_then = None
        self.message = "not following any more"

    @property
    def paused(self) -> bool:
        """Whether the log is followed, but an event before its end is looked at."""
        return self._rows_then is not None

    @property
    def new_rows(self) -> int:
        """How many rows came since following was paused."""
        return 0 if self._rows_then is None else max(0, self.view.count - self._rows_then)

    def restart(self) -> None:
        """Begin anew: another file has taken the log's place."""
        self.begin()
        awaited = self.source.awaited
        self.source.restart()
        self.outcomes_known = False
        self.bookmarks = {}
        if self.filtering:
            self.filtering = Filtering(self.filtering.text, version=(-1, 0, 0, 0))
        self.show_view(None)
        self.rows.goto(self.rows.last if self.following else 0)
        self.selected()
        self.message = "" if awaited else "another file has taken the log's place: shown from its first line"

    def refresh(self) -> bool:
        """Take note of what was indexed or found since; return whether anything is new."""
        if not self.view.refresh() and self.waiting is None:
            return False
        at_end = self.following and not self.paused
        self.rows.set_count(self.view.count)
        if at_end:
            self.rows.goto(self.rows.last)
        elif self._wanted is not None and self.view.count:
            self._goto_near(self._wanted)
        self.selected()
        self.resume()
        return True

    def set_outcomes(self, refs: list[SimulationRef], outcomes: dict[str, SimulationOutcome]) -> None:
        """Take over which simulations there are and how they ended, and make the jump that waited for it."""
        self.source.set_simulations(refs, outcomes)
        self.outcomes_known = True
        ref = self.view.ref
        if ref is not None:  # it may have gone on meanwhile
            self.view.ref = next((one for one in refs if one.simulation_id == ref.simulation_id), ref)
        self.resume()

    def resume(self) -> None:
        """Make the jump that waited for what is known now."""
        waiting = self.waiting
        if waiting is not None:
            self._call_off()
            waiting()


def _next(kind: str, steps: int) -> str:
    """Return what steps lead to that must wait, for a person."""
    return f"the next {kind}" + (f", {abs(steps):,} times" if abs(steps) > 1 else "")
