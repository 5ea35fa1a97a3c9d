from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.tui.format.json_lines import Folds, json_lines

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text('abc é日"\\', max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc/~", max_size=4), inner, max_size=4),
    max_leaves=20,
)


def text(value: Any, folds: Folds | None = None) -> str:
    return "\n".join(line.text for line in json_lines(value, folds or Folds()))


@given(json_values)
def test_the_lines_are_the_value(value: Any) -> None:
    assert json.loads(text(value)) == value


def test_layout() -> None:
    assert (
        text({"a": [1, {"b": None}], "c": {}})
        == '{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ],\n  "c": {}\n}'
    )


@given(json_values)
def test_folding_any_part_hides_its_lines_and_unfolding_brings_them_back(value: Any) -> None:
    lines = list(json_lines(value, Folds()))
    for number, line in enumerate(lines):
        if line.fold is None:
            continue
        folds = Folds()
        folds.toggle(line.fold)
        folded = list(json_lines(value, folds))
        assert len(folded) < len(lines)
        assert folded[number].folded and folded[:number] == lines[:number]
        folds.toggle(line.fold)
        assert list(json_lines(value, folds)) == lines


def test_a_folded_part_says_how_much_it_holds() -> None:
    folds = Folds({"/a"})
    assert text({"a": [1, 2, 3]}, folds) == '{\n  "a": [ 3 items … ]\n}'


def test_long_texts_and_long_arrays_are_folded_at_first() -> None:
    assert "8,000 more characters" in text({"a": "x" * 10_000})
    assert text(list(range(1_000))) == "[ 1,000 items … ]"
    assert len(text({"a": "x" * 10_000}, Folds({"/a"}))) > 10_000


def test_control_characters_stay_escaped() -> None:
    assert text({"\x1b[31m": "\u202e\x9b"}) == '{\n  "\\u001b[31m": "⟦RLO⟧⟦009B⟧"\n}'


def test_lines_are_made_as_they_are_asked_for() -> None:
    lines = json_lines({"a": {str(number): number for number in range(499)}}, Folds())
    assert [next(lines).text for _ in range(3)] == ["{", '  "a": {', '    "0": 0,']


def test_a_deep_value_ends_on_one_line() -> None:
    value: Any = 1
    for _ in range(150):
        value = [value]
    lines = list(json_lines(value, Folds()))
    assert len(lines) < 130
    assert any("[[[[" in line.text for line in lines)
