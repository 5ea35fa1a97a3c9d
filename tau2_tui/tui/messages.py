"""What workers tell the screens. Workers never touch widgets."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message

if TYPE_CHECKING:
    from tau2_tui.runlog.log import RunLog
    from tau2_tui.runlog.long_line import Entry
    from tau2_tui.runlog.refs import SimulationOutcome, SimulationRef
    from tau2_tui.tui.inspection import Inspection
    from tau2_tui.tui.long_lines import LongLine
    from tau2_tui.tui.screens.timeline.filtering import Part
    from tau2_tui.tui.screens.timeline.search import Hit, Query


class IndexProgress(Message):
    """More of the log is indexed."""


@dataclass(eq=False, repr=False)
class SearchDone(Message):
    """A search came to its end.

    Attributes:
        query: what was looked for.
        hit: what was found.
        generation: that of the log when the search began.
    """

    query: Query
    hit: Hit
    generation: int


@dataclass(eq=False, repr=False)
class LineRead(Message):
    """A line of megabytes was read.

    Attributes:
        long: which bytes it is.
        line: its number.
        entry: what it holds, shortened; None when there is no such line any more.
    """

    long: LongLine
    line: int
    entry: Entry | None


@dataclass(eq=False, repr=False)
class SimulationsKnown(Message):
    """It is known which simulations there are in what is indexed so far.

    Attributes:
        generation: of the log.
        refs: the simulations in the order in which they begin.
    """

    generation: int
    refs: list[SimulationRef]


@dataclass(eq=False, repr=False)
class OutcomesKnown(Message):
    """It is known which simulations there are and how they ended.

    Attributes:
        state: generation and revision of the log.
        refs: the simulations in the order in which they begin.
        outcomes: by simulation id; those that have not ended are missing.
    """

    state: tuple[int, int]
    refs: list[SimulationRef]
    outcomes: dict[str, SimulationOutcome]


@dataclass(eq=False, repr=False)
class FactKnown(Message):
    """A worker found something out.

    Attributes:
        inspection: that it was found out for.
        name: by which it is kept.
        version: of the log that it was found in.
        value: what it is.
        seconds: that it took.
    """

    inspection: Inspection
    name: Hashable
    version: Hashable
    value: Any
    seconds: float


@dataclass(eq=False, repr=False)
class OpeningTold(Message):
    """There is something to say of a log that is being opened.

    Attributes:
        asked: which question for a log it answers, from 1.
        text: what, not safe to draw.
        failed: it cannot be opened.
    """

    asked: int
    text: str
    failed: bool


@dataclass(eq=False, repr=False)
class LogOpened(Message):
    """A worker opened a log.

    Attributes:
        asked_by: the screen that asked for it.
        log: which is whose that takes it.
    """

    asked_by: object
    log: RunLog


@dataclass(eq=False, repr=False)
class FilterFound(Message):
    """A worker found events that a filter lets through.

    Attributes:
        text: the filter.
        part: some of the events.
    """

    text: str
    part: Part


@dataclass(eq=False, repr=False)
class FilterRefused(Message):
    """What was typed is no filter.

    Attributes:
        text: what was typed.
        column: where the mistake stands, from 1.
        reason: what is wrong there, not safe to draw.
    """

    text: str
    column: int
    reason: str


@dataclass(eq=False, repr=False)
class LogGrew(Message):
    """The log that is followed was written to.

    Attributes:
        restarted: another file took its place, or it was shortened.
    """

    restarted: bool


@dataclass(eq=False, repr=False)
class FollowEnded(Message):
    """The log cannot be followed any more.

    Attributes:
        reason: why, not safe to draw.
    """

    reason: str


class RecordingMoved(Message):
    """There is something new to say of the recording that writes the log."""


@dataclass(eq=False, repr=False)
class Exported(Message):
    """An export came to its end.

    Attributes:
        outcome: what became of it, for a person; not safe to draw.
    """

    outcome: str
