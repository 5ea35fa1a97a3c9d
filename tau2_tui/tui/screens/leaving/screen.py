"""The question what becomes of a recording that is still running when the user leaves."""

from __future__ import annotations

from collections.abc import Callable

from tau2_tui.tui.actions import LEAVING
from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.recording import Recording, recording_runs
from tau2_tui.tui.screens.overlay import OverlayRow, OverlayScreen
from tau2_tui.tui.widgets.bar import Bar

Leave = Callable[[], None]


class LeavingScreen(OverlayScreen):
    """A row for each thing that can become of the recording."""

    NAME = LEAVING

    def __init__(self, recording: Recording, leave: Leave) -> None:
        """Make the question.

        Args:
            recording: which is still running.
            leave: leaves the inspector.
        """
        super().__init__(self._take, 0)
        self._recording = recording
        self._leave = leave
        self._answers: tuple[tuple[str, Leave], ...] = (
            ("stay and watch", lambda: None),
            ("leave; the recording goes on in the background, to its end", self.action_keep),
            ("leave and stop it: turns under way are finished, the log stays valid", self.action_stop),
        )

    def title_runs(self) -> tuple[Run, ...]:
        """Return how far the recording is."""
        return recording_runs(self._recording.status, self.size.width)

    def rows_for(self, width: int) -> list[OverlayRow]:
        """Return the answers."""
        return [OverlayRow((Run(f"  {text}"),), place) for place, (text, _) in enumerate(self._answers)]

    def recording_moved(self) -> None:
        """Say how far the recording is; when it has ended there is nothing to ask any more."""
        if self._recording.status.ended:
            self.dismiss()
        else:
            for title in self.query("#title").results(Bar):  # none while the inspector is being left
                title.update()

    def _take(self, place: int) -> None:
        self._answers[place][1]()

    def action_keep(self) -> None:
        """Leave the recording running."""
        self._recording.keep()
        self._leave()

    def action_stop(self) -> None:
        """Stop the recording."""
        self._recording.stop()
        self._leave()
