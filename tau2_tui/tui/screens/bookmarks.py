"""The list of bookmarks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tau2_tui.tui.actions import BOOKMARKS
from tau2_tui.tui.format.runs import Run, one_line
from tau2_tui.tui.format.values import count
from tau2_tui.tui.memory import Bookmark
from tau2_tui.tui.screens.overlay import OverlayRow, OverlayScreen
from tau2_tui.tui.screens.timeline.rows import facts_of
from tau2_tui.tui.source import EventSource


class BookmarksScreen(OverlayScreen):
    """One line a bookmark: the event, the note, and what the event says."""

    NAME = BOOKMARKS

    def __init__(
        self,
        source: EventSource,
        bookmarks: Iterable[Bookmark],
        chosen: Callable[[int], object],
        line: int | None = None,
    ) -> None:
        """Make the list; see :class:`OverlayScreen`.

        Args:
            source: the log.
            bookmarks: what is marked, in the order of the log.
            chosen: is told the line of the log that the user wants to see.
            line: the line at which the cursor begins, or before it.
        """
        super().__init__(chosen, line)
        self._source = source
        self._bookmarks = list(bookmarks)

    def title_runs(self) -> tuple[Run, ...]:
        """Return how many there are."""
        return Run("bookmarks", "heading"), Run(f"  {count(len(self._bookmarks), 'event')}", "muted")

    def rows_for(self, width: int) -> list[OverlayRow]:
        """Return a row for each bookmark."""
        return [OverlayRow(self._runs(mark), mark.line) for mark in self._bookmarks]

    def _runs(self, mark: Bookmark) -> tuple[Run, ...]:
        start = (Run("* ", "warning"), Run(f"{mark.line:>7,}  ", "muted"))
        note = Run(f"{one_line(mark.note)}  ", "strong") if mark.note else Run("")
        if mark.line >= self._source.count:
            return (*start, note, Run("not in the log yet", "muted"))
        facts = facts_of(self._source.entry(mark.line))
        lane = facts.summary.lane
        where = Run(f"{facts.task}{facts.trial}  " if facts.task else "", "muted")
        return (*start, note, where, Run(f"{lane.label} ", lane.value), Run(facts.summary.text))
