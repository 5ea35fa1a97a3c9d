"""The reading commands start fast, and end in one line whatever a file holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cli.command import run
from tests.runlog.naive import damaged, log_of, recorded_events
from tests.support.loaded_modules import loaded_by_command
from tests.support.small_log import write_small_log

COMMANDS = ("ls", "show", "events", "search", "diff", "export", "completion")
HEAVY = {"tau2", "litellm", "statsmodels", "pandas", "scipy", "textual"}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_imports_nothing_heavy_and_shows_examples(command: str) -> None:
    assert loaded_by_command(command, "--help") == set()
    text = run(command, "--help").out
    assert f"tau2-tui {command}" in text.partition("Examples:")[2]


@pytest.mark.parametrize(
    "args",
    [
        ["ls"],
        ["show", "--task", "update", "--gold"],
        ["events", "type:tool"],
        ["search", "milk"],
        ["diff", "--task", "update", "--gold"],
        ["export", "--to", "csv", "--table", "simulations", "-o", "-"],
    ],
)
def test_reading_needs_neither_tau2_nor_statistics_nor_the_inspector(small_log: Path, args: list[str]) -> None:
    command, *options = args
    assert not loaded_by_command(command, str(small_log), *options) & HEAVY


READING = (
    ["ls"],
    ["show"],
    ["show", "--gold", "--full"],
    ["show", "--seq", "1"],
    ["show", "--json"],
    ["events"],
    ["events", "--json", "--fields", "seq,tool_args.user_id,metadata"],
    ["events", 'error or "a" or time>0'],
    ["search", "a.?"],
    ["search", "a", "--json"],
    ["diff"],
    ["diff", "--gold"],
    ["export", "--to", "csv", "--table", "events", "-o", "-"],
    ["export", "--to", "jsonl", "--table", "tool_calls", "-o", "-"],
)


@settings(max_examples=25)
@given(data=st.data())
def test_no_file_makes_a_command_fail_in_more_than_one_line(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    if data.draw(st.booleans()):
        raw = log_of(data.draw(recorded_events()))
    else:
        raw = write_small_log(folder / "small.jsonl").read_bytes()
    path = folder / "run.jsonl"
    path.write_bytes(data.draw(st.just(raw) | damaged(raw)))
    for command, *options in data.draw(st.lists(st.sampled_from(READING), min_size=4, max_size=6)):
        done = run(command, path, *options, terminal=data.draw(st.booleans()))
        assert done.code in (0, 1, 2), (command, done)
        errors = [line for line in done.err.splitlines() if not line.startswith("tau2-tui: ")]
        assert errors == [], (command, errors)
        if done.code == 2:
            assert done.raw == b"" and len(done.err.splitlines()) >= 1, (command, done)
