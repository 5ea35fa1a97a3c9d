"""The timeline's keys for the search: the question, and the worker that looks for the next hit."""

from __future__ import annotations

from textual import on
from textual.timer import Timer
from textual.worker import Worker, get_current_worker

from tau2_tui.tui.messages import SearchDone
from tau2_tui.tui.screens.prompting import Question
from tau2_tui.tui.screens.timeline.bookmark_keys import BookmarkKeys
from tau2_tui.tui.screens.timeline.search import Progress, Query, find
from tau2_tui.tui.screens.timeline.view import View
from tau2_tui.tui.widgets.painting import DrawnRows

_TYPING_SECONDS = 0.15
"""Rest after which what was typed so far is searched."""

_SHARE_SECONDS = 0.3
"""Seconds between two times that it is said how far a worker has looked, and before the first one."""


class SearchKeys(BookmarkKeys):
    """A screen whose log is searched."""

    _search: Worker[None] | None = None
    _looking: Query | None = None
    """What a worker looks for, until it is shown what it found."""
    _looking_in: View | None = None
    """The lines in which it looks."""
    _telling_share: Timer | None = None
    _typing: Timer | None = None

    def action_search(self) -> None:
        """Ask what to search; the first hit is shown while it is typed."""
        self._look_for(None)
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
        """Go to another hit of the search: as many on as the key was pressed, also while one is looked for."""
        if self._looking is not None:
            self.state.search.left += direction
            return
        self._look_for(self.state.next_hit(direction))
        self.sync()

    def stop_search(self) -> bool:
        """Look no further; return whether it was said on the screen that a worker still looks."""
        said = self.state.search.share is not None
        self._look_for(None)
        return said

    def _look_for(self, query: Query | None) -> None:
        """Have a worker look for text; one that still looks for another one is stopped."""
        if self._search is not None:
            self._search.cancel()
        self._looking, self.state.search.share = query, None
        if self._telling_share is not None:
            self._telling_share.stop()
            self._telling_share = None
        if query is None:
            self._search = None
            return
        log, view, progress = self.state.source.log, self.state.view, Progress()
        self._looking_in = view

        def look() -> None:
            worker, generation = get_current_worker(), log.generation
            hit = find(log, query, lambda line: view.shows(line), lambda: worker.is_cancelled, progress)
            if not worker.is_cancelled:
                self.post_message(SearchDone(query, hit, generation))

        self._search = self.run_worker(look, thread=True, group="search", exit_on_error=False)
        self._telling_share = self.set_interval(_SHARE_SECONDS, lambda: self._tell_share(progress))

    def _tell_share(self, progress: Progress) -> None:
        """Say how far a worker has looked; nothing else is drawn."""
        self.state.search.share = progress.share
        for bar in self.query("#status").results(DrawnRows):
            bar.update()

    @on(SearchDone)
    def _search_done(self, message: SearchDone) -> None:
        if message.query is not self._looking:
            return
        state = self.state
        if message.generation != state.source.log.generation or state.view is not self._looking_in:
            self._look_for(message.query)  # other lines are shown by now, or their numbers are others
            return
        self.state.found(message.query, message.hit)
        further = self.state.search.further(message.query, message.hit)
        if further is not None:
            self.state.message = ""
        self._look_for(further)
        self.sync()
