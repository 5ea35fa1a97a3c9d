from __future__ import annotations

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.safe_text import harmless_json, visible

HOSTILE = {"Cc", "Cf", "Cs", "Zl", "Zp", "Co"}
SEEN = {*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)}
"""Format characters that have a shape of their own."""
KEPT = {0x200C, 0x200D, *SEEN}
UNSEEN = "\u034f\u115f\u1160\u17b4\u17b5\u2064\u3164\uffa0\U0001bca0\U0001d173\U000e0041\U000e0100"


def test_nothing_that_acts_or_hides_is_left() -> None:
    for code in range(0x110000):
        for char in visible(chr(code)):
            assert unicodedata.category(char) not in HOSTILE or ord(char) in KEPT, hex(code)


def test_what_has_no_shape_is_seen() -> None:
    shown = visible(UNSEEN)
    assert not set(shown) & set(UNSEEN) and shown.count("⟦") == len(UNSEEN)


@given(st.text())
def test_lines_stay_lines_when_asked(text: str) -> None:
    assert visible(text, newlines=True).count("\n") == text.count("\n")
    assert "\n" not in visible(text)


def test_escape_sequences_and_overrides_become_symbols() -> None:
    assert visible("\x1b]52;c;aGk=\x07") == "␛]52;c;aGk=␇"
    assert visible("a\u202eb") == "a⟦RLO⟧b"
    assert visible("x\x7f\x85\r\n") == "x␡⟦0085⟧␍␊"
    assert visible("\ud800") == "⟦D800⟧"


def test_ordinary_text_stays() -> None:
    text = "Zoë 日本 👩‍🚀 é €"
    assert visible(text) == text


def test_json_means_the_same_and_holds_nothing_that_acts() -> None:
    text = '{"a": "é 日本 \\u001b[31m \u202e \u009b \U000e0041 \u200b"}'
    harmless = harmless_json(text.encode())
    assert json.loads(harmless) == json.loads(text)
    assert not set(harmless) & set("\u202e\u009b\U000e0041\u200b") and "日本" in harmless
