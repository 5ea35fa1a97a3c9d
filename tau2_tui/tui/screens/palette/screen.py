"""The command palette: type a part of what you want to do, or where you want to go."""

from __future__ import annotations

from inspect import isawaitable

from tau2_tui.tui.actions import PALETTE
from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.format.values import count
from tau2_tui.tui.screens.choosing import ChoosingScreen
from tau2_tui.tui.screens.palette.state import Command, PaletteState


class PaletteScreen(ChoosingScreen):
    """Commands to choose from."""

    NAME = PALETTE

    def __init__(self, commands: list[Command]) -> None:
        super().__init__("> ")
        self.state = PaletteState(commands)

    @property
    def choice_count(self) -> int:
        """How many commands what is typed leaves."""
        return len(self.state.found)

    def choice_runs(self, place: int, width: int) -> tuple[Run, ...]:
        """Return a command's row."""
        return self.state.runs(place, width)

    def note_runs(self) -> tuple[Run, ...]:
        """Return how many commands there are."""
        if not self.state.found:
            return (Run("nothing is called that", "warning"),)
        total = len(self.state.commands)
        if len(self.state.found) == total:
            return (Run(f"{count(total, 'command')}: type a few letters of one, or task:trial", "muted"),)
        return (Run(f"{len(self.state.found):,} of {count(total, 'command')}", "muted"),)

    def typed(self) -> None:
        """Leave the commands that fit, the best one chosen."""
        self.state.look_for(self.prompt.text)
        self.window.goto(0)

    async def action_open(self) -> None:
        """Do what is chosen, on the screen from which this was asked for."""
        command = self.state.command(self.window.cursor)
        if command is None:
            return
        self.dismiss()
        result = command.do()
        if isawaitable(result):
            await result
