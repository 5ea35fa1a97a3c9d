"""What a sheet of statistics is made of, whatever it is drawn on: lines of a terminal, the inspector, a report.

Texts are as they stand in the log, not safe yet: who draws a sheet makes them safe, and chooses what there is room for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tau2_tui.analysis.shared.estimate import Estimate
from tau2_tui.analysis.sheets.behind import Behind
from tau2_tui.analysis.sheets.plots import Plot

Tone = Literal["", "strong", "muted", "passed", "failed", "warning"]
"""What a text says beside its words; never said by colour alone."""

Of = Literal["", "agent", "user", "tool", "passed", "failed"]
"""What a bar is an amount of."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A text of a table or of a field, and the small drawing that belongs to it.

    Attributes:
        text: what stands there.
        tone: how it is drawn.
        share: 0 to 1, drawn as a bar; None for no bar.
        of: what the bar is an amount of.
        rate: an estimated share whose interval is drawn on a line from 0 to 1; None for no line.
        curve: shares of 1, drawn from the left to the right; empty for none.
        spoken: what the text means where it is a symbol, or what is to be known of it besides.
        simulation: index of the simulation that it leads to, None for none.
    """

    text: str
    tone: Tone = ""
    share: float | None = None
    of: Of = ""
    rate: Estimate | None = None
    curve: tuple[float, ...] = ()
    spoken: str = ""
    simulation: int | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """A column of a table.

    Attributes:
        title: what stands above it.
        importance: the columns of least importance are left out where there is no room for all.
        number: its texts stand to the right.
        shrinks: its texts can be cut.
        follows: where there is no room for it, lines that can be read from top to bottom have its texts under the rows.
    """

    title: str
    importance: int = 0
    number: bool = False
    shrinks: bool = False
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; its first cell names it.

    Attributes:
        cells: one for each column.
        marks: one for each column of marks.
        behind: finds what it was counted from; None where nothing can be named.
        task: the task that it speaks of, None for none in particular.
    """

    cells: tuple[Cell, ...]
    marks: tuple[Cell, ...] = ()
    behind: Behind | None = None
    task: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings.

    Attributes:
        heads: the columns.
        rows: the rows, at least one.
        marks: titles of the columns of symbols, which stand behind the first column.
        most: rows that are enough to read: the further ones are many and say little; None where all of them say much.
    """

    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    marks: tuple[str, ...] = ()
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled value.

    Attributes:
        label: what it is.
        value: the value.
        note: its interval, and what else there is to say of it.
        about: names of the statistics that explain it.
        behind: finds what it was counted from; None where nothing can be named.
    """

    label: str
    value: Cell
    note: str = ""
    about: tuple[str, ...] = ()
    behind: Behind | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about what stands around it."""

    text: str


Item = Field | Remark | Table | Plot


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sheet.

    Attributes:
        title: its heading; empty where that of the sheet is enough.
        items: what stands there, at least one thing.
        about: names of the statistics that explain what in it has no other explanation.
    """

    title: str
    items: tuple[Item, ...]
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is said of a section.

    Attributes:
        title: its heading.
        parts: its parts, from top to bottom.
    """

    title: str
    parts: tuple[Part, ...]
