from __future__ import annotations

import numpy as np
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.analysis.shared.ranks import doubled_midranks, midranks_within, settled


def test_numbers_that_differ_by_how_they_were_added_up_are_ties() -> None:
    assert len(set(settled(np.array([0.1, (0.1 + 0.1 + 0.1) / 3, 0.2])).tolist())) == 2
    assert settled(np.array([3.0, 1.0, 0.0])).tolist() == [3.0, 1.0, 0.0]
    assert settled(np.array([1.0, 1.0 + 1e-9])).tolist() == [1.0, 1.0 + 1e-9]
    assert settled(np.zeros(2)).tolist() == [0.0, 0.0]
    assert settled(np.array([])).tolist() == []


def test_midranks_inside_tasks() -> None:
    values, tasks = np.array([3.0, 1.0, 3.0, 5.0, 5.0, 2.0, 9.0]), np.array([0, 1, 0, 1, 0, 1, 2])
    found = midranks_within(values, tasks)
    for task in range(3):
        assert found[tasks == task].tolist() == (2 * scipy.stats.rankdata(values[tasks == task])).tolist()


@given(st.lists(st.sampled_from([0.0, 1.0, 1.5, 2.0, 7.25]), min_size=1, max_size=20))
def test_midranks_are_scipys(values: list[float]) -> None:
    assert doubled_midranks(values).tolist() == (2 * scipy.stats.rankdata(values)).tolist()
