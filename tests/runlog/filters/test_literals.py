from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.runlog.filters.literals import literal_of, literals_of

words = st.text("ab.", min_size=1, max_size=6)
pieces = st.one_of(
    words.map(re.escape),
    st.sampled_from(
        [".", "a?", "b*", "abab+", "[ab]", "[^]]", r"\w", "(?:ab)?", "a{0,2}", "aba{2}", "a|b", "^", "$", "abc"]
    ),
)


@given(st.lists(pieces, min_size=1, max_size=5).map("".join), st.text("abc. ", max_size=30))
def test_what_is_looked_for_first_is_in_every_match(pattern: str, text: str) -> None:
    literal = literal_of(pattern)
    found = re.search(pattern, text)
    assert literal is None or not found or literal in text


def test_the_longest_is_taken() -> None:
    assert literal_of(r"^ab.*not found\.?$") == "not found"
    assert literal_of("refund.?") == "refund"
    assert literal_of("refunds?") == "refund"
    assert literal_of("refund+") == "refund"
    assert literal_of(r"\d+ euros") == " euros"
    assert literal_of(r"refund\+") == "refund"
    for pattern in ("a|refund", "(refund)?", "re", r"\d+", "[refund]", r"\x72efund"):
        assert literal_of(pattern) is None, pattern


@given(st.lists(pieces, min_size=1, max_size=5).map("".join), st.text("abc. ", max_size=30))
def test_one_of_what_is_looked_for_first_is_in_every_match(pattern: str, text: str) -> None:
    literals = literals_of(pattern)
    assert not literals or not re.search(pattern, text) or any(literal in text for literal in literals)


def test_each_alternative_has_a_text_of_its_own() -> None:
    assert literals_of("refund|compensat") == ("refund", "compensat")
    assert literals_of("refund") == ("refund",)
    assert literals_of(r"refunds?|\d+ euros") == ("refund", " euros")
    for pattern in ("refund|re", "refund|", "(refund|other)", r"refund\|other", "[|]refund|other"):
        assert len(literals_of(pattern)) != 2, pattern
