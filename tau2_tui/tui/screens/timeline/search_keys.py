"""The timeline's keys for the search: the question, and the worker that looks for the next hit."""

from __future__ import annotations

from textual import on
from textual.timer import Timer
from textual.worker import Worker, get_current_worker

from tau2_tui.tui.messages import SearchDone
from tau2_tui.tui.screens.prompting import Question
from tau2_tui.tui.screens.timeline.bookmark_keys import BookmarkKeys
from tau2_tui.tui.screens.timeline.search import Query, find

_TYPING_SECONDS = 0.15
"""Rest after which what was typed so far is searched."""


class SearchKeys(BookmarkKeys):
    """A screen whose log is searched."""

    _search: Worker[None] | None = None
    _typing: Timer | None = None

    def action_search(self) -> None:
        """Ask what to search; the first hit is shown while it is typed."""
        self.state.start_search()
        self.ask(Question("/", self._search_entered, self._search_typed, self._search_left))

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

    def action_again(self, direction: int) -> None:
        """Go to another hit of the search."""
        self.state.begin()
        self._look_for(self.state.next_hit(direction))
        self.sync()

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

    @on(SearchDone)
    def _search_done(self, message: SearchDone) -> None:
        if message.query.pattern == self.state.search.pattern:
            self.state.found(message.query, message.hit)
            self.sync()
