"""A screen that asks for a line of text at its bottom."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from textual import events

from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.prompt import Prompt
from tau2_tui.tui.screens.keyed import KeyedScreen


def _ignore(text: str) -> None:
    """Do nothing with what was typed."""


class Question(NamedTuple):
    """What is asked, and who is told of the answer.

    Attributes:
        label: what stands before the answer, such as ``/``.
        entered: is told the whole answer.
        typed: is told the answer so far, after each change.
        left: is told that there is no answer.
        text: the answer to begin with.
        cursor: index of the character in it under the cursor, None for its end.
    """

    label: str
    entered: Callable[[str], object]
    typed: Callable[[str], object] = _ignore
    left: Callable[[], object] = lambda: None
    text: str = ""
    cursor: int | None = None


class PromptingScreen(KeyedScreen):
    """A screen that gives keys to a prompt while there is one."""

    def __init__(self) -> None:
        super().__init__()
        self._prompt: Prompt | None = None
        self._question = Question("", _ignore)

    def key_pressed(self) -> None:
        """Take note that a key was pressed."""

    def sync(self) -> None:
        """Draw the screen again; a screen that knows what has changed draws only that."""
        self.refresh()

    def ask(self, question: Question) -> None:
        """Ask for a line of text."""
        self.key_pressed()
        cursor = len(question.text) if question.cursor is None else question.cursor
        self._question, self._prompt = question, Prompt(question.label, question.text, cursor)
        self.sync()

    @property
    def asking(self) -> bool:
        """Whether something is asked."""
        return self._prompt is not None

    def prompt_runs(self, width: int) -> tuple[Run, ...] | None:
        """Return the prompt as it is drawn, None when nothing is asked."""
        return None if self._prompt is None else self._prompt.runs(width)

    def takes(self, event: events.Key) -> bool:
        """Give a key to the prompt while there is one."""
        prompt = self._prompt
        if prompt is None:
            return False
        self.key_pressed()
        if event.key == "enter":
            self._prompt = None
            self._question.entered(prompt.text)
        elif event.key == "escape" or (event.key == "backspace" and not prompt.text):
            self._prompt = None
            self._question.left()
        elif prompt.press(event.key):
            self._question.typed(prompt.text)
        elif event.is_printable and event.character:
            prompt.insert(event.character)
            self._question.typed(prompt.text)
        self.sync()
        return True

    def on_paste(self, event: events.Paste) -> None:
        """Paste into the prompt."""
        if self._prompt is not None:
            self._prompt.insert(event.text)
            self._question.typed(self._prompt.text)
            self.sync()
