from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tau2_tui.reports.markdown import text_of
from tests.reports.made import PAYLOAD, hostile_log, html_of, markdown_of, parsed
from tests.runlog.damages import no_hang

_MARKUP = {"html_inline", "html_block", "link_open", "image", "em_open", "s_open", "code_block", "heading_open", "hr"}


def tokens(text: str) -> list[Token]:
    """Return everything that a reader with every extension sees in a text."""
    reader = MarkdownIt("gfm-like", {"html": True})
    return [one for token in reader.parse(text) for one in [token, *(token.children or [])]]


def test_a_hostile_log_makes_no_markup(tmp_path: Path, small_log: Path) -> None:
    text = markdown_of(hostile_log(tmp_path / "hostile.jsonl", small_log))
    kinds = {token.type for token in tokens(text)}
    assert not kinds & (_MARKUP - {"heading_open"})
    headings = [token.content for token in tokens(text) if token.type == "inline" and token.content.startswith("# h")]
    assert headings == []
    shown = [token.content for token in tokens(text) if token.type in ("code_inline", "fence")]
    assert any("<script>alert(1)</script>" in content for content in shown)
    assert "\x1b" not in text and "\u202e" not in text


def test_a_hostile_name_stays_in_its_cell() -> None:
    row = f"| {text_of(PAYLOAD)} | second |"
    cells = [token for token in tokens(f"| a | b |\n|---|---|\n{row}\n") if token.type == "td_open"]
    assert len(cells) == 2


@given(st.text(st.sampled_from("`*_[]()<>|~&#@$!\\{}^:/.-+=1w ahtps\n\t"), max_size=30) | st.text(max_size=20))
def test_any_text_is_only_shown(text: str) -> None:
    made = text_of(text)
    assert "\n" not in made
    found = tokens(f"- label: {made}\n") + tokens(f"| a |\n|---|\n| {made} |\n")
    assert not {token.type for token in found} & _MARKUP, made
    assert not {token.type for token in tokens(made)} & _MARKUP, made


@pytest.mark.parametrize("text", ["70 %", "on new tasks like these", "26 to 98 %, p = 0.04", "+5 %"])
def test_plain_words_stay_plain(text: str) -> None:
    assert text_of(text) == text


def test_it_has_the_sections_of_the_page(small_log: Path) -> None:
    page = [one.text or "" for one in parsed(html_of(small_log)).iter("h2")]
    text = markdown_of(small_log)
    headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert headings == page
    assert "- success: **50 %** (1 of 2 simulations on 2 tasks)" in text
    assert "Please create a task to buy milk" in text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("passes with 67 % (pass^2).", "passes with 67 % (`pass^2`)."),
        ("cancel_it (reservation_id XEHM4B) failed", "`cancel_it` (`reservation_id` XEHM4B) failed"),
        ("pass^k: success; a_b c_d, e", "`pass^k`: success; `a_b c_d`, e"),
        ("(*)", "(`*`)"),
        ('{"id": "a_b", "amount": 50}', '`{"id": "a_b", "amount": 50}`'),
        ("[] | `x`", "`` [] ¦ `x` ``"),
    ],
)
def test_punctuation_around_a_word_stands_outside_of_its_code_span(text: str, written: str) -> None:
    assert text_of(text) == written


def test_a_long_word_of_punctuation_takes_no_longer_than_others() -> None:
    """Names come from the log at any length; it took a second for 15 kB, and four times that for twice as many."""
    with no_hang(20):
        assert text_of("(" * 500_000 + "<(") == f"`{'(' * 500_000}<(`"
