from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.tui.format.times import TimeFormat, clock, date_and_clock, duration, span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "+0.000"),
        (1.25, "+1.250"),
        (-0.5, "-0.500"),
        (123.1, "+2:03.100"),
        (3723.1, "+1:02:03.100"),
        (59.9996, "+1:00.000"),
        (-(10**400), "?"),
        (math.nan, "?"),
    ],
)
def test_span(seconds: float, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0002, "0.2 ms"),
        (0.031, "31 ms"),
        (1.25, "1.25 s"),
        (59.999, "1 min 0 s"),
        (123, "2 min 3 s"),
        (3720, "1 h 2 min"),
        (None, "?"),
        (10**400, "?"),
        (math.nan, "?"),
        (-1, "?"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_clock_is_utc() -> None:
    assert clock(1_760_000_000.25) == "08:53:20.250"
    assert clock(1_760_000_000.25, millis=False) == "08:53:20"
    assert date_and_clock(1_760_000_000.25) == "2025-10-09 08:53:20.250000 UTC"


@given(st.one_of(st.floats(), st.integers(), st.none()))
def test_no_number_is_too_odd(number: float | None) -> None:
    for function in (clock, date_and_clock, duration, span):
        assert isinstance(function(number), str)


def test_nonsense_is_shown_as_such() -> None:
    assert clock(math.nan) == clock(1e300) == clock(-1) == "--:--:--"
    assert span(math.inf) == "?"


def test_formats_go_round() -> None:
    assert TimeFormat.CLOCK.next().next().next() is TimeFormat.CLOCK
