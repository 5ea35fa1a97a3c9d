"""Times and numbers of a log for people, whatever they are; times are UTC."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timezone

_FARTHEST = 1e15
"""Seconds from which on a number is no time."""


def minute(seconds: float) -> str:
    """Return a time as date, hour and minute."""
    return _formatted(seconds, "%Y-%m-%d %H:%M")


def millisecond(seconds: float | None) -> str:
    """Return the time of day to the millisecond, ``-`` when there is none."""
    if seconds is None or not abs(seconds) < _FARTHEST:
        return "-"
    whole, part = divmod(math.floor(seconds * 1000), 1000)
    minutes, second = divmod(whole % 86_400, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}.{part:03}"


def lasting(seconds: float | None) -> str:
    """Return a length of time in the unit that fits it, empty when it is not known."""
    if seconds is None or not abs(seconds) < _FARTHEST:
        return ""
    if seconds < 0.0995:
        return f"{seconds * 1e3:.2g} ms" if seconds < 0.00995 else f"{seconds * 1e3:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min"


def number_text(value: float, form: str) -> str:
    """Return a number in Python's format ``form``; one with more digits than a float holds as ``?``."""
    try:
        return format(value, form)
    except OverflowError:
        return "?"


def sum_text(values: Iterable[float], form: str) -> str:
    """Return the sum of numbers as ``number_text`` does a number."""
    try:
        return number_text(sum(values), form)
    except OverflowError:
        return "?"


def _formatted(seconds: float, form: str) -> str:
    try:
        return datetime.fromtimestamp(seconds, tz=timezone.utc).strftime(form)
    except (OverflowError, ValueError, OSError):
        return "-"
