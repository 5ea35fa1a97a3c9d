from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.runlog import RunLog, blocks
from tau2_tui.tui.screens.timeline.search import Hit, Progress, Query, find
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


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("start", [0, 13, 40])
def test_what_is_not_there_is_looked_for_once_in_all_of_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: int, backwards: bool
) -> None:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 700)
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="off") as log:
        longest = max(len(line) for _, line in log.head(1_000))
        looked: list[int] = []
        search = log.search

        def counted(*arguments: Any, looked_at: Any, **options: Any) -> Any:
            return search(*arguments, looked_at=lambda count: (looked.append(count), looked_at(count)), **options)

        monkeypatch.setattr(log, "search", counted)
        progress = Progress()
        query = Query("no such text", start, backwards=backwards)
        assert find(log, query, everywhere, lambda: False, progress) == Hit(None)
        assert log.size <= sum(looked) <= log.size + longest + 700
        assert progress.share == 1.0 and progress.over
