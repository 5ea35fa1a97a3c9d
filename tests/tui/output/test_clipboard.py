from __future__ import annotations

import base64

import pytest

from tau2_tui.tui.output.clipboard import MOST_BYTES, TooLong, copying


def test_a_text_goes_to_the_clipboard_as_base64() -> None:
    data = copying("日本 \x1b]0;title\x07")
    assert data.startswith("\x1b]52;c;") and data.endswith("\x07")
    inside = data[len("\x1b]52;c;") : -1]
    assert inside.isascii() and "\x1b" not in inside
    assert base64.b64decode(inside).decode() == "日本 \x1b]0;title\x07"


def test_what_terminals_do_not_take_is_refused_and_not_cut() -> None:
    copying("x" * MOST_BYTES)
    with pytest.raises(TooLong):
        copying("x" * (MOST_BYTES + 1))


def test_a_lone_surrogate_is_still_text() -> None:
    copying("\ud800")
