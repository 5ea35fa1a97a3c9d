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


@dataclass
class IndexProgress(Message):
    """More of the log is indexed."""


@dataclass
class SearchDone(Message):
    """A search came to its end.

    Attributes:
        query: what was looked for.
        hit: what was found.
    """

    query: Query
    hit: Hit


@dataclass
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


@dataclass
class SimulationsKnown(Message):
    """It is known which simulations there are in what is indexed so far.

    Attributes:
        refs: the simulations in the order in which they begin.
    """

    refs: list[SimulationRef]


@dataclass
class OutcomesKnown(Message):
    """It is known which simulations there are and how they ended.

    Attributes:
        refs: the simulations in the order in which they begin.
        outcomes: by simulation id; those that have not ended are missing.
    """

    refs: list[SimulationRef]
    outcomes: dict[str, SimulationOutcome]


@dataclass
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


@dataclass
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


@dataclass
class LogOpened(Message):
    """A worker opened a log.

    Attributes:
        asked_by: the screen that asked for it.
        log: which is whose that takes it.
    """

    asked_by: object
    log: RunLog


@dataclass
class FilterFound(Message):
    """A worker found events that a filter lets through.

    Attributes:
        text: the filter.
        part: some of the events.
    """

    text: str
    part: Part


@dataclass
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


@dataclass
class LogGrew(Message):
    """The log that is followed was written to.

    Attributes:
        restarted: another file took its place, or it was shortened.
    """

    restarted: bool


@dataclass
class FollowEnded(Message):
    """The log cannot be followed any more.

    Attributes:
        reason: why, not safe to draw.
    """

    reason: str


@dataclass
class RecordingMoved(Message):
    """There is something new to say of the recording that writes the log."""


@dataclass
class Exported(Message):
    """An export came to its end.

    Attributes:
        outcome: what became of it, for a person; not safe to draw.
    """

    outcome: str
