"""What a report is made of, whatever form it is written in. Texts are as they stand in the log: not safe yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tau2_tui.analysis.help.explanation import Explanation

Tone = Literal["", "passed", "failed", "warning", "muted", "strong"]
"""What a text says beside its words; never said by colour alone."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A text of a table or of a fact.

    Attributes:
        text: what stands there.
        tone: how it is drawn.
        target: anchor in the report that it leads to, empty for none.
        spoken: what is read out and shown on hover where ``text`` is a symbol.
        share: 0 to 1, drawn as a bar behind the text; None for no bar.
        anchor: the place of the row or sentence that it begins.
    """

    text: str
    tone: Tone = ""
    target: str = ""
    spoken: str = ""
    share: float | None = None
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """A column of a table.

    Attributes:
        title: what stands above it.
        number: its texts stand to the right.
    """

    title: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; the first cell of a row names it.

    Attributes:
        heads: the columns.
        rows: the rows.
        about: names of the statistics that explain it.
        more: how many rows beyond those there are.
        marks: its cells but the first are symbols, drawn close together.
    """

    kind = "table"
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    about: tuple[str, ...] = ()
    more: int = 0
    marks: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value.

    Attributes:
        label: what it is.
        value: the value.
        note: its interval, and what else there is to say of it.
        about: names of the statistics that explain it.
    """

    label: str
    value: Cell
    note: str = ""
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Labelled values that stand together."""

    kind = "facts"
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about what stands around it."""

    kind = "remark"
    text: str
    tone: Tone = "muted"


@dataclass(frozen=True, slots=True)
class Findings:
    """Sentences, each with a place that it leads to."""

    kind = "findings"
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing.

    Attributes:
        title: what it shows.
        svg: an SVG element; made by ``plots`` only, with every text in it escaped.
        about: names of the statistics that explain it.
    """

    kind = "plot"
    title: str
    svg: str
    about: tuple[str, ...] = ()


Block = Table | Facts | Remark | Findings | Plot


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a section under a heading of its own.

    Attributes:
        title: the heading, empty for none.
        blocks: what stands there.
        about: names of the statistics that explain it.
    """

    title: str
    blocks: tuple[Block, ...]
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A section.

    Attributes:
        title: its heading.
        anchor: its place, made by the program.
        parts: what stands in it.
    """

    title: str
    anchor: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """All sections on one run, or on all of them.

    Attributes:
        title: its heading, empty where the sections need none.
        anchor: its place.
        sections: its sections.
        transcripts: gives its conversations; they are made while they are written, so that big logs need no memory.
        transcripts_anchor: where those stand, empty where there are none.
        transcripts_note: which conversations those are.
    """

    title: str
    anchor: str
    sections: tuple[Section, ...]
    transcripts: Callable[[], Iterator[Transcript]] | None = None
    transcripts_anchor: str = ""
    transcripts_note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something said or done in a conversation.

    Attributes:
        kind: ``agent``, ``user``, ``system``, ``tool``, ``call``, ``result``, ``error``, ``change`` or ``notice``.
        label: who or what, in a word.
        text: what, cut to a length.
        anchor: its place, empty where nothing leads there.
        number: line of the log, from 1; None for none of its own.
        cut: characters of the text that are left out.
        evidence: it is named by a cause of the failure.
    """

    kind: str
    label: str
    text: str
    anchor: str = ""
    number: int | None = None
    cut: int = 0
    evidence: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Entries that are left out.

    Attributes:
        entries: how many.
        characters: of how many characters.
    """

    kind = "gap"
    entries: int
    characters: int


@dataclass(frozen=True, slots=True)
class CauseLine:
    """A cause of a failure.

    Attributes:
        name: which cause, whose fault, how sure.
        summary: what happened.
        places: the entries that show it: text and anchor.
    """

    name: str
    summary: str
    places: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """A simulation to read.

    Attributes:
        anchor: its place.
        title: which simulation.
        outcome: symbol and words of how it ended.
        said: what it took.
        causes: why it failed.
        entries: the conversation.
        parts: its reference actions, and what differs from the reference state.
        note: what the evidence could not decide.
        others: places of evidence that is no entry, such as the simulation's end.
    """

    anchor: str
    title: str
    outcome: Cell
    said: str
    causes: tuple[CauseLine, ...]
    entries: tuple[Entry | Gap, ...]
    parts: tuple[Part, ...]
    note: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """A report.

    Attributes:
        title: what it is about.
        made: when it was made and by what.
        chapters: its chapters, in order.
        explained: the statistics that it names, for the methods at its end.
    """

    title: str
    made: str
    chapters: tuple[Chapter, ...]
    explained: Mapping[str, Explanation] = field(default_factory=dict)
