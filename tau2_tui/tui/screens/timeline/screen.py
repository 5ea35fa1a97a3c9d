"""The timeline's screen: keys to the state, the state to the widgets, slow work to workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.timer import Timer
from textual.worker import Worker, WorkerState, get_current_worker

from tau2_tui.tui.actions import CONVERSATION, TIMELINE
from tau2_tui.tui.format.runs import Run, one_line
from tau2_tui.tui.inspection import Inspection
from tau2_tui.tui.messages import IndexProgress, OutcomesKnown, SearchDone
from tau2_tui.tui.screens.facts import FINDINGS, Findings, find_findings
from tau2_tui.tui.screens.main import failure_of
from tau2_tui.tui.screens.prompting import Question
from tau2_tui.tui.screens.timeline import bars
from tau2_tui.tui.screens.timeline.asked import Asked
from tau2_tui.tui.screens.timeline.bookmark_keys import BookmarkKeys
from tau2_tui.tui.screens.timeline.jumps import Target
from tau2_tui.tui.screens.timeline.rows import RowWriter
from tau2_tui.tui.screens.timeline.search import Query, find
from tau2_tui.tui.screens.timeline.state import Pane, TimelineState
from tau2_tui.tui.widgets.bar import Bar
from tau2_tui.tui.widgets.painting import MARKED, SELECTED, Drawn, DrawnRows

_PROGRESS_SECONDS = 0.4
"""Least time between two redraws because more is indexed."""

_PATIENCE_SECONDS = 0.2
"""How long a worker waits for the index before it asks whether it is still wanted."""

_OUTCOMES_SECONDS = 1.0
"""Rest after which a worker finds out again how simulations ended, while the log grows."""

_TYPING_SECONDS = 0.15
"""Rest after which what was typed so far is searched."""

ROOMY = 140
"""Columns from which on list and detail are both shown without being asked for: each then has room for its text."""

_BESIDE = 100
"""Columns from which on the detail stands beside the list; on narrower screens it is below."""


_LOW = 10
_LOWEST = 5
"""Rows below which first the title and the minimap, then the hints give way to the list."""


_BOTH_PANES = 18
"""Rows from which on the detail leaves room for the list above it; on lower screens the pane with the keys has all."""


class TimelineScreen(BookmarkKeys):
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
        self._told = 0.0
        self._stop_telling: Callable[[], None] = lambda: None
        self._search: Worker[None] | None = None
        self._typing: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay out the lines around the two panes."""
        state = self.state
        yield Bar(lambda width: bars.title(state, width), id="title")
        yield Bar(lambda width: self._minimap.runs(state, width), id="minimap")
        with Container(id="panes"):
            yield DrawnRows(self._list_row, state.rows_fit, id="list")
            with Container(id="detail"):
                yield Bar(lambda width: bars.detail_title(state, width), id="detail-title")
                yield DrawnRows(self._detail_row, state.detail_fits, id="detail-rows")
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
        self.sync()

    def shown(self) -> None:
        """Go where another screen points to."""
        chosen = self.inspection.take()
        if chosen is not None:
            self.state.begin()
            self.state.visit(chosen)

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
        if now - self._told >= _PROGRESS_SECONDS or self.state.source.complete:
            self._told = now
            self.post_message(IndexProgress())

    def _look_for_outcomes(self) -> None:
        """Have a worker find out which simulations there are and how they ended."""
        if not self._outcomes.ask():
            return
        log = self.state.source.log

        def find_out() -> None:
            worker = get_current_worker()
            while not log.wait(_PATIENCE_SECONDS):
                if worker.is_cancelled:
                    return
            self.post_message(OutcomesKnown(log.simulations(), log.outcomes()))

        self.run_worker(find_out, thread=True, group="outcomes", exit_on_error=False)

    def grown(self, restarted: bool) -> None:
        """Show what was appended to the log that is followed."""
        if restarted:
            self.state.restart()
            if self._remembers:
                self.remember(restore=False)
        self._indexed_more()
        self._look_for_outcomes()

    def _look_for(self, query: Query | None) -> None:
        """Have a worker look for text; one that still looks for another one is stopped."""
        if self._search is not None:
            self._search.cancel()
        if query is None:
            return
        log, view = self.state.source.log, self.state.view

        def look() -> None:
            worker = get_current_worker()
            hit = find(log, query, lambda line: view.shows(line), lambda: worker.is_cancelled)
            if not worker.is_cancelled:
                self.post_message(SearchDone(query, hit))

        self._search = self.run_worker(look, thread=True, group="search", exit_on_error=False)

    @on(IndexProgress)
    def _indexed_more(self) -> None:
        self._rows.forget()
        self.state.refresh()
        self.keep_filtered()
        self.sync()

    @on(OutcomesKnown)
    def _outcomes_known(self, message: OutcomesKnown) -> None:
        self.state.set_outcomes(message.refs, message.outcomes)
        if self._outcomes.answered():
            self.set_timer(_OUTCOMES_SECONDS, self._look_for_outcomes)
        self.sync()

    @on(SearchDone)
    def _search_done(self, message: SearchDone) -> None:
        if message.query.pattern == self.state.search.pattern:
            self.state.found(message.query, message.hit)
            self.sync()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say that a worker failed, for whatever reason; the rest of the inspector goes on."""
        error = event.worker.error
        if event.state is WorkerState.ERROR and error is not None:
            if event.worker.group == "outcomes":
                self._outcomes.answered()
            self.state.say(f"{event.worker.group} failed: {type(error).__name__}: {one_line(error)}")
            self.sync()

    # Drawing

    def sync(self) -> None:
        """Draw what has changed."""
        self._arrange()
        super().sync()

    def _arrange(self) -> None:
        """Give the panes their places for the size of the screen."""
        state, (width, height) = self.state, self.size
        state.roomy = width >= ROOMY and height >= _LOW
        self.set_class(state.detail_shown, "-detail")
        self.set_class(width >= _BESIDE, "-beside")
        self.set_class(height < _LOW, "-low")
        self.set_class(height < _LOWEST, "-lowest")
        narrow = width < _BESIDE and height < _BOTH_PANES
        self.set_class(state.pane is Pane.DETAIL and (narrow or height < _LOWEST), "-detail-only")

    def on_resize(self) -> None:
        """Rearrange for another size of the terminal."""
        self.call_after_refresh(self.sync)

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

    def _bottom(self, width: int) -> tuple[Run, ...]:
        return self.prompt_runs(width) or bars.bottom(self.state, width)

    # Keys and mouse

    def say(self, message: str) -> None:
        """Tell the user something, until the next key."""
        self.state.say(message)

    def key_pressed(self) -> None:
        """Take note that a key was pressed."""
        self.state.begin()

    def _do(self, action: Callable[[TimelineState], object]) -> None:
        self.state.begin()
        action(self.state)
        self.sync()

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self._do(lambda state: state.move(rows))

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self._do(lambda state: state.page(pages))

    def action_first(self) -> None:
        """Go to the first event or line."""
        self._do(lambda state: state.first())

    def action_last(self) -> None:
        """Go to the last event or line."""
        self._do(lambda state: state.last())

    def action_open(self) -> None:
        """Go one step deeper."""
        self._do(lambda state: state.open())

    def action_back(self) -> None:
        """Go one step back; from the whole run there is only leaving."""
        self._look_for(None)
        self._do(lambda state: state.back())

    def action_pane(self, _direction: int) -> None:
        """Let the keys move in the other pane."""
        self._do(lambda state: state.switch_pane())

    def action_detail(self) -> None:
        """Show or hide the detail."""
        self._do(lambda state: state.toggle_detail())

    def action_json(self) -> None:
        """Show the event as text or as JSON."""
        self._do(lambda state: state.detail.toggle_raw())

    def action_fold(self) -> None:
        """Fold or unfold a part of the detail."""
        self._do(lambda state: state.fold())

    def action_wrap(self) -> None:
        """Wrap or cut the detail's lines."""
        self._do(lambda state: state.detail.toggle_wrap())

    def action_sideways(self, cells: int) -> None:
        """Move cut lines of the detail."""
        self._do(lambda state: state.detail.move_sideways(cells))

    def action_time(self) -> None:
        """Show times another way."""
        self._do(lambda state: state.next_time_format())

    def action_error(self, direction: int) -> None:
        """Go to another error."""
        self._do(lambda state: state.jump(Target.ERROR, direction))

    def action_change(self, direction: int) -> None:
        """Go to another state change."""
        self._do(lambda state: state.jump(Target.CHANGE, direction))

    def action_divergence(self) -> None:
        """Go to where the simulation first went wrong."""
        self._do(lambda state: self._to_divergence())

    def _to_divergence(self) -> None:
        findings = self.fact(FINDINGS, find_findings)
        if isinstance(findings, Findings):
            self.state.diverged(findings)
        elif findings is None:
            self.state.waiting = self._to_divergence
            self.state.message = "looking where simulations went wrong"
        else:
            self.state.message = one_line(failure_of(findings) or "", 300)

    def action_conversation(self) -> None:
        """Show the simulation as a conversation."""
        self._do(lambda state: self._converse())

    def _converse(self) -> None:
        from tau2_tui.tui.screens.conversation.rows import Reading, read_conversation
        from tau2_tui.tui.screens.conversation.screen import ConversationScreen

        state, name = self.state, self.state.simulation_id
        if name is None:
            state.message = "no simulation here: ] goes to the next one"
            return
        reading = self.fact((CONVERSATION, name), lambda log: read_conversation(log, name))
        if reading is None:
            state.waiting = self._converse
            state.message = "reading the conversation"
        elif isinstance(reading, Reading):
            title = "".join(run.text for run in bars.named(state, name))
            self.app.push_screen(ConversationScreen(title, reading, self._chosen, state.line))
        else:
            state.message = one_line(failure_of(reading) or "", 300)

    def fact_known(self, name: Hashable) -> None:
        """Make the jump that waited for what a worker found out."""
        self.state.resume()

    def action_simulation(self, direction: int) -> None:
        """Go to another simulation."""
        self._do(lambda state: state.simulation(direction))

    def action_failed(self, direction: int) -> None:
        """Go to another failed simulation."""
        self._do(lambda state: state.failed(direction))

    def action_again(self, direction: int) -> None:
        """Go to another hit of the search."""
        self._do(lambda state: self._look_for(state.next_hit(direction)))

    def on_drawn_rows_picked(self, message: DrawnRows.Picked) -> None:
        """Select what was clicked; a second click opens it."""
        if message.widget.id == "list":
            self._do(lambda state: state.pick(Pane.LIST, message.y, twice=message.twice))
        elif message.widget.id == "detail-rows":
            self._do(lambda state: state.pick(Pane.DETAIL, message.y, twice=message.twice))

    def on_drawn_rows_scrolled(self, message: DrawnRows.Scrolled) -> None:
        """Scroll the pane under the mouse."""
        inside = message.widget.id == "detail-rows"
        self._do(lambda state: state.scroll(Pane.DETAIL if inside else Pane.LIST, message.rows))

    # Prompts

    def action_search(self) -> None:
        """Ask what to search; the first hit is shown while it is typed."""
        self.state.start_search()
        self.ask(Question("/", self._search_entered, self._search_typed, self._search_left))

    def action_go_to(self) -> None:
        """Ask where to go."""
        self.ask(Question(":", lambda text: self.state.go_to(text) if text else None))

    def _search_typed(self, pattern: str) -> None:
        self._stop_typing()
        query = self.state.search.typed(pattern)
        self._typing = self.set_timer(_TYPING_SECONDS, lambda: self._look_for(query))

    def _search_entered(self, pattern: str) -> None:
        self._stop_typing()
        search = self.state.search
        self._look_for(search.typed(pattern) if pattern else search.repeated(search.origin))

    def _search_left(self) -> None:
        self._stop_typing()
        self._look_for(None)
        self.state.cancel_search()

    def _stop_typing(self) -> None:
        if self._typing is not None:
            self._typing.stop()
