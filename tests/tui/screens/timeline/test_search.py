from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tau2_tui.runlog import RunLog
from tau2_tui.tui.screens.timeline.search import Hit, Query, find
from tests.tui.logs import airline


def everywhere(_: int) -> bool:
    return True


@pytest.fixture
def log(tmp_path: Path) -> Iterator[RunLog]:
    """A small log of which nothing is indexed."""
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="off") as opened:
        yield opened


def lines_with(log: RunLog, text: bytes) -> list[int]:
    return [number for number, (_, line) in enumerate(log.head(1_000)) if text in line]


def test_it_finds_every_line_in_both_directions_without_an_index(log: RunLog) -> None:
    wanted = lines_with(log, b"HATHAT")
    assert len(wanted) > 3
    assert find(log, Query("HATHAT", 0), everywhere, lambda: False) == Hit(wanted[0])
    assert find(log, Query("HATHAT", wanted[0] + 1), everywhere, lambda: False) == Hit(wanted[1])
    assert find(log, Query("HATHAT", wanted[-1] - 1, backwards=True), everywhere, lambda: False) == Hit(wanted[-2])


def test_it_goes_on_at_the_other_end_and_says_so(log: RunLog) -> None:
    wanted = lines_with(log, b"HATHAT")
    assert find(log, Query("HATHAT", wanted[-1] + 1), everywhere, lambda: False) == Hit(wanted[0], wrapped=True)
    assert find(log, Query("HATHAT", wanted[0] - 1, backwards=True), everywhere, lambda: False) == Hit(
        wanted[-1], wrapped=True
    )
    assert find(log, Query("HATHAT", -1, backwards=True), everywhere, lambda: False) == Hit(wanted[-1], wrapped=True)


def test_it_looks_only_at_lines_that_are_shown(log: RunLog) -> None:
    wanted = lines_with(log, b"HATHAT")
    assert find(log, Query("HATHAT", 0), lambda line: line == wanted[2], lambda: False) == Hit(wanted[2])
    assert find(log, Query("HATHAT", 0), lambda line: False, lambda: False) == Hit(None)


def test_nothing_is_found_where_there_is_nothing(log: RunLog) -> None:
    assert find(log, Query("no such text", 3), everywhere, lambda: False) == Hit(None)


def test_a_cancelled_search_ends(log: RunLog) -> None:
    assert find(log, Query("HATHAT", 0), everywhere, lambda: True) == Hit(None)
