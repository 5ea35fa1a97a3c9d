from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tau2_tui.events import MessageEvent, RunEndEvent
from tau2_tui.logging import ExecutionLogger
from tests.cli.command import one_error, run
from tests.support.program import PATIENCE, run_unheard
from tests.support.small_log import write_small_log


def test_json_is_the_logs_own_lines(small_log: Path) -> None:
    raw = small_log.read_bytes()
    assert run("events", small_log, "--json").raw == raw
    chosen = run("events", small_log, "type:tool", "error", "--json").raw
    assert chosen in raw and chosen.count(b"\n") == 1 and b"User not found" in chosen


def test_fields_limit_and_tail(small_log: Path) -> None:
    fields = ["--fields", "seq,task,args.title,level,zzz", "--json"]
    assert run("events", small_log, "type:tool", *fields).json_lines() == [
        {"seq": 5, "task": "create_task_1", "args.title": "Buy milk", "level": "info", "zzz": None},
        {"seq": 15, "task": "update_task_1", "args.title": "Buy milk", "level": "error", "zzz": None},
    ]
    everything = [row["seq"] for row in run("events", small_log, "--json", "--fields", "seq").json_lines()]
    assert [row["seq"] for row in run("events", small_log, "--json", "--limit", 2).json_lines()] == everything[:2]
    assert [row["seq"] for row in run("events", small_log, "--json", "--tail", 2).json_lines()] == everything[-2:]
    assert run("events", small_log, "role:user", "--tail", 1, "--json", "--fields", "seq").json_lines() == [{"seq": 18}]
    assert run("events", small_log, "--tail", 0, "--json").raw == b""


def test_the_table_says_who_did_what(small_log: Path) -> None:
    lines = run("events", small_log, "task:update_task_1").lines
    assert lines[0].split() == ["seq", "time", "task:trial", "who", "what", "text"]
    call = next(line for line in lines if " call " in line)
    assert call.split()[:5] == ["15", "08:53:27.500", "update_task_1:0", "tool", "call"]
    assert call.endswith('✗ create_task(user_id="user_1", title="Buy milk") → ValueError · User not found')
    assert any("Δ + tasks/task_2" in line for line in run("events", small_log, "type:state").lines)
    nothing = run("events", small_log, "tool:nobody")
    assert (nothing.code, nothing.raw, nothing.err) == (0, b"", "tau2-tui: no event\n")


@pytest.mark.parametrize(
    ("reward", "said"), [("1", "reward 1"), ("0.25", "reward 0.25"), ("null", "no reward"), ('"much"', "reward ?")]
)
def test_a_reward_is_said_however_it_is_written(tmp_path: Path, reward: str, said: str) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(f'{{"seq":0,"timestamp":1.0,"event_type":"SimulationEndEvent","reward":{reward}}}\n')
    assert run("events", path).lines[1].split("  ")[-1].strip() == said


def test_unreadable_lines_are_events_too(small_log: Path) -> None:
    with small_log.open("ab") as file:
        file.write(b"\xff\xfe torn")
    (row,) = run("events", small_log, "type:unreadable", "--json").json_lines()
    assert row["event_type"] == "unreadable" and row["line"] == 22 and "torn" in row["message"]
    assert "unreadable line 22" in run("events", small_log, "--tail", 1).lines[-1]


def test_mistakes_point_at_their_place(small_log: Path) -> None:
    assert "column 12: unknown type" in one_error(run("events", small_log, "error type:tol"))
    assert "column 20" in one_error(run("events", small_log, "(error", "or type:tool"))
    assert run("events", small_log, "--limit", 1, "--tail", 1).code == 2


def test_nothing_in_a_log_reaches_the_terminal_as_it_is(tmp_path: Path) -> None:
    evil = "\x1b]52;c;AAAA\x07\x1b[2J\n\u202e\x9b[bold]x"
    path = tmp_path / "run.jsonl"
    with ExecutionLogger(path) as logger:
        calls = [{"id": evil, "name": evil, "arguments": {evil: evil}}]
        where = {"task_id": evil, "trial": 0, "simulation_id": "s"}
        logger.log_event(MessageEvent(role=evil, content=evil, tool_calls=calls, **where))
        logger.log_event(MessageEvent(role="assistant", content=evil, tool_calls=calls, **where))
    for command in (
        ["events", path],
        ["events", path, "--fields", "task_id,content,tool_calls"],
        ["show", path],
        ["show", path, "--full"],
        ["show", path, "--seq", 0],
        ["ls", path],
        ["search", path, "AAAA"],
        ["export", path, "--to", "csv", "--table", "events", "-o", "-"],
        ["export", path, "--to", "jsonl", "--table", "events", "-o", "-"],
        ["events", path, "--json"],
        ["show", path, "--json"],
        ["diff", path],
    ):
        for terminal in (False, True):
            os.environ["NO_COLOR"] = "1"
            try:
                done = run(*command, terminal=terminal)
            finally:
                del os.environ["NO_COLOR"]
            raw = not terminal and ("--json" in command or "export" in command)
            assert raw or not set(done.out + done.err) & set("\x1b\x07\u202e\x9b"), (command, done)
            assert raw or "⟦009B⟧" in done.out or "\\u009b" in done.out, command
        if "--json" in command:
            assert done.json_lines() == run(*command).json_lines(), "on a terminal JSON says the same"


def test_following_prints_what_is_appended_and_ends_with_130(tmp_path: Path) -> None:
    path = write_small_log(tmp_path / "run.jsonl", finished=False)
    with ExecutionLogger(path) as logger:
        logger.log_event(MessageEvent(role="system", content="before"))
    command = [sys.executable, "-m", "tau2_tui", "events", str(path), "role:system", "--follow", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    try:
        assert '"before"' in process.stdout.readline()
        with ExecutionLogger(path) as logger:
            logger.log_event(MessageEvent(role="system", content="one"))
            logger.log_event(RunEndEvent())
            logger.log_event(MessageEvent(role="system", content="two"))
        assert '"one"' in process.stdout.readline()
        assert '"two"' in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        assert process.stderr.read().strip() == ""
    finally:
        process.kill()


@pytest.mark.parametrize("command", ["events {log}", "show {log} --task create", "ls {log}", "search {log} e"])
def test_a_closed_pipe_is_quiet(small_log: Path, command: str) -> None:
    assert run_unheard(*command.format(log=small_log).split()) == (0, b"")


def test_standard_input_is_followed_as_it_comes(small_log: Path) -> None:
    lines = small_log.read_bytes().splitlines(keepends=True)
    command = [sys.executable, "-m", "tau2_tui", "events", "-", "type:message", "--follow", "--json"]
    wanted = [line for line in lines if b'"MessageEvent"' in line]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as following:
        assert following.stdin is not None and following.stdout is not None
        patience = threading.Timer(60, following.kill)
        patience.start()
        for line in lines:
            following.stdin.write(line)
            following.stdin.flush()
            if line in wanted:
                assert following.stdout.readline() == line
        following.stdin.write(b'{"seq":99,"ti')
        following.stdin.close()
        assert following.stdout.read() == b"" and following.wait() == 0
        patience.cancel()
