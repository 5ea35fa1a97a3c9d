"""Places in a log that a user can name: an event's number, a task and trial, a time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from tau2_tui.runlog.refs import SimulationRef
from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.format.times import is_time
from tau2_tui.tui.source import EventSource

_LONGEST_NUMBER = 19

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?")


class Place(NamedTuple):
    """Where to go.

    Attributes:
        line: line of the log, None for a simulation's first one.
        simulation: the simulation that was named, None when none was.
    """

    line: int | None
    simulation: SimulationRef | None = None


class NoSuchPlace(ValueError):
    """The log has no such place, or not yet; the message says which."""


def find_place(source: EventSource, text: str, day_of: float | None = None) -> Place:
    """Return the place that ``text`` names: ``120``, ``7:0``, ``#3``, ``@1760000000.5``, ``14:05`` or ``14:05:30``.

    Args:
        source: the log.
        text: what was typed.
        day_of: a time on the day that a time of day means, in seconds since the epoch.

    Raises:
        NoSuchPlace: there is none of that name.
    """
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < _LONGEST_NUMBER:
        return Place(_line_of_number(source, int(text)))
    ref = _simulation(source, text)
    if ref is not None:
        return Place(None, ref)
    moment = _moment(text, day_of)
    if moment is not None:
        return Place(_line_of_time(source, moment))
    raise NoSuchPlace(f"no event number, task:trial, #simulation or time: {one_line(text, 60)}")


def _line_of_number(source: EventSource, number: int) -> int:
    if number < source.count and (source.merged or getattr(source.entry(number), "seq", None) in (number, None)):
        return number
    columns = source.columns()
    if columns is not None and number < 1 << 62:
        lines = (columns.seq == number).nonzero()[0]
        if len(lines):
            return int(lines[0])
    raise NoSuchPlace(f"no event {number:,}: the last one is {source.count - 1:,}")


def _simulation(source: EventSource, text: str) -> SimulationRef | None:
    task, colon, trial = text.rpartition(":")
    wanted = int(trial) if colon and trial.isascii() and trial.isdigit() and len(trial) < 10 else None
    refs = source.simulations()
    for ref in sorted(refs, key=lambda ref: ref.repeated):  # those that count first
        if ref.task_id == text or (ref.task_id == task and ref.trial == wanted and wanted is not None):
            return ref
        if ref.simulation_id == text or f"#{source.simulation_number(ref.simulation_id)}" == text:
            return ref
    return None


def _moment(text: str, day_of: float | None) -> float | None:
    if text.startswith("@"):
        try:
            moment = float(text[1:])
        except ValueError:
            return None
        return moment if is_time(moment) else None
    match = _CLOCK.fullmatch(text)
    if match is None or not is_time(day_of):
        return None
    day = datetime.fromtimestamp(day_of or 0.0, timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    hours, minutes, seconds = match.groups(default="0")
    return (day + timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))).timestamp()


def _line_of_time(source: EventSource, moment: float) -> int:
    columns = source.columns()
    if columns is not None:
        lines = (columns.timestamp >= moment).nonzero()[0]
        if len(lines):
            return int(lines[0])
    raise NoSuchPlace("no event so late")
