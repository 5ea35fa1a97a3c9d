from __future__ import annotations

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.safe_text import harmless_json, visible

HOSTILE = {"Cc", "Cf", "Cs", "Zl", "Zp", "Co"}


@given(st.text())
def test_nothing_that_acts_or_hides_is_left(text: str) -> None:
    kept = {"\u200c", "\u200d"}
    for char in visible(text):
        allowed = char in kept or unicodedata.category(char) not in HOSTILE or 0x600 <= ord(char) <= 0x8FF
        assert allowed or ord(char) > 0xFFFF, hex(ord(char))


@given(st.text())
def test_lines_stay_lines_when_asked(text: str) -> None:
    assert visible(text, newlines=True).count("\n") == text.count("\n")
    assert "\n" not in visible(text)


def test_escape_sequences_and_overrides_become_symbols() -> None:
    assert visible("\x1b]52;c;aGk=\x07") == "␛]52;c;aGk=␇"
    assert visible("a\u202eb") == "a⟦RLO⟧b"
    assert visible("x\x7f\x85\r\n") == "x␡⟦0085⟧␍␊".replace("␊", "␊")
    assert visible("\ud800") == "⟦D800⟧"


def test_ordinary_text_stays() -> None:
    text = "Zoë 日本 👩‍🚀 é €"
    assert visible(text) == text


def test_json_means_the_same_and_holds_nothing_that_acts() -> None:
    text = '{"a": "é 日本 \\u001b[31m \u202e \u009b \U000e0041 \u200b"}'
    harmless = harmless_json(text.encode())
    assert json.loads(harmless) == json.loads(text)
    assert not set(harmless) & set("\u202e\u009b\U000e0041\u200b") and "日本" in harmless
