"""``tau2-tui record`` that is killed, interrupted or out of disk space, and goes on with ``--resume``."""

from __future__ import annotations

import importlib.util
import os
import random
import resource
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import psutil
import pytest

from tests.logging.naive_check import check
from tests.recording.test_resume import shapes, totals_counted
from tests.support.program import COMMAND, PATIENCE, without_keys
from tests.support.recorder_process import finish, kill, lines_in, start, verified, wait_for

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("tau2") is None, reason="tau2-bench is not installed"),
    pytest.mark.timeout(1200),  # tau2-bench is loaded up to six times, for a minute each on a machine that is busy
]

SEED = 20240517


def slow(*values: Any) -> Any:
    """Return values of parameters for ``--slow`` only."""
    return pytest.param(*values, marks=pytest.mark.slow)


@pytest.fixture
def hang_ups_matter() -> Iterator[None]:
    """Undo what ``nohup`` does, for the programs that a test starts."""
    former = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, former)


def test_a_lost_terminal_does_not_matter_to_a_run_that_ignores_it(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    command = ["nohup", *COMMAND, "record", "--domain", "telecom", "--num-tasks", "12", "-o", str(log)]
    controller, terminal = os.openpty()
    streams = {"stdin": terminal, "stdout": terminal, "stderr": terminal}
    process = subprocess.Popen(command, cwd=tmp_path, env=without_keys(), **streams)  # nohup leaves a file where it is
    os.close(terminal)
    wait_for(lambda: lines_in(log) > 5, process)
    os.close(controller)
    assert process.wait(PATIENCE) == 0 and check(log)[-1]["event_type"] == "RunEndEvent"


@pytest.mark.parametrize("processes", [slow(1), 2])
def test_kills_at_random_moments_lose_nothing_that_was_done(
    tmp_path: Path, processes: int, request: pytest.FixtureRequest
) -> None:
    kills = 20 if request.config.getoption("--slow") else 3
    moments = random.Random(SEED + processes)
    args = ["--domain", "telecom", "--num-tasks", 20 + 4 * kills, "--max-concurrency", 4, "--processes", processes]
    log, whole = tmp_path / "killed.jsonl", tmp_path / "whole.jsonl"
    finish(whole, *args)
    ended: dict[str, list[dict[str, Any]]] = {}
    for _ in range(kills):
        process = start(log, *args, "--resume")
        goal = lines_in(log) + moments.randint(2, 120)
        wait_for(lambda goal=goal: lines_in(log) >= goal, process)
        kill(process, moments.choice(["recorder", "workers too"]))
        kept = tmp_path / "kept.jsonl"
        data = log.read_bytes()
        kept.write_bytes(data[: data.rindex(b"\n") + 1])
        rows = check(kept)
        assert verified(log)["ok"] is True
        for row in rows:
            if row["event_type"] == "SimulationEndEvent" and row["error"] is None:
                ended.setdefault(row["simulation_id"], [r for r in rows if r["simulation_id"] == row["simulation_id"]])
    errors = finish(log, *args, "--resume")
    assert "Traceback" not in errors
    rows = check(log)
    report = verified(log)
    assert report["status"] == "complete" and report["simulations_running"] == 0
    assert shapes(rows) == shapes(check(whole))
    for name, events in ended.items():
        assert [row for row in rows if row["simulation_id"] == name] == events, "an ended simulation was touched"
    repeated = {row["metadata"].get("repeats") for row in rows if row["event_type"] == "SimulationStartEvent"}
    assert not repeated & ended.keys()
    assert report["simulations_repeated"] == len(repeated - {None})
    counted = totals_counted(rows)
    assert {name: rows[-1]["totals"][name] for name in counted} == counted
    assert rows[-1]["event_counts"] == Counter(row["event_type"] for row in rows[:-1])


@pytest.mark.parametrize(
    ("processes", "interrupt"),
    [slow(1, signal.SIGINT), (2, signal.SIGINT), slow(1, signal.SIGTERM), slow(2, signal.SIGHUP)],
)
def test_an_interrupt_finishes_the_turns_says_so_and_leaves_130(
    tmp_path: Path, processes: int, interrupt: signal.Signals, hang_ups_matter: None
) -> None:
    log = tmp_path / "run.jsonl"
    args = ["--domain", "telecom", "--max-concurrency", 2, "--processes", processes]
    process = start(log, *args, start_new_session=True)
    wait_for(lambda: log.exists() and b'"SimulationEndEvent"' in log.read_bytes(), process)
    os.killpg(process.pid, interrupt)  # as a terminal does: to every process
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "finishing the turns under way" in errors and "Traceback" not in errors
    rows = check(log)
    assert rows[-1]["metadata"]["interrupted"] is True
    assert verified(log)["status"] == "running or cut off"
    for row in rows:
        if row["event_type"] == "MessageEvent" and row["tool_calls"] and not row["history"]:
            answered = {r.get("tool_call_id") for r in rows if r["simulation_id"] == row["simulation_id"]}
            last = [r for r in rows if r["simulation_id"] == row["simulation_id"]][-1]
            assert {call["id"] for call in row["tool_calls"]} <= answered or last is row
    finish(log, *args, "--resume")
    assert verified(log)["status"] == "complete" and verified(log)["simulations_ended"] == 114


def test_a_lost_connection_closes_the_log(tmp_path: Path, hang_ups_matter: None) -> None:
    log = tmp_path / "run.jsonl"
    command = [*COMMAND, "record", "--domain", "telecom", "--max-concurrency", "1", "-o", str(log)]
    terminal = pexpect.spawn(command[0], command[1:], env=without_keys(), timeout=PATIENCE, ignore_sighup=False)
    while not (log.exists() and b'"SimulationEndEvent"' in log.read_bytes()):
        terminal.expect(r"\d")
    os.close(terminal.child_fd)  # the terminal is gone: the kernel sends SIGHUP, and writing to it fails
    process = psutil.Process(terminal.pid)
    wait_for_end = time.monotonic() + PATIENCE
    while process.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < wait_for_end
        time.sleep(0.05)
    assert os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1]) == 130
    assert check(log)[-1]["metadata"]["interrupted"] is True


def limited(size: int) -> Any:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize(("size", "processes"), [slow(1000, 1), slow(1000, 2), slow(400_000, 1), (400_000, 2)])
def test_a_full_disk_is_one_line_and_what_is_written_goes_on_later(tmp_path: Path, processes: int, size: int) -> None:
    log = tmp_path / "run.jsonl"
    args = ["--domain", "telecom", "--num-tasks", 30, "--processes", processes]
    process = start(log, *args, preexec_fn=limited(size))
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    said = [line for line in errors.splitlines() if line.startswith("tau2-tui: ")]
    assert len(said) == 1 and str(log) in said[0] and "--resume" in said[0], errors
    assert "Traceback" not in errors
    assert log.stat().st_size <= size
    if size > 1000:
        check(log)
        assert verified(log)["ok"] is True
    finish(log, *args, "--resume")
    rows = check(log)
    assert verified(log)["simulations_ended"] == 30 == len(shapes(rows))


def test_a_log_that_is_being_written_is_refused_in_one_line(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    args = ["--domain", "telecom"]
    process = start(log, *args)
    wait_for(lambda: lines_in(log) > 5, process)
    process.send_signal(signal.SIGSTOP)
    try:
        second = start(log, *args, "--resume")
        _, errors = second.communicate(timeout=PATIENCE)
        assert second.returncode == 2
        assert "another process is writing this log" in errors.splitlines()[-1] and "Traceback" not in errors
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--domain", "mock", "--resume"], "--output"),
        (["--domain", "mock", "--resume", "--force", "-o", "x.jsonl"], "exclude"),
        (["--domain", "mock", "--processes", "0"], "--processes"),
        (["--domain", "mock", "--max-retries", "-1"], "--max-retries"),
    ],
)
def test_wrong_options_are_one_clear_line(tmp_path: Path, args: list[str], said: str) -> None:
    done = subprocess.run([*COMMAND, "record", *args], capture_output=True, text=True, env=without_keys(), cwd=tmp_path)
    assert done.returncode == 2 and said in done.stderr.splitlines()[-1]
    assert not list(tmp_path.iterdir())
