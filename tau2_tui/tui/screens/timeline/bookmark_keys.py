"""The timeline's keys for bookmarks, and what is kept of a log for the next time it is opened."""

from __future__ import annotations

from contextlib import suppress

from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.inspection import Place
from tau2_tui.tui.memory import LastPlace, Memory, with_bookmark
from tau2_tui.tui.screens.prompting import Question
from tau2_tui.tui.screens.timeline.export_keys import ExportKeys


class BookmarkKeys(ExportKeys):
    """A screen that remembers."""

    _memory: Memory | None = None

    def remember(self, *, restore: bool) -> None:
        """Take what is kept of the log, and keep what is marked from now on.

        Args:
            restore: also go to where the log was left.
        """
        if not self.state.source.log.path.exists():
            return  # standard input is another one each time
        self._memory = Memory(self.state.source.log)
        self.state.set_bookmarks(self._memory.bookmarks())
        place = self._memory.place() if restore else None
        if place is not None and place != LastPlace():
            self._restore(place)

    def _restore(self, place: LastPlace) -> None:
        state = self.state
        if state.wait("where you left it", lambda: self._restore(place)):
            return
        state.visit(Place(place.simulation_id, place.line if place.line < state.source.count else None))
        state.say("where you left it" + (", filtered" if place.filter else ""))
        if place.filter:
            self.filter_by(place.filter)

    def keep_place(self) -> None:
        """Keep where the log is left, for the next time; where that cannot be written, the next time is the first."""
        state = self.state
        if self._memory is not None and state.line is not None and state.waiting is None:
            ref = state.view.ref
            place = LastPlace(state.line, ref.simulation_id if ref else None, state.filtering.text)
            with suppress(OSError):
                self._memory.keep_place(place)

    def action_bookmark(self) -> None:
        """Ask for a note on the selected event, which is then marked; an empty one on a marked event unmarks it."""
        line = self.state.line
        if line is None:
            return
        known = self.state.bookmarks.get(line)
        label = "bookmark, note: " if known is None else "note, none takes the bookmark away: "
        self.ask(Question(label, lambda note: self._bookmark(line, note.strip()), text=known.note if known else ""))

    def _bookmark(self, line: int, note: str) -> None:
        state = self.state
        state.set_bookmarks(with_bookmark(state.bookmarks.values(), line, note))
        state.say("bookmarked: ' lists" if line in state.bookmarks else "bookmark taken away")
        if self._memory is not None:
            try:
                self._memory.keep_bookmarks(state.bookmarks.values())
            except OSError as error:
                state.say(f"the bookmark is for now only, it cannot be kept: {one_line(error.strerror or error)}")

    def action_bookmarks(self) -> None:
        """Show the bookmarks."""
        from tau2_tui.tui.screens.bookmarks import BookmarksScreen

        self.state.begin()
        if not self.state.bookmarks:
            self.state.say("no bookmark yet: m sets one")
            self.sync()
            return
        marks = self.state.bookmarks.values()
        self.app.push_screen(BookmarksScreen(self.state.source, marks, self._chosen, self.state.line))

    def _chosen(self, line: int) -> None:
        self.state.begin()
        self.state.goto_line(line)
        self.sync()
