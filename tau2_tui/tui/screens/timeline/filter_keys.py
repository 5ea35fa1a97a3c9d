"""The timeline's key for the filter: the question, and the worker that looks which events it lets through."""

from __future__ import annotations

from textual import on
from textual.worker import Worker, get_current_worker

from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.messages import FilterFound, FilterRefused
from tau2_tui.tui.screens.main import MainScreen
from tau2_tui.tui.screens.prompting import Question
from tau2_tui.tui.screens.timeline.filtering import Part, look, version_of
from tau2_tui.tui.screens.timeline.state import TimelineState


class FilterKeys(MainScreen):
    """A screen whose list shows the events that a filter lets through."""

    state: TimelineState
    _filter: Worker[None] | None = None
    _filter_typed = ""

    def action_filter(self) -> None:
        """Ask which events are to be shown; none named is all of them."""
        self._ask_filter(self.state.filtering.text)

    def _ask_filter(self, text: str, column: int | None = None) -> None:
        cursor = None if column is None else max(0, min(column - 1, len(text)))
        self.ask(Question("filter: ", self.filter_by, text=text, cursor=cursor))

    def filter_by(self, text: str) -> None:
        """Show the events that a filter lets through; all for an empty one."""
        self._stop_filter()
        self._filter_typed = text.strip()
        if self._filter_typed:
            self._look_filter(text, 0)
        elif self.state.filtering:
            self.state.unfilter()

    def keep_filtered(self) -> None:
        """Have a worker look at what the log became since the filter was applied."""
        state = self.state
        log, filtering = state.source.log, state.filtering
        if not filtering or filtering.version in (None, version_of(log)):
            return
        known = filtering.version
        same = known is not None and known[0] == log.generation and known[3] == log.revision
        self._look_filter(filtering.text, filtering.stop if same else 0)

    def _look_filter(self, text: str, start: int) -> None:
        self._stop_filter()
        if text == self.state.filtering.text:
            self.state.look_again()
        log = self.state.source.log

        def report(part: Part) -> None:
            self.post_message(FilterFound(text, part))

        def work() -> None:
            worker = get_current_worker()
            from tau2_tui.runlog.filters import FilterError

            try:
                look(log, text, start, lambda: worker.is_cancelled, report)
            except FilterError as error:
                if not worker.is_cancelled:
                    self.post_message(FilterRefused(text, error.column, error.reason))

        self._filter = self.run_worker(work, thread=True, group="filter", exit_on_error=False)

    def _stop_filter(self) -> None:
        if self._filter is not None:
            self._filter.cancel()
            self._filter = None

    @on(FilterFound)
    def _filter_found(self, message: FilterFound) -> None:
        if message.text.strip() != self._filter_typed:
            return
        self.state.take_filtered(message.text, message.part)
        self.keep_filtered()
        self.sync_soon()

    @on(FilterRefused)
    def _filter_refused(self, message: FilterRefused) -> None:
        if message.text.strip() != self._filter_typed:
            return
        known = self.state.filtering
        self._filter_typed = known.text.strip()
        if known and known.version is None:
            self._look_filter(known.text, known.stop)
        if not self.asking:
            self._ask_filter(message.text, message.column)
        self.state.refusal = f"column {message.column}: {one_line(message.reason)}"
        self.sync()
