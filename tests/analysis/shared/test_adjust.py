from __future__ import annotations

import math

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.analysis.shared.adjust import adjust_tests, adjusted
from tau2_tui.analysis.shared.estimate import Test


@given(st.lists(st.one_of(st.none(), st.just(math.nan), st.floats(0, 1)), max_size=12))
def test_adjustment_is_the_step_up_rule_over_what_was_tested(p_values: list[float | None]) -> None:
    tested = [p for p in p_values if p is not None and not math.isnan(p)]
    found = adjusted(p_values)
    assert [value is None for value in found] == [p is None or math.isnan(p) for p in p_values]
    expected = [min(1.0, min(q * len(tested) / sum(r <= q for r in tested) for q in tested if q >= p)) for p in tested]
    assert [value for value in found if value is not None] == pytest.approx(expected, abs=1e-9)
    if tested:
        theirs = scipy.stats.false_discovery_control(tested)
        assert [value for value in found if value is not None] == pytest.approx(theirs.tolist(), abs=1e-9)


def test_tests_keep_everything_else() -> None:
    rows = adjust_tests([Test(0.01, 1.0, 5), Test(None, note="nothing"), Test(0.04)], "holm")
    assert [row.p_adj for row in rows] == [pytest.approx(0.02), None, pytest.approx(0.04)]
    assert rows[1].note == "nothing"
    assert rows[0].stat == 1.0
