"""What changes in a row come to: the same end by the shortest way."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.events.changes import apply, diff, same
from tau2_tui.events.net_changes import net

leaves = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "b", ""])
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b/c", "~", "0", "1"]), inner, max_size=3)
    ),
    max_leaves=8,
)
documents = st.dictionaries(st.sampled_from(["x", "y", "0"]), values, max_size=3)


@given(st.lists(documents, min_size=2, max_size=5))
def test_it_leads_to_the_same_end(states: list[Any]) -> None:
    changes = [change for old, new in pairwise(states) for change in diff(old, new)]
    assert same(apply(states[0], net(changes)), states[-1]) or _only_order(apply(states[0], net(changes)), states[-1])


def _only_order(left: Any, right: Any) -> bool:
    return bool(left == right)


def test_what_was_changed_back_is_left_out() -> None:
    changes = [
        {"op": "replace", "path": "/r/A/cabin", "old": "economy", "value": "business"},
        {"op": "add", "path": "/r/B", "value": {"n": 1}},
        {"op": "replace", "path": "/r/A/cabin", "old": "business", "value": "economy"},
        {"op": "replace", "path": "/r/B/n", "old": 1, "value": 2},
    ]
    assert net(changes) == [{"op": "add", "path": "/r/B", "value": {"n": 2}}]


def test_a_record_that_was_changed_and_removed_was_removed_as_it_had_been() -> None:
    changes = [
        {"op": "replace", "path": "/r/A/n", "old": 1, "value": 2},
        {"op": "add", "path": "/r/A/m", "value": 3},
        {"op": "remove", "path": "/r/A", "old": {"n": 2, "m": 3}},
    ]
    assert net(changes) == [{"op": "remove", "path": "/r/A", "old": {"n": 1}}]


def test_elements_that_move_are_kept_one_by_one() -> None:
    changes = [
        {"op": "remove", "path": "/l/0", "old": "a"},
        {"op": "replace", "path": "/l/0", "old": "b", "value": "c"},
        {"op": "replace", "path": "/n", "old": 1, "value": 2},
        {"op": "replace", "path": "/n", "old": 2, "value": 3},
    ]
    assert net(changes) == [{"op": "replace", "path": "/n", "old": 1, "value": 3}, *changes[:2]]
    assert apply({"l": ["a", "b"], "n": 1}, net(changes)) == {"l": ["c"], "n": 3}


@pytest.mark.parametrize(
    "changes",
    [
        [{"op": "replace", "path": "/a/b", "old": 1}, {"op": "replace", "path": "/a", "old": 5, "value": 2}],
        [{"op": "replace", "path": "/a/7", "old": 1}, {"op": "replace", "path": "/a", "old": [1], "value": 2}],
        [{"op": "replace", "path": "no pointer"}],
        ["no change"],
    ],
)
def test_changes_that_cannot_follow_each_other_are_one_clear_error(changes: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        net(changes)
