"""Patterns bounded in time: what they find is what Python's own engine finds, and none of them hangs."""

from __future__ import annotations

import re
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tau2_tui.events import MessageEvent
from tau2_tui.runlog import RunLog, patterns
from tau2_tui.runlog.filters import FilterError, parse
from tau2_tui.runlog.patterns import Pattern, SlowPattern
from tests.cli.command import one_error, run
from tests.runlog.damages import no_hang
from tests.runlog.naive import log_of

SLOW = [r"(a|aa)+$", r"(a|a)*b", r"(.*)*\1x", r"(a?){60}a{60}$", r"a*a*a*a*a*a*a*b", "(a|a)" * 60 + "b"]
TEXT = "a" * 3000

atoms = st.sampled_from(
    ["a", "b", ".", r"\d", r"\w", r"\s", "[ab]", "[^a]", r"\.", "é", "1", "{", "}", "{e}", "{a", r"\{", " ", "^", "$"]
)
repeats = st.sampled_from(["", "", "*", "+", "?", "*?", "+?", "{2}", "{1,}", "{0,2}", "{,2}", "{,}"])
expressions = st.recursive(
    st.tuples(atoms, repeats).map("".join),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(st.sampled_from(["(", "(?:", "(?=", "(?!"]), inner, st.just(")"), repeats).map("".join),
        st.tuples(inner, st.just("|"), inner).map("".join),
    ),
    max_leaves=6,
)
texts = st.text("ab1é. {}e\n", max_size=12)


@settings(max_examples=300)
@given(expressions, texts, st.sampled_from([0, re.IGNORECASE, re.MULTILINE]))
@example("b*{e}", "bc{e}", 0)
@example("a*{", "a{", 0)
def test_what_is_found_is_what_re_finds(expression: str, text: str, flags: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = re.compile(expression, flags)
        except re.error:
            assume(False)
    found, wanted = Pattern(expression, flags).search(text), expected.search(text)
    assert (found and found.span()) == (wanted and wanted.span())
    data, needle = text.encode("latin-1"), expression.encode("latin-1")
    found_bytes, wanted_bytes = Pattern(needle, flags).search(bytearray(data)), re.search(needle, data, flags)
    assert (found_bytes and found_bytes.span()) == (wanted_bytes and wanted_bytes.span())


@given(st.text(max_size=20))
def test_any_text_is_a_pattern_or_no_regular_expression(text: str) -> None:
    try:
        Pattern(text).search("some text")
    except ValueError as error:
        assert "no regular expression" in str(error)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SPARE_SECONDS", 0.05)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("expression", SLOW, ids=range(len(SLOW)))
def test_no_pattern_hangs(expression: str) -> None:
    with no_hang(60):
        pattern = Pattern(expression)
        begun = time.thread_time()
        try:
            assert pattern.search(TEXT + "!") is None
        except SlowPattern as error:
            assert "\n" not in str(error)
        assert time.thread_time() - begun < 10


def test_what_a_pattern_may_take_is_limited_over_all_its_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SPARE_SECONDS", 0.5)
    pattern, searches = Pattern(r"(a|aa)+$"), 0
    with no_hang(60), pytest.raises(SlowPattern):
        while searches < 10_000:
            pattern.search("a" * 19 + "!" * (searches % 2 + 1))
            searches += 1
    assert searches > 0, "the first text alone does not take so long"


def test_common_patterns_need_no_other_engine() -> None:
    for expression in ("refund|compensat", "not found", "HAT[0-9]{3}", "colou?r", r"(?i)error: (user|task)"):
        assert not Pattern(expression)._is_bounded
    for expression in ("a+", r"\d+", "(a?){60}", "a{0,5000}"):
        assert Pattern(expression)._is_bounded


def log_file(folder: Path) -> Path:
    path = folder / "run.jsonl"
    path.write_bytes(log_of([MessageEvent(role="user", content=TEXT + "!")]))
    return path


@pytest.mark.usefixtures("impatient")
def test_a_slow_pattern_ends_a_command_with_one_line(tmp_path: Path) -> None:
    log = log_file(tmp_path)
    with no_hang(120):
        assert "the regular expression takes" in one_error(run("search", log, "(a|aa)+$"))
        error = one_error(run("events", log, "content~'(a|aa)+$'"))
        assert "filter, column 9: the regular expression takes" in error


@pytest.mark.usefixtures("impatient")
def test_a_slow_filter_is_refused_where_it_stands(tmp_path: Path) -> None:
    wanted = parse("role:user content~'(a|aa)+$'")
    with no_hang(60), RunLog.open(log_file(tmp_path), index="now") as log, pytest.raises(FilterError) as caught:
        wanted.select(log)
    assert caught.value.column == 19


@pytest.mark.usefixtures("impatient")
def test_a_slow_search_of_the_bytes_ends(tmp_path: Path) -> None:
    with no_hang(60), RunLog.open(log_file(tmp_path), index="now") as log, pytest.raises(SlowPattern):
        list(log.search("(a|aa)+$", regex=True))


def test_many_stars_do_not_hang() -> None:
    with no_hang(60):
        assert not parse("content:" + "a*" * 200 + "b").matches({"content": TEXT})
        assert parse("content:" + "a*" * 200 + "b").matches({"content": TEXT + "b"})
