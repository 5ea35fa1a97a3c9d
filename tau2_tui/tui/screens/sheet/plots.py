"""Small plots of block characters, as texts."""

from __future__ import annotations

import math
from collections.abc import Sequence

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"
_BAR = 14
_STRIP = 20
_POINTS = 48


def bar(share: float | None, cells: int = _BAR) -> str:
    """Return a share of 1 as a bar of at most so many cells."""
    if share is None or not math.isfinite(share):
        return ""
    eighths = round(max(0.0, min(share, 1.0)) * cells * 8)
    if not eighths and share > 0:
        eighths = 1
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def strip(value: float | None, low: float | None, high: float | None, cells: int = _STRIP) -> str:
    """Return a share of 1 and its interval on a line from 0 to 1: ``····━━┃━━····``; empty without a value."""
    if value is None or not math.isfinite(value):
        return ""
    last = cells - 1
    at = _cell(value, last)
    start, end = (at, at) if low is None or high is None else (_cell(low, last), _cell(high, last))
    return "".join("┃" if x == at else "━" if start <= x <= end else "·" for x in range(cells))


def _cell(share: float, last: int) -> int:
    return round(max(0.0, min(share, 1.0)) * last) if math.isfinite(share) else last


def curve(values: Sequence[float], *, low: float | None = None, high: float | None = None) -> str:
    """Return values in their order as a row of blocks from the lowest to the highest; empty without two of them.

    Args:
        values: the values; of many, some at equal distances.
        low: what the lowest block stands for; the smallest value by default.
        high: what the highest block stands for.
    """
    finite = [value for value in values if math.isfinite(value)]
    if len(finite) < 2:
        return ""
    step = max(1.0, len(finite) / _POINTS)
    shown = [finite[int(place * step)] for place in range(min(len(finite), _POINTS))]
    bottom = min(finite) if low is None else low
    span = (max(finite) if high is None else high) - bottom
    top = len(_LEVELS) - 1
    heights = (0.5 if span <= 0 else max(0.0, min((value - bottom) / span, 1.0)) for value in shown)
    return "".join(_LEVELS[round(height * top)] for height in heights)
