"""The timeline's screen: keys to the state, the state to the widgets, slow work to workers."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Size
from textual.timer import Timer
from textual.worker import Worker, WorkerState, get_current_worker

from tau2_tui.runlog.heap import give_back
from tau2_tui.runlog.long_line import read_event
from tau2_tui.tui import pauses
from tau2_tui.tui.actions import TIMELINE
from tau2_tui.tui.format.runs import Run, one_line
from tau2_tui.tui.inspection import Inspection, not_opened
from tau2_tui.tui.looks import MARKED, SELECTED
from tau2_tui.tui.messages import IndexProgress, LineRead, OutcomesKnown, SimulationsKnown
from tau2_tui.tui.screens.timeline import bars
from tau2_tui.tui.screens.timeline.asked import Asked
from tau2_tui.tui.screens.timeline.rows import RowWriter
from tau2_tui.tui.screens.timeline.state import Pane, TimelineState
from tau2_tui.tui.screens.timeline.walking_keys import WalkingKeys
from tau2_tui.tui.widgets.bar import Bar
from tau2_tui.tui.widgets.painting import Drawn, DrawnRows

_PROGRESS_SECONDS = 0.4
"""Least time between two redraws because more is indexed."""

_WAITING_SECONDS = 0.05
"""The same while a jump waits for what is indexed."""

_PATIENCE_SECONDS = 0.2
"""How long a worker waits for the index before it asks whether it is still wanted."""

_SORTED_SECONDS = 1.5
"""Time after which a worker sorts what is indexed so far by simulation: most logs are indexed sooner."""

_OUTCOMES_SECONDS = 1.0
"""Rest after which a worker finds out again how simulations ended, while the log grows."""

REST_SECONDS = 0.06
"""Rest of the cursor after which the detail follows it: longer than the pause between two repetitions of a held key."""

ROOMY = 140
"""Columns from which on list and detail are both shown without being asked for: each then has room for its text."""

_BESIDE = 100
"""Columns from which on the detail stands beside the list; on narrower screens it is below."""

_DETAIL_WIDGETS = ("detail-title", "detail-rows")

_LOW = 10
_LOWEST = 5
"""Rows below which first the title and the minimap, then the hints give way to the list."""

_BOTH_PANES = 18
"""Rows from which on the detail leaves room for the list above it; on lower screens the pane with the keys has all."""


class TimelineScreen(WalkingKeys):
    """One line an event; beside or below it, everything that the selected event says."""

    NAME = TIMELINE

    def __init__(
        self, inspection: Inspection, at: str = "", expression: str = "", follow: bool = False, remembers: bool = False
    ) -> None:
        """Make the screen.

        Args:
            inspection: the logs.
            at: the place to go to at first, as the user would type it after ``:``.
            expression: the filter to begin with.
            follow: to follow the log from the start.
            remembers: to keep bookmarks and place of the log, and to begin with those kept before.
        """
        super().__init__(inspection)
        self.state = TimelineState(inspection.source)
        self._at = at
        self._expression = expression
        self._follows = follow
        self._remembers = remembers
        self._rows = RowWriter(self.state)
        self._minimap = bars.Minimap()
        self._outcomes = Asked()
        self._outcomes_of: tuple[int, int] | None = None
        """The log's state that the outcomes were found in."""
        self._told = 0.0
        self._telling = False
        """The indexing thread has told of something that is not drawn yet: it need not tell again until it is."""
        self._complete = False
        """Whether all was indexed when the indexing thread told of something last."""
        self._stop_telling: Callable[[], None] = lambda: None
        self._detail_drawn: int | None = None
        """The line that the detail on the screen is of, None while it is hidden."""
        self._detail_wanted: int | None = None
        self._reads_line = False
        self._rest: Timer | None = None
        self._detail = Container(id="detail")

    def compose(self) -> ComposeResult:
        """Lay out the lines around the two panes."""
        self._arrange(self.app.size)  # before there are widgets, which would all be given their styles again
        state = self.state
        yield Bar(lambda width: bars.title(state, width), id="title")
        yield Bar(lambda width: self._minimap.runs(state, width), id="minimap")
        with Container(id="panes"):
            yield DrawnRows(self._list_row, state.rows_fit, id="list")
            with self._detail:
                yield Bar(lambda width: bars.detail_title(state, width), id="detail-title")
                yield DrawnRows(self._detail_row, self._fit_detail, id="detail-rows")
        yield Bar(lambda width: bars.status(state, width), id="status")
        yield Bar(self._bottom, id="bottom")

    def on_mount(self) -> None:
        """Start indexing once the first events are on the screen."""
        super().on_mount()
        self._arrange()
        self.call_after_refresh(self._start_indexing)

    def _start_indexing(self) -> None:
        log = self.state.source.log
        self._stop_telling = log.on_progress(self._tell_progress)
        self.state.source.long.ask = self._ask_for_long_line
        log.start()
        self._look_for_outcomes()
        if self._remembers:
            self.remember(restore=not (self._at or self._expression or self._follows))
        if self._at:
            self.state.go_to(self._at)
        if self._expression:
            self.filter_by(self._expression)
        if self._follows:
            self.follow()
        if self.inspection.failures:
            self.state.say(not_opened(self.inspection.failures))
        self.sync()

    def shown(self) -> None:
        """Go where another screen points to."""
        self._detail_drawn = None
        chosen = self.inspection.take()
        if chosen is not None:
            self.state.begin()
            self.state.visit(chosen)
            if chosen.why:
                self.state.say(chosen.why)

    def on_screen_suspend(self) -> None:
        """Let the other screens speak of the simulation that was looked at."""
        ref = self.state.view.ref or self.state.ref_of(self.state.entry)
        if ref is not None:
            self.inspection.simulation_id = ref.simulation_id

    def on_unmount(self) -> None:
        """Keep the place, and tell the indexing thread that nobody listens any more."""
        self.keep_place()
        self._stop_telling()

    # Workers

    def _tell_progress(self) -> None:
        """Pass on, from the indexing thread, that more is indexed: seldom, but always at the end."""
        now = time.monotonic()
        source = self.state.source
        rest = _PROGRESS_SECONDS if self.state.waiting is None else _WAITING_SECONDS
        due = now - self._told >= rest or source.complete or source.log.failure is not None
        if due and not self._telling:
            self._told = now
            self._telling = True
            self.post_message(IndexProgress())

    def _look_for_outcomes(self) -> None:
        """Have a worker find out which simulations there are and how they ended."""
        if not self._outcomes.ask():
            return
        source, log = self.state.source, self.state.source.log

        def find_out() -> None:
            worker, sorted_lines, begun = get_current_worker(), 0, time.monotonic()
            while not log.wait(_PATIENCE_SECONDS):
                if worker.is_cancelled:
                    return
                if len(log) > 2 * sorted_lines and time.monotonic() - begun > _SORTED_SECONDS:
                    sorted_lines, generation = len(log), log.generation
                    self.post_message(SimulationsKnown(generation, log.simulations()))
            state = source.state
            self.post_message(OutcomesKnown(state, log.simulations(), log.outcomes()))

        self.run_worker(find_out, thread=True, group="outcomes", exit_on_error=False)

    def grown(self, restarted: bool) -> None:
        """Show what was appended to the log that is followed."""
        if restarted:
            self._look_for(None)
            self._outcomes_of = None
            self.state.restart()
            if self._remembers:
                self.remember(restore=False)
        self._indexed_more()
        self._look_for_outcomes()

    @on(IndexProgress)
    def _index_progressed(self) -> None:
        """Show what is indexed, and at once when that is all."""
        self._telling = False
        was_complete, self._complete = self._complete, self.state.source.complete
        self._indexed_more(at_once=self._complete and not was_complete)
        self.call_after_refresh(self._prepare_ends)

    def _indexed_more(self, *, at_once: bool = False) -> None:
        self._rows.forget()
        self.state.refresh()
        self.keep_filtered()
        if self._outcomes_of not in (None, self.state.source.state):
            self._look_for_outcomes()
        if at_once:
            self.sync()
        else:
            self.sync_soon()
        self.inspector.log_grew(self.inspection)

    @on(SimulationsKnown)
    def _some_simulations_known(self, message: SimulationsKnown) -> None:
        if not self.state.outcomes_known and message.generation == self.state.source.log.generation:
            self.state.source.set_some_simulations(message.refs)
            self.sync_soon()

    def _ask_for_long_line(self) -> None:
        self.call_later(self._read_long_line)

    def _read_long_line(self) -> None:
        """Have a worker read a line of megabytes, one after the other, the last one asked for first."""
        source = self.state.source
        wanted = None if self._reads_line else source.long.take()
        if wanted is None:
            return
        self._reads_line = True
        long, line = wanted

        def read() -> None:
            with suppress(IndexError):
                self.post_message(LineRead(long, line, read_event(source.log, line)))
                return
            self.post_message(LineRead(long, line, None))

        self.run_worker(read, thread=True, group="long lines", exit_on_error=False)

    @on(LineRead)
    def _line_read(self, message: LineRead) -> None:
        self._reads_line = False
        source = self.state.source
        if message.entry is not None and source.long.of(message.line) == message.long:
            source.long.put(message.long, message.entry)
            self._rows.line_read(message.line, message.long, message.entry)
            self.state.detail.line_read(message.line)
            self.sync_now()
        self._read_long_line()

    @on(OutcomesKnown)
    def _outcomes_known(self, message: OutcomesKnown) -> None:
        if not self.state.outcomes_known:
            pauses.settle()
            self.call_after_refresh(self.run_worker, give_back, thread=True, group="memory", exit_on_error=False)
        state = self.state.source.state
        current, self._outcomes_of = message.state == state, message.state
        if message.state[0] == state[0]:
            self.state.set_outcomes(message.refs, message.outcomes)
        if self._outcomes.answered() or not current:
            self.set_timer(_OUTCOMES_SECONDS, self._look_for_outcomes)
        self.sync()
        self.call_after_refresh(self._prepare_ends)

    def _prepare_ends(self) -> None:
        """Write the rows that the keys to both ends of the list will show, while nobody waits for them."""
        if not self._complete or self.state.following or not self.children:
            return
        listed, count = self.query_one("#list", DrawnRows), self.state.view.count
        width, height = listed.size
        ends = sorted({*range(min(height, count)), *range(max(0, count - height), count)})
        self.inspector.prepare(listed.prepare((self._rows.runs(row, width), "") for row in ends))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say that a worker failed, for whatever reason; the rest of the inspector goes on."""
        error = event.worker.error
        if event.state is WorkerState.ERROR and error is not None:
            if event.worker.group == "outcomes":
                self._outcomes.answered()
            elif event.worker.group == "long lines":
                self._reads_line = False
            elif event.worker is self._search:
                self._look_for(None)
            self.state.say(f"{event.worker.group} failed: {type(error).__name__}: {one_line(error)}")
            self.sync()

    # Drawing

    def sync(self) -> None:
        """Draw what has changed; the detail of another event when the cursor rests there."""
        self._arrange()
        if self._detail_follows():
            self.sync_now()
            return
        for widget in self._drawn:
            if widget.id not in _DETAIL_WIDGETS:
                widget.update()

    def sync_now(self) -> None:
        """Draw what has changed, the detail too."""
        if self._rest is not None:
            self._rest.stop()
        self._rest = None
        self._detail_drawn = self.state.detail.line if self.state.detail_shown else None
        super().sync()

    @property
    def rests(self) -> bool:
        """Whether the detail on the screen is that of the selected event, or hidden."""
        return self._rest is None

    def _detail_follows(self) -> bool:
        """Return whether the detail is to be drawn at once; otherwise it will be after a rest."""
        state, line = self.state, self.state.detail.line
        if not state.detail_shown or state.pane is Pane.DETAIL or self._detail_drawn in (None, line):
            return True
        if self._rest is None or line != self._detail_wanted:
            self._detail_wanted = line
            if self._rest is not None:
                self._rest.stop()
            self._rest = self.set_timer(REST_SECONDS, self.sync_now)
        return False

    def _arrange(self, size: Size | None = None) -> None:
        """Give the panes their places for the size of the screen."""
        state, (width, height) = self.state, size or self.size
        state.roomy = width >= ROOMY and height >= _LOW
        self._detail.display = state.detail_shown  # not a class: that would give all widgets their styles again
        self.set_class(width >= _BESIDE, "-beside")
        self.set_class(height < _LOW, "-low")
        self.set_class(height < _LOWEST, "-lowest")
        narrow = width < _BESIDE and height < _BOTH_PANES
        self.set_class(state.pane is Pane.DETAIL and (narrow or height < _LOWEST), "-detail-only")

    def _list_row(self, y: int, width: int) -> Drawn:
        state = self.state
        row = state.rows.top + y
        if row >= state.view.count:
            return bars.nothing(state) if y == 0 else (), ""
        whole = "" if row != state.rows.cursor else SELECTED if state.pane is Pane.LIST else MARKED
        return self._rows.runs(row, width), whole

    def _detail_row(self, y: int, width: int) -> Drawn:
        state, detail = self.state, self.state.detail
        row = detail.row(y)
        if row is None:
            return (), ""
        here = state.pane is Pane.DETAIL and detail.rows.top + y == detail.rows.cursor
        return detail.drawn(row), SELECTED if here else ""

    def _fit_detail(self, width: int, height: int) -> None:
        """Fit the detail into its pane; the line above it, of the same size as before, says how much that shows."""
        another = height != self.state.detail.rows.height
        self.state.detail_fits(width, height)
        if another:
            self.call_after_refresh(self.query_one("#detail-title", Bar).update)

    def _bottom(self, width: int) -> tuple[Run, ...]:
        return self.prompt_runs(width) or bars.bottom(self.state, width)

    # Keys and mouse: most keys are WalkingKeys'

    def say(self, message: str) -> None:
        """Tell the user something, until the next key."""
        self.state.say(message)

    def key_pressed(self) -> None:
        """Take note that a key was pressed."""
        self.state.begin()

    def on_drawn_rows_picked(self, message: DrawnRows.Picked) -> None:
        """Select what was clicked, a second click opens it; in the minimap, go there."""
        if message.widget.id == "minimap":
            self._do(lambda state: state.goto_row(message.x * state.view.count // max(1, message.widget.size.width)))
        elif message.widget.id == "list":
            self._do(lambda state: state.pick(Pane.LIST, message.y, twice=message.twice))
        elif message.widget.id == "detail-rows":
            self._do(lambda state: state.pick(Pane.DETAIL, message.y, twice=message.twice))

    def on_drawn_rows_scrolled(self, message: DrawnRows.Scrolled) -> None:
        """Scroll the pane under the mouse."""
        inside = message.widget.id == "detail-rows"
        self._do(lambda state: state.scroll(Pane.DETAIL if inside else Pane.LIST, message.rows))
