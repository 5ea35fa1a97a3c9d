"""Logs that come through a pipe: keys still come from the terminal."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.end_to_end.test_open_terminal import Session, environment
from tests.tui.logs import airline


@pytest.mark.parametrize("packed", [False, True])
def test_a_log_from_a_pipe_is_looked_into_and_keys_work(tmp_path: Path, packed: bool) -> None:
    path = airline(tmp_path / "run.jsonl")
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes()))
    env = environment(XDG_CACHE_HOME=str(tmp_path / "cache"))
    try:
        session = Session([], (80, 24), env)
        session.process.close(force=True)
        command = ["-c", f'cat "{path}" | "{sys.executable}" -m tau2_tui open -']
        session.process = pexpect.spawn("/bin/sh", command, env=env, dimensions=(24, 80), timeout=20)
        session.written = b""
    except OSError as error:
        pytest.skip(f"no pseudo-terminal here: {error}")
    session.wait_for(lambda text: "event 0 of 31" in text and "standard input" in text)
    session.press("jj")
    session.wait_for(lambda text: "event 2 of 31" in text)
    session.press("q")
    assert session.end() == 0
    assert not list((tmp_path / "cache").rglob("*.unpacked"))


def test_without_a_terminal_the_summary_of_a_piped_log_is_printed(tmp_path: Path) -> None:
    path = airline(tmp_path / "run.jsonl")
    result = subprocess.run(
        [sys.executable, "-m", "tau2_tui", "open", "-"],
        input=gzip.compress(path.read_bytes()),
        capture_output=True,
        env=environment(XDG_CACHE_HOME=str(tmp_path / "cache")),
        timeout=60,
    )
    assert result.returncode == 0 and b"airline" in result.stdout and b"Traceback" not in result.stderr
    assert b"\x1b" not in result.stdout


def test_nothing_in_the_pipe_is_said_in_one_line(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tau2_tui", "open", "-"], input=b"", capture_output=True, timeout=60, env=environment()
    )
    assert result.returncode == 2 and result.stderr == b"tau2-tui: standard input: is empty\n"


def test_a_torn_compressed_log_is_summed_up_as_far_as_it_goes_and_that_is_said(tmp_path: Path) -> None:
    packed = gzip.compress(airline(tmp_path / "run.jsonl").read_bytes())
    path = tmp_path / "torn.gz"
    path.write_bytes(packed[:-20])
    result = subprocess.run(
        [sys.executable, "-m", "tau2_tui", "open", str(path)],
        capture_output=True,
        env=environment(XDG_CACHE_HOME=str(tmp_path / "cache")),
        timeout=60,
    )
    assert result.returncode == 0 and b"airline" in result.stdout
    assert result.stderr.endswith(b"torn.gz: breaks off: its compressed data have no end\n")
