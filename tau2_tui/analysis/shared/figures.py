"""Numbers as a person reads them: no more digits than the data carry, and never a number where there is none."""

from __future__ import annotations

import math

from tau2_tui.analysis.shared.estimate import Estimate, Test
from tau2_tui.safe_text import visible

NONE = "-"

_ONE_DECIMAL_FROM = 400
"""A rate shows a decimal when it rests on at least so many independent observations; whole percents below."""


_LONGEST = 1e15
"""Numbers from there on are written with an exponent: digits by the dozen tell nothing."""


def text(value: object) -> str:
    """Return anything from a log as one line that a terminal only shows."""
    return visible(str(value)) if value not in (None, "") else NONE


def count(value: float | None) -> str:
    """Return a whole number with separators."""
    return NONE if value is None else f"{value:,.0f}" if abs(value) < _LONGEST else number(value)


def things(amount: float, what: str) -> str:
    """Return a number of things, in the singular for one."""
    return f"{amount:,.0f} {what if amount == 1 else f'{what}s'}"


def percent(value: float | None, observations: float | None = None, *, signed: bool = False) -> str:
    """Return a share as percent: whole ones, with a decimal from 400 independent observations on.

    What is not none is never shown as 0 %, and what is not all never as 100 %. A signed one is a difference of shares,
    which is in points.
    """
    if value is None:
        return NONE
    digits = _digits(observations)
    if not signed and 0 < value < 1 and round(100 * value, digits) in (0, 100):
        return f"<{10**-digits:.{digits}f} %" if value < 0.5 else f">{100 - 10**-digits:.{digits}f} %"
    return _rounded(value, digits, signed)


def _digits(observations: float | None) -> int:
    return 1 if observations is not None and observations >= _ONE_DECIMAL_FROM else 0


def _rounded(value: float, digits: int, signed: bool) -> str:
    shown = round(100 * value, digits) or 0.0  # no zero with a minus
    if not signed:
        return f"{shown:.{digits}f} %"
    return f"{shown:{'+' if shown else ''}.{digits}f} {'point' if abs(shown) == 1 else 'points'}"


def worth(estimate: Estimate) -> float:
    """Return how many independent observations an estimate rests on."""
    return estimate.n if estimate.n_eff is None else estimate.n_eff


def share(estimate: Estimate, *, signed: bool = False) -> str:
    """Return an estimated share as percent."""
    return percent(estimate.value, worth(estimate), signed=signed)


def share_range(estimate: Estimate, *, signed: bool = False) -> str:
    """Return the interval of an estimated share."""
    if estimate.low is None or estimate.high is None:
        return NONE
    digits = _digits(worth(estimate))
    low, _, _ = _rounded(estimate.low, digits, signed).rpartition(" ")
    return f"{low} to {_rounded(estimate.high, digits, signed)}"


def number(value: float | None, digits: int = 3) -> str:
    """Return a number with so many significant digits."""
    if value is None or not math.isfinite(value):
        return NONE
    if abs(value) >= _LONGEST:
        return f"{value:.{digits - 1}e}"
    if value == 0 or 1e-3 <= abs(value) < 10**digits:
        places = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0
        return f"{value:,.{places}f}"
    return f"{value:,.0f}" if abs(value) >= 10**digits else f"{value:.{digits - 1}g}"


def number_range(estimate: Estimate) -> str:
    """Return the interval of an estimated number."""
    if estimate.low is None or estimate.high is None:
        return NONE
    return f"{number(estimate.low)} to {number(estimate.high)}"


def seconds(value: float | None) -> str:
    """Return a time in a unit that suits it."""
    if value is None:
        return NONE
    for limit, factor, unit in ((1e-3, 1e6, "µs"), (1.0, 1e3, "ms"), (600.0, 1.0, "s"), (7200.0, 1 / 60, "min")):
        if abs(value) < limit:
            return f"{number(value * factor)} {unit}"
    return f"{number(value / 3600)} h"


def money(value: float | None) -> str:
    """Return US dollars."""
    if value is None:
        return NONE
    return f"${value:,.2f}" if value == 0 or 1 <= abs(value) < _LONGEST else f"${number(value)}"


def size(value: float | None) -> str:
    """Return a number of bytes."""
    if value is None:
        return NONE
    if value < 1000:
        return f"{value:.0f} B"
    for limit, factor, unit in ((1e6, 1e3, "kB"), (1e9, 1e6, "MB")):
        if value < limit:
            return f"{number(value / factor)} {unit}"
    return f"{number(value / 1e9)} GB"


def p_value(p: float | None) -> str:
    """Return a p-value, never as exactly zero."""
    if p is None:
        return NONE
    return "<0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def tested(test: Test) -> str:
    """Return what a test found, or why there was nothing to test."""
    if test.p is None:
        return test.note or "nothing to test"
    words = f"p {'' if test.p < 0.001 else '= '}{p_value(test.p)}"
    if test.p_min is not None:
        words += f", the smallest possible here is {p_value(test.p_min)}"
    return words
