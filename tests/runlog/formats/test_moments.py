from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.runlog.formats.moments import Clock, is_local, seconds_of

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
zones = st.sampled_from([timezone.utc, timezone(timedelta(hours=-7)), timezone(timedelta(hours=5, minutes=30))])


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=zones))
def test_times_with_a_zone_are_exact(moment: datetime) -> None:
    expected = (moment - EPOCH) / timedelta(seconds=1)
    assert seconds_of(moment.isoformat()) == pytest.approx(expected, abs=1e-5)
    assert not is_local(moment.isoformat())


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))
def test_times_without_a_zone_are_taken_as_utc(moment: datetime) -> None:
    assert seconds_of(moment.isoformat()) == seconds_of(moment.isoformat() + "Z")
    assert is_local(moment.isoformat())


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("2026-01-01T00:00:00.5", 1767225600.5),
        ("2026-01-01 00:00:00.123456789Z", 1767225600.123456),
        ("2026-01-01T01:00+0100", 1767225600.0),
        (1767225600, 1767225600.0),
        (1767225600.25, 1767225600.25),
    ],
)
def test_other_ways_to_write_a_time(written: object, seconds: float) -> None:
    assert seconds_of(written) == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize("written", [None, "", "yesterday", "2026-13-01T00:00:00", True, [], float("nan"), 1e300])
def test_what_is_no_time_is_none(written: object) -> None:
    assert seconds_of(written) is None


def test_an_unknown_time_is_that_of_the_event_before() -> None:
    clock = Clock(5.0)
    assert clock.at(None) == 5.0
    assert clock.at("1970-01-01T00:01:00") == 60.0
    assert clock.at("?") == 60.0 and (clock.unknown, clock.local) == (2, 1)
