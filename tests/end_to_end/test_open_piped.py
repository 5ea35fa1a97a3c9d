"""Logs that come through a pipe: keys still come from the terminal."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.program import COMMAND, PATIENCE
from tests.support.terminal import Session, environment
from tests.tui.logs import airline


def opening(*arguments: str, piped: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run ``open`` without a terminal, something in the pipe."""
    command = [*COMMAND, "open", *arguments]
    return subprocess.run(command, input=piped, capture_output=True, env=environment(), timeout=PATIENCE)


@pytest.mark.parametrize("packed", [False, True])
def test_a_log_from_a_pipe_is_looked_into_and_keys_work(tmp_path: Path, packed: bool) -> None:
    path = airline(tmp_path / "run.jsonl")
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes()))
    env = environment(XDG_CACHE_HOME=str(tmp_path / "cache"))
    command = f'cat "{path}" | "{sys.executable}" -m tau2_tui open -'
    with Session(["/bin/sh", "-c", command], (80, 24), env) as session:
        session.wait_for(lambda text: "event 0 of 31" in text and "standard input" in text)
        session.press("jj")
        session.wait_for(lambda text: "event 2 of 31" in text)
        session.press("q")
        assert session.end() == 0
    assert not list((tmp_path / "cache").rglob("*.unpacked"))


def test_without_a_terminal_the_summary_of_a_piped_log_is_printed(tmp_path: Path) -> None:
    path = airline(tmp_path / "run.jsonl")
    result = opening("-", piped=gzip.compress(path.read_bytes()))
    assert result.returncode == 0 and b"airline" in result.stdout and b"Traceback" not in result.stderr
    assert b"\x1b" not in result.stdout


def test_nothing_in_the_pipe_is_said_in_one_line() -> None:
    result = opening("-", piped=b"")
    assert result.returncode == 2 and result.stderr == b"tau2-tui: standard input: is empty\n"


def test_a_torn_compressed_log_is_summed_up_as_far_as_it_goes_and_that_is_said(tmp_path: Path) -> None:
    packed = gzip.compress(airline(tmp_path / "run.jsonl").read_bytes())
    path = tmp_path / "torn.gz"
    path.write_bytes(packed[:-20])
    result = opening(str(path))
    assert result.returncode == 0 and b"airline" in result.stdout
    assert result.stderr.endswith(b"torn.gz: breaks off: its compressed data have no end\n")
