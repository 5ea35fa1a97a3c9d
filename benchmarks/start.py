"""How fast the commands that need no log start, against an interpreter that imports click.

    python benchmarks/start.py [--runs N]

Prints medians of whole processes in milliseconds and their ratio to ``python -c "import click"``, all in one run.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "python -c 'import click'": [sys.executable, "-c", "import click"],
    "tau2-tui --help": [sys.executable, "-m", "tau2_tui", "--help"],
    "tau2-tui --version": [sys.executable, "-m", "tau2_tui", "--version"],
    "tau2-tui record --help": [sys.executable, "-m", "tau2_tui", "record", "--help"],
    "tau2-tui open --help": [sys.executable, "-m", "tau2_tui", "open", "--help"],
    "tau2-tui verify --help": [sys.executable, "-m", "tau2_tui", "verify", "--help"],
}


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(runs):  # interleaved, so that a slow moment of the machine hits all alike
        for name, command in COMMANDS.items():
            times[name].append(seconds(command))
    base = statistics.median(times["python -c 'import click'"])
    print(f"{'command':28} {'median ms':>10} {'x click':>8}")
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:28} {median * 1000:10.1f} {median / base:8.2f}")


if __name__ == "__main__":
    main()
