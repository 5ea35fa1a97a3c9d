from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.natural import natural


def test_numbers_are_sorted_by_what_they_are_worth() -> None:
    names = ["b", "a10", "10", "a2", "2", "a2b10", "a2b9", "", "a"]
    assert sorted(names, key=natural) == ["", "2", "10", "a", "a2", "a2b9", "a2b10", "a10", "b"]


def test_numbers_and_texts_can_be_sorted_together() -> None:
    assert sorted(["x", 2.5, "10", 3, "2"], key=natural) == ["2", 2.5, 3, "10", "x"]


@given(st.lists(st.text(st.sampled_from("01٣²ab9"), max_size=30) | st.from_regex("[0-9]{1,40}")))
def test_any_texts_have_an_order(names: list[str]) -> None:
    assert sorted(sorted(names, key=natural), key=natural) == sorted(names, key=natural)
