"""What a sheet of numbers is made of. No Textual, and nothing of how wide it will be drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tau2_tui.tui.format.runs import Run, one_line
from tau2_tui.tui.inspection import Place

if TYPE_CHECKING:
    from tau2_tui.analysis.help.explanation import Explanation

MOST_EVENTS = 20
"""Events behind a number that are listed."""

MOST_ROWS = 1_000
"""Rows of a grid that are kept."""

_LONGEST = 160
"""Characters of one cell or label."""


@dataclass(frozen=True)
class Behind:
    """One of the events, or simulations, that a number was counted from.

    Attributes:
        text: what it is; safe to draw.
        place: where it is in the first log.
    """

    text: str
    place: Place


@dataclass(frozen=True)
class Subject:
    """What can be asked about a number.

    Attributes:
        about: names of the statistics that explain it.
        events: some of the events behind it.
        more: how many events beyond those there are.
    """

    about: tuple[str, ...] = ()
    events: tuple[Behind, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class Heading:
    """The title of what follows."""

    words: str


@dataclass(frozen=True)
class Remark:
    """A sentence about what stands around it."""

    words: str


@dataclass(frozen=True)
class Field:
    """A labelled value.

    Attributes:
        label: what it is.
        value: the value.
        note: its interval, and what else there is to say of it.
        subject: what can be asked about it.
    """

    label: str
    value: Run
    note: str = ""
    subject: Subject = Subject()


@dataclass(frozen=True)
class Head:
    """A column of a grid.

    Attributes:
        title: what stands above it.
        right: its texts stand to the right, as numbers do.
        shrinks: its texts can be cut.
        importance: the columns of least importance are left out where there is no room for all.
    """

    title: str
    right: bool = False
    shrinks: bool = False
    importance: int = 0


@dataclass(frozen=True)
class Line:
    """A row of a grid.

    Attributes:
        cells: one for each column.
        subject: what can be asked about it.
        task: the task that it speaks of, None for none in particular.
    """

    cells: tuple[Run, ...]
    subject: Subject = Subject()
    task: str | None = None


@dataclass(frozen=True)
class Grid:
    """Rows under headings.

    Attributes:
        heads: the columns.
        lines: the rows.
        more: how many rows beyond those there are.
    """

    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    more: int = 0


Item = Heading | Remark | Field | Grid


@dataclass(frozen=True)
class Sheet:
    """A page of numbers.

    Attributes:
        items: what stands on it, from top to bottom.
        explained: the statistics that its subjects name.
    """

    items: tuple[Item, ...] = ()
    explained: Mapping[str, Explanation] = field(default_factory=dict)


Value = str | Run
"""A cell as it is written: not safe yet."""


def safe_run(value: Value) -> Run:
    """Return a cell that is safe to draw."""
    text, token = (value, "text") if isinstance(value, str) else value
    return Run(one_line(text, _LONGEST), token)


class Writer:
    """Writes a sheet from top to bottom; texts from a log are made safe."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._about: tuple[str, ...] = ()

    def heading(self, words: str, *about: str) -> None:
        """Begin a part; ``about`` names the statistics that explain what in it has no other explanation."""
        self._items.append(Heading(one_line(words, _LONGEST)))
        self._about = about

    def remark(self, *words: str) -> None:
        """Write sentences, each once; nothing for empty ones."""
        self._items += [Remark(one_line(text, 600)) for text in dict.fromkeys(words) if text]

    def field(self, label: str, value: Value, note: str = "", *about: str, subject: Subject | None = None) -> None:
        """Write a labelled value."""
        asked = subject or Subject()
        asked = replace(asked, about=about or asked.about or self._about)
        self._items.append(Field(one_line(label, 60), safe_run(value), one_line(note, 600), asked))

    def grid(self, heads: Sequence[Head], lines: Iterable[Line], *, more: int = 0) -> None:
        """Write a table, without the columns in which nothing stands; nothing for no rows.

        Args:
            heads: the columns.
            lines: the rows.
            more: rows beyond those that there are besides.
        """
        every = list(lines)
        kept = [self._kept(line) for line in every[:MOST_ROWS]]
        if not kept:
            return
        filled = [place for place in range(len(heads)) if not place or any(line.cells[place].text for line in kept)]
        self._items.append(
            Grid(
                tuple(replace(heads[place], title=one_line(heads[place].title, _LONGEST)) for place in filled),
                tuple(replace(line, cells=tuple(line.cells[place] for place in filled)) for line in kept),
                len(every) - len(kept) + more,
            )
        )

    def _kept(self, line: Line) -> Line:
        return replace(line, subject=replace(line.subject, about=line.subject.about or self._about))

    def sheet(self) -> Sheet:
        """Return what was written, with the explanations of all that can be asked; takes a second the first time."""
        from tau2_tui.analysis.help.explain import explanations

        known = explanations()
        names = {name for item in self._items for subject in _subjects(item) for name in subject.about}
        return Sheet(tuple(self._items), {name: known[name] for name in sorted(names)})


def _subjects(item: Item) -> Iterable[Subject]:
    if isinstance(item, Field):
        return (item.subject,)
    return (line.subject for line in item.lines) if isinstance(item, Grid) else ()


def line(*cells: Value, subject: Subject | None = None, task: str | None = None) -> Line:
    """Return a row of a grid of texts that need not be safe."""
    return Line(tuple(safe_run(cell) for cell in cells), subject or Subject(), task)
