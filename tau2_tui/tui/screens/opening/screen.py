"""The screen that asks for another log to open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from textual import on
from textual.worker import get_current_worker

from tau2_tui.errors import Tau2TuiError
from tau2_tui.runlog.log import RunLog
from tau2_tui.tui.actions import OPENING
from tau2_tui.tui.cells import cut_middle
from tau2_tui.tui.format.runs import Run, one_line
from tau2_tui.tui.messages import OpeningTold
from tau2_tui.tui.screens.choosing import ChoosingScreen, kind_runs
from tau2_tui.tui.screens.opening.state import Choice, Kind, OpeningState

_KINDS = [kind.value for kind in Kind]

Opened = Callable[["OpeningScreen", RunLog], object]
"""Takes a log over from the worker that opened it, in the worker's thread."""


class OpeningScreen(ChoosingScreen):
    """A path to type, with completion, over what is open and what was looked at lately."""

    NAME = OPENING

    def __init__(
        self,
        opened: Sequence[tuple[int, str]],
        recent: Sequence[Path],
        switch: Callable[[int], object],
        bring: Opened,
        text: str = "",
    ) -> None:
        """Make the screen.

        Args:
            opened: the other logs that are open, by their place among all.
            recent: the logs looked at lately.
            switch: shows one of those that are open.
            bring: takes a log over that was opened.
            text: a path to open at once.
        """
        super().__init__("open: ", text)
        self.state = OpeningState(opened, recent)
        self.state.look_for(text)
        self._switch = switch
        self._bring = bring
        self._at_once = bool(text)
        self._told = Run("")
        self._asked = 0

    def on_mount(self) -> None:
        """Open what there is to open at once."""
        super().on_mount()
        if self._at_once:
            self.action_open()

    @property
    def choice_count(self) -> int:
        """How many things there are to open."""
        return len(self.state.choices)

    def choice_runs(self, place: int, width: int) -> tuple[Run, ...]:
        """Return what is offered, and why."""
        choice = self.state.choices[place]
        kind = kind_runs(choice.kind.value, _KINDS)
        token = {Kind.TYPED: "strong", Kind.DIRECTORY: "key"}.get(choice.kind, "text")
        return kind, Run(cut_middle(one_line(choice.text), max(8, width - len(kind.text))), token)

    def note_runs(self) -> tuple[Run, ...]:
        """Return what became of opening, or what to type."""
        if self._told.text:
            return (self._told,)
        return (Run("a run log or results of tau2, also compressed or a directory; tab completes", "muted"),)

    def typed(self) -> None:
        """Leave what fits."""
        self._told = Run("")
        self.state.look_for(self.prompt.text)
        self.window.goto(0)

    def _type(self, text: str) -> None:
        self.prompt.text, self.prompt.cursor = text, len(text)
        self.do(self.typed)

    def action_complete(self) -> None:
        """Complete what is typed, or take over the row that was gone to."""
        choice = self.state.choice(self.window.cursor)
        chosen = choice is not None and choice.kind is not Kind.TYPED and self.window.cursor > 0
        self._type(choice.text if chosen and choice is not None and choice.place is None else self.state.completed())

    def action_open(self) -> None:
        """Open what is typed or gone to; of a directory that is gone to, see what is in it."""
        choice = self.state.choice(self.window.cursor)
        if choice is None:
            return
        if choice.place is not None:
            self.dismiss()
            self._switch(choice.place)
        elif choice.kind is Kind.DIRECTORY:
            self._type(choice.text)
        else:
            self._open(choice)

    def _open(self, choice: Choice) -> None:
        self._asked += 1
        asked, path = self._asked, choice.path
        self._told = Run(f"opening {one_line(choice.text)} …", "warning")
        self.sync()

        def work() -> None:
            worker = get_current_worker()
            from tau2_tui.runlog.index_process import IndexProcess
            from tau2_tui.runlog.opening import open_log

            try:
                told = partial(self._tell, asked, failed=False)
                log = open_log(path, index="off", notice=told, process=IndexProcess())
            except (Tau2TuiError, OSError, ValueError) as error:
                self._tell(asked, str(error), failed=True)
                return
            except Exception as error:  # whatever it is, nobody shall wait for the log any longer
                self._tell(asked, f"{type(error).__name__}: {error}", failed=True)
                return
            if worker.is_cancelled:
                log.close()
            else:
                self._bring(self, log)

        self.run_worker(work, thread=True, exclusive=True, group="open", exit_on_error=False)

    def _tell(self, asked: int, text: str, *, failed: bool) -> None:
        self.post_message(OpeningTold(asked, text, failed))

    @on(OpeningTold)
    def _opening_told(self, message: OpeningTold) -> None:
        if message.asked == self._asked:
            said = one_line(message.text, 300)
            self._told = Run(f"✗ {said}", "error") if message.failed else Run(said, "warning")
            self.sync()
