from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.tui.output.sgr import PLAIN, Sgr, change, of_blank, parse

attributes = st.sampled_from(["", "1", "2", "7", "1;7", "4"])
colours = ["", "{}1", "{}7", "{}8;5;200", "{}8;2;1;2;3"]
styles = st.builds(
    Sgr,
    attributes,
    st.sampled_from([colour.format(3) for colour in colours] + ["97"]),
    st.sampled_from([colour.format(4) for colour in colours] + ["107"]),
)


@given(styles)
def test_a_style_is_read_back_from_its_parameters(style: Sgr) -> None:
    assert parse(";".join(word for word in style if word)) == style


@given(styles, styles)
def test_a_change_leads_from_any_style_to_any_other(old: Sgr, new: Sgr) -> None:
    words = [word for word in old if word]
    sequence = change(old, new)
    assert (sequence == "") == (old == new)
    if sequence:
        parameters = sequence[2:-1]
        if parameters.split(";")[0] in ("0", ""):
            words = []
        now = parse(";".join([*words, parameters.removeprefix("0;")]))
        assert Sgr(";".join(dict.fromkeys(now.attributes.split(";"))), now.foreground, now.background) == new


@pytest.mark.parametrize(
    ("style", "blank"),
    [
        (Sgr("1", "31", ""), PLAIN),
        (Sgr("2", "", "44"), Sgr("", "", "44")),
        (Sgr("1;7", "31", ""), Sgr("7", "31", "")),
        (Sgr("4", "31", ""), Sgr("4", "31", "")),
    ],
)
def test_a_blank_keeps_only_what_can_be_seen_of_it(style: Sgr, blank: Sgr) -> None:
    assert of_blank(style) == blank
