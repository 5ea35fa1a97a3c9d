"""Times for people. A log comes from anywhere: any number is taken, nonsense is shown as such."""

from __future__ import annotations

from datetime import datetime, timezone
from enum import Enum

_NO_TIME = "--:--:--"
_LATEST = 253_402_300_799.0
"""The last second of the year 9999."""


class TimeFormat(str, Enum):
    """How the list shows when an event happened."""

    CLOCK = "clock (UTC)"
    RELATIVE = "since the start"
    DELTA = "since the event before"

    def next(self) -> TimeFormat:
        """Return the format after this one, the first one after the last."""
        formats = list(TimeFormat)
        return formats[(formats.index(self) + 1) % len(formats)]


def is_time(timestamp: float | None) -> bool:
    """Return whether this is a number of seconds since the epoch that a calendar has a date for."""
    return timestamp is not None and 0 <= timestamp <= _LATEST


def clock(timestamp: float | None, *, millis: bool = True) -> str:
    """Return the time of day in UTC: ``14:03:59.120``, 12 characters, or 8 without milliseconds."""
    if timestamp is None or not is_time(timestamp):
        return _NO_TIME
    moment = datetime.fromtimestamp(timestamp, timezone.utc)
    return moment.strftime("%H:%M:%S") + (f".{moment.microsecond // 1000:03d}" if millis else "")


def date_and_clock(timestamp: float | None) -> str:
    """Return date and time of day in UTC, to the microsecond."""
    if timestamp is None or not is_time(timestamp):
        return "no time"
    return datetime.fromtimestamp(timestamp, timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f UTC")


def span(seconds: float | None, *, millis: bool = True) -> str:
    """Return a signed difference of times: ``+1.250``, ``+2:03.100``, ``+1:02:03.100``; tenths only when not millis."""
    if seconds is None or not -_LATEST <= seconds <= _LATEST:
        return "?"
    sign = "-" if seconds < 0 else "+"
    digits = 3 if millis else 1
    ticks = round(abs(seconds) * 10**digits)
    whole, fraction = divmod(ticks, 10**digits)
    minutes, whole = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    start = f"{hours}:{minutes:02d}:{whole:02d}" if hours else f"{minutes}:{whole:02d}" if minutes else f"{whole}"
    return f"{sign}{start}.{fraction:0{digits}d}"


def duration(seconds: float | None) -> str:
    """Return how long something took: ``0.2 ms``, ``1.25 s``, ``2 min 3 s``, ``1 h 2 min``; ``?`` when unknown."""
    if seconds is None or not 0 <= seconds <= _LATEST:
        return "?"
    if seconds < 0.0995:
        millis = seconds * 1000
        return f"{millis:.1f} ms" if millis < 9.95 else f"{millis:.0f} ms"
    if seconds < 59.995:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
