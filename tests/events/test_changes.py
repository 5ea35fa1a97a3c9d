from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tau2_tui.events.changes import apply, describe, diff, join, parts, same, undo
from tau2_tui.events.codec import loads
from tests.events.strategies import json_values, texts


@st.composite
def neighbours(draw: st.DrawFn) -> tuple[Any, Any]:
    """Two JSON values of which the second is an edit of the first."""
    old = draw(json_values)

    def edited(value: Any) -> Any:
        if draw(st.integers(0, 3)) == 0:
            return draw(json_values)
        if isinstance(value, dict):
            kept = {key: edited(item) for key, item in value.items() if draw(st.integers(0, 4))}
            return {**kept, **draw(st.dictionaries(texts, json_values, max_size=1))}
        if isinstance(value, list):
            kept_items = [edited(item) for item in value if draw(st.integers(0, 4))]
            at = draw(st.integers(0, len(kept_items)))
            return kept_items[:at] + draw(st.lists(json_values, max_size=1)) + kept_items[at:]
        return value

    return old, edited(old)


@given(neighbours())
@example(([1, 2, 3, 4], [9, 1, 3]))
@example(({"a": 1}, {"a": True}))
@example(({"a": 1}, {"a": 1.0}))
@example(([[1], [2], [3]], [[2], [3, 4]]))
def test_changes_lead_there_and_back(pair: tuple[Any, Any]) -> None:
    old, new = pair
    changes = diff(old, new)
    assert same(apply(old, changes), new)
    assert same(undo(new, changes), old)
    assert (changes == []) == same(old, new)


@given(st.lists(json_values, max_size=6), st.lists(json_values, max_size=6))
def test_lists_of_any_lengths(old: list[Any], new: list[Any]) -> None:
    changes = diff({"l": old}, {"l": new})
    assert same(apply({"l": old}, changes), {"l": new})
    assert same(undo({"l": new}, changes), {"l": old})


@given(st.lists(texts))
def test_pointers_escape(keys: list[str]) -> None:
    assert parts(join(*keys)) == keys


def test_every_change_names_old_and_new() -> None:
    old = {"reservations": {"HATHAT": {"cabin": "economy", "bags": 2}}, "users": {"mia": 1}}
    new = {"reservations": {"HATHAT": {"cabin": "business", "bags": 2, "paid": True}}, "users": {}}
    assert diff(old, new) == [
        {"op": "replace", "path": "/reservations/HATHAT/cabin", "old": "economy", "value": "business"},
        {"op": "add", "path": "/reservations/HATHAT/paid", "value": True},
        {"op": "remove", "path": "/users/mia", "old": 1},
    ]


def test_an_element_taken_from_the_middle_is_one_removal() -> None:
    old = [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}]
    assert diff(old, [old[0], old[2], old[3]], "/l") == [{"op": "remove", "path": "/l/1", "old": {"id": 2}}]


def test_two_elements_taken_from_two_places_are_two_removals() -> None:
    assert diff([1, 2, 3, 4, 5], [1, 3, 5]) == [
        {"op": "remove", "path": "/1", "old": 2},
        {"op": "remove", "path": "/2", "old": 4},
    ]


def test_changes_do_not_share_what_they_are_applied_to() -> None:
    value = {"a": [1]}
    changed = apply({}, [{"op": "add", "path": "/x", "value": value}])
    value["a"].append(2)
    assert changed == {"x": {"a": [1]}}


@pytest.mark.parametrize(
    "change",
    [
        {"op": "replace", "path": "/missing", "value": 1},
        {"op": "remove", "path": "/list/7"},
        {"op": "add", "path": "/list/-1", "value": 1},
        {"op": "add", "path": "/list/x", "value": 1},
        {"op": "add", "path": "/number/deep", "value": 1},
        {"op": "move", "path": "/number", "from": "/list"},
        {"op": "add", "path": "no-slash", "value": 1},
        {},
    ],
)
def test_a_change_that_does_not_fit_is_a_value_error(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        apply({"list": [1], "number": 2}, [change])


def test_the_description_is_one_short_line() -> None:
    changes = diff({"a": 1, "b": "x" * 100, "c": 3, "d": 4}, {"a": 2, "b": "y", "c": 4})
    line = describe(changes)
    assert line.startswith('a: 1 → 2; b: "xxx')
    assert line.endswith("and 1 more")
    assert "\n" not in line and len(line) < 200
    assert describe(diff({"d": 4}, {"e": 5})) == "- d: 4; + e: 5"


def test_deep_nesting_is_compared_without_recursion_trouble() -> None:
    old: Any = 1
    new: Any = 2
    for _ in range(300):
        old, new = [old], [new]
    assert same(apply(old, diff(old, new)), new)


def test_values_that_nest_as_deep_as_a_parser_takes_are_compared() -> None:
    old, new = loads(b"[" * 900 + b"1" + b"]" * 900), loads(b"[" * 900 + b"2" + b"]" * 900)
    assert same(old, loads(dumps_of(old))) and not same(old, new)
    (change,) = diff(old, new)
    assert change["path"] == "/0" * 150


def dumps_of(value: Any) -> bytes:
    return json.dumps(value).encode()
