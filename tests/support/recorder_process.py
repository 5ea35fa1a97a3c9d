"""``tau2-tui record`` as a process: started, waited for, killed, and what it leaves looked at."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil

from tests.support.program import COMMAND, PATIENCE, without_keys


def start(log: Path, *args: object, **options: Any) -> subprocess.Popen[str]:
    command = [*COMMAND, "record", *map(str, args), "-o", str(log)]
    usual = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "env": without_keys()}
    return subprocess.Popen(command, text=True, **(usual | options))


def finish(log: Path, *args: object) -> str:
    process = start(log, *args)
    _, errors = process.communicate(timeout=2 * PATIENCE)
    assert process.returncode == 0, errors
    return errors


def wait_for(condition: Any, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        if process.poll() is not None:
            return
        time.sleep(0.002)


def lines_in(log: Path) -> int:
    return log.read_bytes().count(b"\n") if log.exists() else 0


def verified(log: Path) -> dict[str, Any]:
    done = subprocess.run([*COMMAND, "verify", "--json", str(log)], capture_output=True, text=True, env=without_keys())
    assert done.returncode == 0, done.stdout + done.stderr
    (report,) = json.loads(done.stdout)["logs"]
    return dict(report)


def gone(children: list[psutil.Process]) -> bool:
    return not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def kill(process: subprocess.Popen[str], victim: str) -> None:
    """Kill the recorder, or its workers and the recorder; workers must not outlive the recorder."""
    children = psutil.Process(process.pid).children() if process.poll() is None else []
    if victim == "workers too":
        for child in children:
            child.kill()
    process.kill()
    process.communicate()
    wait = time.monotonic() + PATIENCE
    while not gone(children):
        assert time.monotonic() < wait, "a worker outlives the recorder"
        time.sleep(0.02)
