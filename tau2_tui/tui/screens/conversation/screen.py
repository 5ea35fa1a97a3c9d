"""The conversation of one simulation over the timeline."""

from __future__ import annotations

from collections.abc import Callable

from tau2_tui.tui.actions import CONVERSATION
from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.screens.conversation.rows import Reading, conversation_rows
from tau2_tui.tui.screens.overlay import OverlayRow, OverlayScreen


class ConversationScreen(OverlayScreen):
    """Who said what, with the tool calls in between."""

    NAME = CONVERSATION

    def __init__(self, title: str, reading: Reading, chosen: Callable[[int], object], line: int | None = None) -> None:
        """Make the screen; see :class:`OverlayScreen`.

        Args:
            title: what the simulation is called, safe.
            reading: what it holds.
            chosen: is told the line of the log that the user wants to see.
            line: the line at which the cursor begins, or before it.
        """
        super().__init__(chosen, line)
        self._title = title
        self._reading = reading

    def title_runs(self) -> tuple[Run, ...]:
        """Return what the simulation is called."""
        return Run(self._title, "heading"), Run("  conversation", "muted")

    def rows_for(self, width: int) -> list[OverlayRow]:
        """Return the conversation for so many cells."""
        return conversation_rows(self._reading, width)
