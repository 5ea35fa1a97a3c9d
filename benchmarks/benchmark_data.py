"""The files that the benchmarks measure with, made when they are first asked for and kept for the next measurement."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MAKE_LOG = str(Path(__file__).with_name("make_log.py"))
PROGRAM = [sys.executable, "-m", "tau2_tui"]
TENTH, REPORTED = 10, 20
RESULTS_PER_LOG = 0.3
"""Bytes of a results file for each byte of the log that it is exported from."""


@dataclass(frozen=True)
class Setup:
    """What is measured, and with what.

    Attributes:
        folder: where the files are made.
        size: bytes of the biggest log.
        runs: how often each thing is measured.
        quick: everything small and once, to see that it works.
        toolong: the ``tl`` command.
        tau2: the ``tau2`` commands whose ``view`` is a peer.
        python: an interpreter that has duckdb and pandas.
    """

    folder: Path
    size: int
    runs: int
    quick: bool
    toolong: str
    tau2: tuple[str, ...]
    python: str

    def big(self) -> Path:
        """Return the log of the full size."""
        return self.log(self.size)

    def tenth(self) -> Path:
        """Return a log of a tenth of the full size: about 100,000 events of 1 GB."""
        return self.log(self.size // TENTH)

    def reported(self) -> Path:
        """Return a log of a twentieth of the full size: 50 MB of 1 GB."""
        return self.log(self.size // REPORTED)

    def log(self, size: int) -> Path:
        """Return a log of about so many bytes."""
        path = self.folder / f"run-{size}.jsonl"
        return path if path.exists() else made([sys.executable, MAKE_LOG], path, [str(size)])

    def results(self) -> Path:
        """Return a results file of tau2 of about a twentieth of the full size."""
        size = self.size // REPORTED
        path = self.folder / f"results-{size}.json"
        if path.exists():
            return path
        source = self.log(int(size / RESULTS_PER_LOG))
        return made([*PROGRAM, "export", str(source), "--to", "tau2", "--force", "-o"], path)

    def recorded(self) -> Path:
        """Return a results file whose calls tau2 can make again: reference actions, with mistakes. Needs tau2."""
        domain = "mock" if self.quick else "airline"
        path, log = self.folder / f"recorded-{domain}.json", self.folder / f"recorded-{domain}.jsonl"
        if path.exists():
            return path
        if not log.exists():
            made([*PROGRAM, "record", "--domain", domain, "--agent", "noisy-oracle", "-o"], log)
        return made([*PROGRAM, "export", str(log), "--to", "tau2", "--force", "-o"], path)


def made(before: Sequence[str], path: Path, after: Sequence[str] = ()) -> Path:
    """Make a file by a command that takes its path, so that a half-made one is never taken for it."""
    partial = path.with_name(f"part-{path.name}")
    partial.unlink(missing_ok=True)
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    command = [*before, str(partial), *after]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise RuntimeError(f"{path.name} could not be made: {done.stderr.strip()[-500:]}")
    partial.rename(path)
    return path


def named(path: Path) -> str:
    """Return a file's size as people say it."""
    size = path.stat().st_size
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= 0.95 * factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size:.0f} bytes"
