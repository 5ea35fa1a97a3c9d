"""Events of lines of megabytes: a worker reads them, and what is kept of them is what a screen can show."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from tau2_tui.events import ExecutionEvent, LogLevel
from tau2_tui.runlog import RunLog
from tau2_tui.runlog.long_line import LONG_BYTES, Entry, read_event

_KEPT = 4
"""Shortened events that are kept: of the selected line, and of the changes that it made."""

_MOST_WAITING = 50
"""Lines that may wait to be read: more than a screen has rows. Of others the screen has moved on."""


class LongLine(NamedTuple):
    """Which bytes of which file a line is.

    Attributes:
        generation: of the log.
        start: its first byte.
        end: the byte after it.
    """

    generation: int
    start: int
    end: int

    @property
    def size(self) -> str:
        """How long it is, for a person."""
        return f"{(self.end - self.start) / 1e6:,.1f} MB"


class LongLines:
    """The long lines of a log, for the thread that draws.

    Attributes:
        ask: is called when there is something to read; None, as long as nobody reads elsewhere, has it read at once.
    """

    def __init__(self, log: RunLog) -> None:
        self._log = log
        self.ask: Callable[[], None] | None = None
        self._known: OrderedDict[LongLine, Entry] = OrderedDict()
        self._waiting: OrderedDict[LongLine, int] = OrderedDict()

    def of(self, line: int) -> LongLine | None:
        """Return which line that is when it is long, None when it is not, or cannot be read by its number yet."""
        if line >= self._log.readable:
            return None
        start, end = self._log.span(line)
        return LongLine(self._log.generation, start, end) if end - start > LONG_BYTES else None

    def entry(self, line: int, long: LongLine) -> Entry:
        """Return what is known of the event of a long line; while it is being read, only where it belongs."""
        known = self._known.get(long)
        if known is not None:
            self._known.move_to_end(long)
            return known
        if self.ask is None:
            entry = read_event(self._log, line)
            self.put(long, entry)
            return entry
        if long not in self._waiting:
            self._waiting[long] = line
            if len(self._waiting) > _MOST_WAITING:
                self._waiting.popitem(last=False)
            self.ask()
        return self._standing_in(line, long)

    def take(self) -> tuple[LongLine, int] | None:
        """Return the line that was asked for last, for a worker to read; None when none waits."""
        return self._waiting.popitem() if self._waiting else None

    def put(self, long: LongLine, entry: Entry) -> None:
        """Keep what was read of a line."""
        self._known[long] = entry
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)

    def knows(self, long: LongLine) -> bool:
        """Return whether a line was read."""
        return long in self._known

    def _standing_in(self, line: int, long: LongLine) -> ExecutionEvent:
        said = f"reading {long.size} …"
        columns = self._log.columns
        if line >= len(columns):
            return _at(math.nan, ExecutionEvent(event_type="Event", message=said))
        simulation, task, trial = columns.scopes[columns.scope[line]].tolist()
        turn, seq = int(columns.turn[line]), int(columns.seq[line])
        event = ExecutionEvent(
            event_type=columns.types[columns.type[line]],
            simulation_id=columns.simulations[simulation] if simulation >= 0 else None,
            task_id=columns.tasks[task] if task >= 0 else None,
            trial=trial if trial >= 0 else None,
            turn_idx=turn if turn >= 0 else None,
            level=LogLevel(columns.levels[columns.level[line]]),
            seq=seq if seq >= 0 else None,
            message=said,
        )
        return _at(float(columns.timestamp[line]), event)


def _at(timestamp: float, event: ExecutionEvent) -> ExecutionEvent:
    """Return an event with a time as the file has it: none, as 0.0, where that has none."""
    event.timestamp = 0.0 if math.isnan(timestamp) else timestamp
    return event
