from __future__ import annotations

import pytest

from tau2_tui.analysis.shared import figures as fig
from tau2_tui.analysis.shared.estimate import Estimate


@pytest.mark.parametrize(
    ("value", "observations", "shown"),
    [
        (-0.0004, 100, "0 %"),
        (-0.0004, 1000, "0.0 %"),
        (-0.1004, 1000, "-10.0 %"),
        (-0.1, None, "-10 %"),
        (0.996, 100, ">99 %"),
        (0.9996, 1000, ">99.9 %"),
        (1 / 215, None, "<1 %"),
        (1 / 4000, 4000, "<0.1 %"),
        (0.0, 4000, "0.0 %"),
        (1.0, 100, "100 %"),
        (None, 100, "-"),
    ],
)
def test_percent_has_no_digits_beyond_the_data_and_no_negative_zero(
    value: float | None, observations: float | None, shown: str
) -> None:
    assert fig.percent(value, observations) == shown


def test_absurd_amounts_stay_short() -> None:
    shown = [fig.money(1e59), fig.number(-1e300), fig.count(1e40), fig.seconds(1e59), fig.size(1e40)]
    assert shown == ["$1.00e+59", "-1.00e+300", "1.00e+40", "2.78e+55 h", "1.00e+31 GB"]
    assert (fig.money(1234567.891), fig.number(123456.0), fig.count(12345)) == ("$1,234,567.89", "123,456", "12,345")


def test_a_difference_says_which_way() -> None:
    estimate = Estimate(0.1, -0.0001, 0.25, n=1000)
    assert fig.share(estimate, signed=True) == "+10.0 points"
    assert fig.share_range(estimate, signed=True) == "0.0 to +25.0 points"
    assert fig.percent(-0.01, signed=True) == "-1 point"
    assert fig.percent(0.0, signed=True) == fig.percent(0.001, signed=True) == "0 points"
