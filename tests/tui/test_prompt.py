from __future__ import annotations

from tau2_tui.tui.format.runs import runs_width
from tau2_tui.tui.prompt import Prompt


def typed(*keys: str) -> Prompt:
    prompt = Prompt("/")
    for key in keys:
        if not prompt.press(key):
            prompt.insert(key)
    return prompt


def test_text_is_edited_where_the_cursor_is() -> None:
    assert typed("a", "c", "left", "b").text == "abc"
    assert typed("a", "b", "c", "left", "backspace").text == "ac"
    assert typed("a", "b", "home", "delete").text == "b"
    assert typed("one two", "ctrl+w").text == "one "
    assert typed("abc", "left", "ctrl+u").text == "c"
    assert typed("abc", "home", "right", "ctrl+k").text == "a"


def test_a_pasted_text_is_one_line() -> None:
    assert typed("two\nlines\x1b[31m").text == "two lines\x1b[31m"


def test_what_is_drawn_is_harmless_and_shows_the_cursor() -> None:
    prompt = typed("\x1b[31m" + "x" * 100)
    runs = prompt.runs(20)
    assert runs[-2].token == "cursor"
    assert "\x1b" not in "".join(run.text for run in typed("\x1b[31m").runs(80))
    assert runs_width(runs[:-1]) <= 20


def test_it_does_not_grow_without_bounds() -> None:
    prompt = typed("x" * 5_000)
    assert len(prompt.text) == 1_000
    kept = Prompt("filter: ", "x" * 1_010)
    kept.insert("pasted text")
    assert kept.text == "x" * 1_010
