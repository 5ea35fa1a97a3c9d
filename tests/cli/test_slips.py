from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import one_error, run


@pytest.mark.parametrize("words", [["search", "Hello", "{log}"], ["events", "type:tool", "error", "{log}"]])
def test_the_other_order_is_said(small_log: Path, words: list[str]) -> None:
    said = one_error(run(*(word.format(log=small_log) for word in words)))
    assert said == f"tau2-tui: {words[1]}: no such file; the log comes first, which seems to be {small_log}"


def test_a_log_that_is_missing_is_no_slip(small_log: Path, tmp_path: Path) -> None:
    for words in (["search", "none.jsonl", "Hello"], ["events", "none.jsonl", "error"]):
        assert one_error(run(*words)) == "tau2-tui: none.jsonl: no such file"
    for command in ("ls", "stats"):
        assert "--filter" not in run(command, small_log, tmp_path / "none").err
    assert run("search", small_log, str(small_log)).code == 1, "a pattern may be the name of a file"


@pytest.mark.parametrize("command", ["ls", "stats"])
@pytest.mark.parametrize("word", ["passed", "reward<1", "task:12 trial:0"])
def test_a_filter_among_logs_is_said(small_log: Path, command: str, word: str) -> None:
    said = one_error(run(command, small_log, word))
    assert said == f"tau2-tui: {word}: no such file; a filter is given with --filter"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["show", "{log}", "12"], "--task"),
        (["diff", "{log}", "{log}"], "tau2-tui compare"),
        (["search", "{log}", "two", "words"], "in quotes"),
        (["export", "{log}", "x.csv", "--to", "csv", "-o", "y"], "-o"),
        (["record", "mock", "--domain", "mock"], "--domain"),
    ],
)
def test_where_an_argument_belongs_is_said(small_log: Path, words: list[str], hint: str) -> None:
    said = one_error(run(*(word.format(log=small_log) for word in words)))
    assert "unexpected extra argument" in said and hint in said and said.endswith(f"see tau2-tui {words[0]} --help")
