"""The command palette: type a part of what you want to do, or where you want to go."""

from __future__ import annotations

from inspect import isawaitable

from textual.timer import Timer

from tau2_tui.tui.actions import PALETTE
from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.format.values import count
from tau2_tui.tui.screens.choosing import ChoosingScreen
from tau2_tui.tui.screens.palette.state import Command, Later, PaletteState

_PAUSE_SECONDS = 0.002
"""Seconds between two turns of looking."""


class PaletteScreen(ChoosingScreen):
    """Commands to choose from."""

    NAME = PALETTE

    def __init__(self, commands: list[Command], later: Later) -> None:
        super().__init__("> ")
        self.state = PaletteState(commands, later)
        self._next_turn: Timer | None = None

    @property
    def choice_count(self) -> int:
        """How many commands what is typed leaves."""
        return self.state.left

    def choice_runs(self, place: int, width: int) -> tuple[Run, ...]:
        """Return a command's row."""
        return self.state.runs(place, width)

    def note_runs(self) -> tuple[Run, ...]:
        """Return how many commands there are."""
        left, total = self.state.left, self.state.count
        if not self.state.finished:
            return (Run(f"looking at {count(total, 'command')}", "muted"),)
        if not left:
            return (Run("nothing is called that", "warning"),)
        if left == total:
            return (Run(f"{count(total, 'command')}: type a few letters of one, or task:trial", "muted"),)
        return (Run(f"{left:,} of {count(total, 'command')}", "muted"),)

    def typed(self) -> None:
        """Leave the commands that fit, the best one chosen."""
        self.state.look_for(self.prompt.text)
        self.window.goto(0)
        self._look_on()

    def _look_on(self) -> None:
        """Look at the other commands after what is found is on the screen, and after the keys that were pressed."""
        if self._next_turn is not None:
            self._next_turn.stop()
        self._next_turn = None if self.state.finished else self.set_timer(_PAUSE_SECONDS, self._turn)

    def _turn(self) -> None:
        self.state.go_on()
        self.sync()
        self._look_on()

    async def action_open(self) -> None:
        """Do what is chosen, on the screen from which this was asked for."""
        command = self.state.command(self.window.cursor)
        if command is None:
            return
        self.dismiss()
        result = command.do()
        if isawaitable(result):
            await result
