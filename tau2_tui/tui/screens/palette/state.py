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

_TURN = 256
"""Commands that are looked at in one turn, which takes some milliseconds."""


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


@dataclass(frozen=True)
class Later:
    """Commands of which there may be thousands: each is made when it is asked for.

    Attributes:
        kind: the one word for all of them.
        count: how many there are.
        make: makes one, by its place among them.
    """

    kind: str = ""
    count: int = 0
    make: Callable[[int], Command] | None = field(default=None, repr=False)


class PaletteState:
    """What is typed, and the commands that it leaves: found in turns, so that no key has to wait for all of them.

    Attributes:
        count: how many commands there are.
        finished: all of them were looked at.
    """

    def __init__(self, commands: Sequence[Command], later: Later | None = None) -> None:
        """Offer commands.

        Args:
            commands: the most useful one first.
            later: those that come after them.
        """
        self._commands, self._later = commands, later or Later()
        self.count = len(commands) + self._later.count
        self.finished = True
        self.kinds = max(len(self._later.kind), *(len(command.kind) for command in commands), 0)
        self._texts: list[tuple[str, int]] = []
        """What is searched of the first commands, and how much of it is the title; made when it is needed."""
        self._query = ""
        self._found: list[Found[int]] = []
        self._among: Sequence[int] = range(self.count)
        self._looked = self.count

    @property
    def left(self) -> int:
        """How many commands what is typed leaves, as far as they were looked at."""
        return len(self._found) if self._query else self.count

    def look_for(self, query: str) -> None:
        """Leave the commands that fit; of many, those among the first ones."""
        query = query.strip()
        narrower = self.finished and self._query and query.startswith(self._query)
        self._among = sorted(one.item for one in self._found) if narrower else range(self.count)
        self._query, self._found, self._looked = query, [], 0
        self.go_on()

    def go_on(self) -> None:
        """Look at some more commands."""
        turn = self._among[self._looked : self._looked + _TURN] if self._query else ()
        self._looked += len(turn)
        self.finished = not self._query or self._looked >= len(self._among)
        found = fitting(turn, self._query, lambda place: self._text(place)[0], lambda place: self._text(place)[1])
        self._found = sorted([*self._found, *found], key=lambda one: -one.score)

    def _text(self, place: int) -> tuple[str, int]:
        while len(self._texts) <= place:
            command = self._command(len(self._texts))
            self._texts.append((command.text, len(command.title)))
        return self._texts[place]

    def _command(self, place: int) -> Command:
        if place < len(self._commands):
            return self._commands[place]
        assert self._later.make is not None
        return self._later.make(place - len(self._commands))

    def _row(self, row: int) -> Found[int]:
        return self._found[row] if self._query else Found(row, 0.0)

    def command(self, row: int) -> Command | None:
        """Return the command of a row, None when there is no such row."""
        return self._command(self._row(row).item) if row < self.left else None

    def runs(self, row: int, cells: int) -> tuple[Run, ...]:
        """Return a row: kind, title and what it does, keys at the right edge."""
        one = self._row(row)
        command = self._command(one.item)
        start = (Run(f"{command.kind:<{self.kinds}}  ", "muted"), *((command.mark,) if command.mark else ()))
        used = sum(width(run.text) for run in start)
        keys = command.keys if cells - used - width(command.keys) >= _LEAST_TITLE else ""
        room = max(0, cells - used - (width(keys) + 2 if keys else 0))
        title = _marked(command.title, one.places, room)
        left = room - sum(width(run.text) for run in title)
        about = (Run(fit(f"  {command.about}", left), "muted"),) if left >= _ABOUT_FROM and command.about else ()
        gap = Run(" " * (left if not about else 0))
        return (*start, *title, *about, *((gap, Run(f"  {keys}", "key")) if keys else ()))


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
