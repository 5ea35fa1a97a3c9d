"""Texts are found by a few of their letters, the best first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.tui.screens.palette.matching import fitting


def found(query: str, *texts: str) -> list[str]:
    return [one.item for one in fitting(texts, query, str.lower)]


def test_nothing_asked_for_leaves_everything_as_it_stands() -> None:
    assert found("  ", "b", "a") == ["b", "a"]


def test_the_start_comes_before_a_word_before_the_inside_before_scattered_letters() -> None:
    texts = ("a rite of fi, lter", "unfiltered", "the filter", "filter off", "other")
    assert found("filter", *texts) == ["filter off", "the filter", "unfiltered", "a rite of fi, lter"]


def test_a_trial_is_not_found_inside_another_number_before_the_number_itself() -> None:
    assert found("7:0", "17:0 passed", "7:0 failed", "7:10") == ["7:0 failed", "17:0 passed", "7:10"]


def test_every_word_must_be_there_in_any_order_and_case() -> None:
    assert found("FAILED 7", "7:0 failed", "7:1 passed", "8:0 failed") == ["7:0 failed"]


def test_letters_too_far_apart_are_no_match() -> None:
    assert found("ab", f"a{'x' * 12}b", f"a{'x' * 13}b") == [f"a{'x' * 12}b"]


def test_apart_from_each_other_letters_count_only_in_the_name() -> None:
    (one,) = fitting(["go to: fan", "fan of a light"], "fal", str, lambda text: 6 if text[0] == "g" else len(text))
    assert one.item == "fan of a light"
    assert len(fitting(["go to: fan"], "fan", str, lambda _: 2)) == 1  # in one piece it counts everywhere


def test_the_places_of_the_letters_are_told() -> None:
    (one,) = fitting(["next error"], "nerr", str)
    assert "".join("next error"[place] for place in one.places) == "nerr"


@given(st.lists(st.text(max_size=30), max_size=8), st.text(max_size=6), st.text(max_size=2))
def test_more_letters_never_find_more(texts: list[str], query: str, more: str) -> None:
    few = {id(one.item) for one in fitting([[text] for text in texts], query, lambda item: item[0].lower())}
    items = [[text] for text in texts]
    before = [one.item for one in fitting(items, query, lambda item: item[0].lower())]
    after = [one.item for one in fitting(items, query + more, lambda item: item[0].lower())]
    assert all(item in before for item in after) and len(few) == len(before)
