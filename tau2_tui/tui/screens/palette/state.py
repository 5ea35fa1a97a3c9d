"""The palette's rows: what can be done, what is typed, and what that leaves. No Textual."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from tau2_tui.tui.cells import cut_middle, fit, is_plain, normal, width
from tau2_tui.tui.format.runs import Run
from tau2_tui.tui.screens.palette.matching import Found, fitting

_LEAST_TITLE = 16
_ABOUT_FROM = 30
"""Cells that must be left for it to be worth saying more of a command than its title."""


@dataclass(frozen=True)
class Command:
    """Something that can be done.

    Attributes:
        kind: one word for what it is about.
        title: its name, safe to draw.
        about: what it does, safe to draw; found by it, too.
        keys: the keys that do it, or another word for the right edge.
        do: does it.
        mark: a run before the title that tells something of it, such as how a simulation ended.
    """

    kind: str
    title: str
    do: Callable[[], Awaitable[object] | object] = field(repr=False)
    about: str = ""
    keys: str = ""
    mark: Run | None = None

    @property
    def text(self) -> str:
        """What is searched, in small letters."""
        return f"{self.title} {self.about}".lower() if self.about else self.title.lower()


class PaletteState:
    """What is typed, and the commands that it leaves."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self.commands = [(command, command.text) for command in commands]
        self.kinds = max((len(command.kind) for command in commands), default=0)
        self._query = ""
        self.found: list[Found[tuple[Command, str]]] = fitting(self.commands, "", _text, _name)

    def look_for(self, query: str) -> None:
        """Leave the commands that fit."""
        among = self.commands
        if self._query and query.startswith(self._query):
            kept = {id(one.item) for one in self.found}
            among = [item for item in among if id(item) in kept]
        self._query = query
        self.found = fitting(among, query, _text, _name)

    def command(self, place: int) -> Command | None:
        """Return the command of a row, None when there is no such row."""
        return self.found[place].item[0] if place < len(self.found) else None

    def runs(self, place: int, cells: int) -> tuple[Run, ...]:
        """Return a row: kind, title and what it does, keys at the right edge."""
        one = self.found[place]
        command = one.item[0]
        start = (Run(f"{command.kind:<{self.kinds}}  ", "muted"), *((command.mark,) if command.mark else ()))
        used = sum(width(run.text) for run in start)
        keys = command.keys if cells - used - width(command.keys) >= _LEAST_TITLE else ""
        room = max(0, cells - used - (width(keys) + 2 if keys else 0))
        title = _marked(command.title, one.places, room)
        left = room - sum(width(run.text) for run in title)
        about = (Run(fit(f"  {command.about}", left), "muted"),) if left >= _ABOUT_FROM and command.about else ()
        gap = Run(" " * (left if not about else 0))
        return (*start, *title, *about, *((gap, Run(f"  {keys}", "key")) if keys else ()))


def _text(item: tuple[Command, str]) -> str:
    return item[1]


def _name(item: tuple[Command, str]) -> int:
    return len(item[0].title)


def _marked(title: str, places: Sequence[int], cells: int) -> tuple[Run, ...]:
    """Return a title with the letters that were found marked, as far as it need not be cut."""
    title = normal(title)
    if not is_plain(title) or width(title) > cells:  # letters of other scripts need not be a cell each
        return (Run(cut_middle(title, cells), "strong"),)
    runs: list[Run] = []
    marked = set(places)
    for place, letter in enumerate(title):
        token = "match" if place in marked else "strong"
        if runs and runs[-1].token == token:
            runs[-1] = Run(runs[-1].text + letter, token)
        else:
            runs.append(Run(letter, token))
    return tuple(runs)
