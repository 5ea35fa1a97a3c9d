"""Plots made of block characters."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.tui.screens.sheet.plots import bar, curve, strip


def test_a_bar_is_as_long_as_its_share() -> None:
    assert bar(1, 8) == "████████" and bar(0.5, 8) == "████" and bar(0, 8) == "" and bar(None) == ""
    assert bar(0.001, 8) == "▏"


def test_a_strip_shows_where_the_interval_lies() -> None:
    assert strip(0.5, 0.25, 0.75, 9) == "··━━┃━━··"
    assert strip(1, None, None, 5) == "····┃" and strip(None, 0, 1) == ""


def test_a_curve_goes_from_its_lowest_to_its_highest_value() -> None:
    assert curve([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█" and curve([1]) == ""
    assert curve([0.5, 0.5], low=0, high=1) == "▅▅" and len(curve(range(1000))) == 48


@given(st.lists(st.floats(), max_size=60), st.floats())
def test_any_number_is_drawn_in_bounds(values: list[float], share: float) -> None:
    assert len(bar(share, 10)) <= 10
    assert len(strip(share, share, share, 10)) == (10 if math.isfinite(share) else 0)
    assert len(curve(values)) <= 48
