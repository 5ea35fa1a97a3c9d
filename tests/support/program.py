"""The program under test as a process, and how long anything may take."""

from __future__ import annotations

import os
import subprocess
import sys

COMMAND = (sys.executable, "-m", "tau2_tui")
PATIENCE = 240.0
"""Seconds: a test waits for what it waits for, however busy the machine is. Loading tau2-bench takes longest."""


def without_keys() -> dict[str, str]:
    """Return the variables of this process as they are now, but for the keys of models."""
    return {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}


def run_unheard(*arguments: str) -> tuple[int, bytes]:
    """Run the program with a standard output that nobody reads any more; return its exit code and standard error.

    The reader is gone before the program begins: else what is printed of a small log would fit into the pipe.
    """
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run([*COMMAND, *arguments], stdout=writing, stderr=subprocess.PIPE, timeout=PATIENCE)
    finally:
        os.close(writing)
    return done.returncode, done.stderr
