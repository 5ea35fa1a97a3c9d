"""Points in time as result files write them."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:[.,](\d+))?\s*(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE)
_YEAR_1, _YEAR_9999 = -62135596800.0, 253402300799.0


class Clock:
    """Gives every event a time: its own where that is known, else that of the event before it.

    Attributes:
        now: the last time given, seconds since the epoch.
        local: how many times named no time zone, and were taken as UTC.
        unknown: how many times were missing or could not be read.
    """

    def __init__(self, start: float = 0.0) -> None:
        self.now = start
        self.local = 0
        self.unknown = 0

    def at(self, written: Any) -> float:
        """Return the time that a file has written, the last one when it has none."""
        seconds = seconds_of(written)
        if seconds is None:
            self.unknown += 1
            return self.now
        if isinstance(written, str) and is_local(written):
            self.local += 1
        self.now = seconds
        return seconds


def seconds_of(written: Any) -> float | None:
    """Return seconds since the epoch for an ISO 8601 text, taken as UTC when it names no zone, or such a number."""
    if isinstance(written, (int, float)) and not isinstance(written, bool):
        known = _YEAR_1 <= written <= _YEAR_9999  # false for NaN, and true of no integer too large for a float
        return float(written) if known else None
    match = _ISO.fullmatch(written.strip()) if isinstance(written, str) else None
    if match is None:
        return None
    day, minute, second, fraction, zone = match.groups()
    zone = "+00:00" if zone is None or zone.upper() == "Z" else zone
    if ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:]}"
    try:
        moment = datetime.fromisoformat(f"{day}T{minute}{second or ':00'}.{(fraction or '0')[:6]:0<6}{zone}")
        return moment.astimezone(timezone.utc).timestamp()
    except (ValueError, OverflowError):
        return None


def is_local(written: str) -> bool:
    """Return whether a time in ISO 8601 names no time zone."""
    match = _ISO.fullmatch(written.strip())
    return match is not None and match.group(5) is None
