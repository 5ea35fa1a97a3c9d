from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.events import MessageEvent
from tau2_tui.runlog import RunLog, blocks, search
from tests.runlog.naive import log_of, split_lines

texts = st.lists(st.text("abAB ", max_size=12), min_size=1, max_size=40)
patterns = st.sampled_from([b"ab", b"a", b"BA", b'"content":"a', b"A  ", b"zzz", b"}"])


def write(path: Path, contents: list[str], *, torn: bool = False) -> bytes:
    data = log_of(MessageEvent(timestamp=1.76e9, content=content) for content in contents)
    data = data[:-9] if torn else data
    path.write_bytes(data)
    return data


@given(texts, patterns, st.booleans(), st.booleans(), st.sampled_from(["now", "off"]), st.integers(30, 900), st.data())
def test_search_finds_what_a_look_at_every_line_finds(
    tmp_path_factory: pytest.TempPathFactory,
    contents: list[str],
    pattern: bytes,
    torn: bool,
    ignore_case: bool,
    mode: str,
    block: int,
    data: st.DataObject,
) -> None:
    path = tmp_path_factory.mktemp("search") / "run.jsonl"
    lines = [line for _, line in split_lines(write(path, contents, torn=torn))]
    start = data.draw(st.none() | st.integers(0, len(lines) + 2))
    regex = data.draw(st.booleans())
    flags = re.IGNORECASE if ignore_case else 0
    hits = [i for i, line in enumerate(lines) if re.search(re.escape(pattern), line, flags)]
    forward = [i for i in hits if start is None or i >= start]
    backward = [i for i in reversed(hits) if start is None or i <= start]
    with pytest.MonkeyPatch.context() as patch, RunLog.open(path, index=mode) as log:  # type: ignore[arg-type]
        patch.setattr(blocks, "BLOCK_BYTES", block)
        patch.setattr(search, "BLOCK_BYTES", block)
        wanted = re.escape(pattern) if regex else pattern
        assert list(log.search(wanted, start, regex=regex, ignore_case=ignore_case)) == forward
        assert list(log.search(wanted, start, True, regex=regex, ignore_case=ignore_case)) == backward


@pytest.mark.parametrize(
    "pattern", [rb"a\s+b", rb"[^x]b", rb"^\{", rb"\}$", rb"b*", rb"\}\s+\{", rb"end.{0,60}\s*\{", rb"(?s)e.*d"]
)
def test_a_regular_expression_matches_within_a_line(tmp_path: Path, pattern: bytes) -> None:
    path = tmp_path / "run.jsonl"
    lines = [line for _, line in split_lines(write(path, ["a b", "end", "b", "ab", "", "xb a", "end"]))]
    expected = [i for i, line in enumerate(lines) if re.search(pattern, line)]
    with RunLog.open(path, index="now") as log:
        assert list(log.search(pattern, regex=True)) == expected
        assert list(log.search(pattern, regex=True, backwards=True)) == expected[::-1]


def test_text_is_searched_as_it_stands_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    write(path, ["Müller", 'say "hi"', "plain"])
    with RunLog.open(path) as log:
        assert list(log.search("Müller")) == [0]
        assert list(log.search('\\"hi\\"')) == [1]
        assert list(log.search("a\nb")) == []


@pytest.mark.parametrize("pattern", ["", b""])
def test_an_empty_pattern_is_refused(small_log: Path, pattern: str | bytes) -> None:
    with RunLog.open(small_log) as log, pytest.raises(ValueError, match="nothing to search"):
        log.search(pattern)


def test_a_wrong_regular_expression_is_refused_at_once(small_log: Path) -> None:
    with RunLog.open(small_log) as log, pytest.raises(ValueError, match="no regular expression"):
        log.search("(", regex=True)


def test_a_search_can_be_cancelled(small_log: Path) -> None:
    with RunLog.open(small_log) as log:
        assert list(log.search("seq", cancelled=lambda: True)) == []


@given(texts, patterns, st.sampled_from(["now", "off"]), st.integers(30, 900), st.booleans())
def test_what_is_read_ahead_is_searched_like_everything_else(
    tmp_path_factory: pytest.TempPathFactory, contents: list[str], pattern: bytes, mode: str, block: int, regex: bool
) -> None:
    path = tmp_path_factory.mktemp("ahead") / "run.jsonl"
    lines = [line for _, line in split_lines(write(path, contents))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_READ_AHEAD", 0)
        patch.setattr(search, "_AHEAD_BYTES", block)
        patch.setattr(search, "_QUICK_AHEAD_BYTES", block)
        with RunLog.open(path, index=mode, cache=False) as log:  # type: ignore[arg-type]
            wanted = re.escape(pattern) if regex else pattern
            found = list(log.search(wanted, regex=regex))
            assert found == [number for number, line in enumerate(lines) if pattern in line]
            hits = log.search(wanted, regex=regex)
            next(hits, None)
            hits.close()  # type: ignore[attr-defined]
