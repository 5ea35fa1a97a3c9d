"""Measure how a run log is opened, indexed, searched and verified, against what the machine can do at best.

    python benchmarks/make_log.py /tmp/big.jsonl 1GB
    python benchmarks/read_log.py /tmp/big.jsonl [PART ...]

Each part runs in a process of its own, with the page cache warm. Times are the best of three.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

NEEDLE = b"NEEDLE_XYZZY_42"
TICK = 1 / 60
RUNS = 3


def best(work: Callable[[], object], runs: int = RUNS) -> float:
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def memory() -> dict[str, float]:
    """Return megabytes: anonymous now, and the most that was resident at any time."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {name: int(fields[name].split()[0]) / 1000 for name in ("RssAnon", "VmHWM")}


def part_open(path: Path) -> None:
    started = time.perf_counter()
    from tau2_tui.runlog import RunLog

    imported = time.perf_counter()
    log = RunLog.open(path, index="off")
    lines = log.head(50)
    painted = time.perf_counter()
    tail = log.tail(50)
    ended = time.perf_counter()
    print(f"open      import {1000 * (imported - started):.0f} ms, open and {len(lines)} first lines"
          f" {1000 * (painted - imported):.1f} ms, {len(tail)} last lines {1000 * (ended - painted):.1f} ms,"
          f" numpy imported: {'numpy' in sys.modules}")  # fmt: skip


def part_index(path: Path) -> None:
    import numpy as np
    import orjson

    from tau2_tui.runlog import RunLog

    def parse_all() -> None:
        with path.open("rb") as lines:
            for line in lines:
                orjson.loads(line)

    def index() -> None:
        with RunLog.open(path, index="now", cache=False):
            pass

    parse_all()
    parsing, indexing = best(parse_all), best(index)
    log = RunLog.open(path, index="now", cache=False)
    checking = best(log.check, 1)
    print(f"index     orjson.loads of every line {parsing:.2f} s, all columns {indexing:.2f} s"
          f" (ratio {indexing / parsing:.2f}), check of every line another {checking:.2f} s;"
          f" {len(log):,} lines, numpy {np.__version__}")  # fmt: skip


def part_cache(path: Path) -> None:
    """Measure how long a log takes to index whose index was kept, in a cache directory of its own."""
    from tau2_tui.runlog import RunLog, index_cache

    with tempfile.TemporaryDirectory() as directory:
        index_cache.cache_directory = lambda: Path(directory)

        def index() -> None:
            with RunLog.open(path, index="now"):
                pass

        first = best(index, 1)
        again = best(index)
        size = sum(entry.stat().st_size for entry in Path(directory).rglob("*.index"))
    print(f"cache     indexed and kept {first:.2f} s, opened again {1000 * again:.0f} ms; {size / 1e6:.0f} MB kept")


def part_memory(path: Path) -> None:
    from tau2_tui.runlog import RunLog

    before = memory()
    log = RunLog.open(path, cache=False)
    log.wait()
    indexed = memory()
    columns = log.columns
    arrays = sum(
        getattr(columns, name).nbytes for name in ("offset", "seq", "timestamp", "scope", "turn", "type", "level")
    )
    log.wait(checked=True)
    _ = (columns.simulation, columns.task, columns.trial, log.simulations())
    print(f"memory    anonymous MB: {before['RssAnon']:.0f} at import, {indexed['RssAnon']:.0f} indexed,"
          f" {memory()['RssAnon']:.0f} with check and simulations; peak resident {memory()['VmHWM']:.0f};"
          f" arrays {arrays / 1e6:.0f}")  # fmt: skip


def part_search(path: Path) -> None:
    import mmap

    from tau2_tui.runlog import RunLog

    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        mapped.find(NEEDLE)
        finding = best(lambda: mapped.find(NEEDLE))
    bare = RunLog.open(path, index="off")
    unindexed = best(lambda: list(bare.search(NEEDLE)))
    log = RunLog.open(path, index="now")
    searching = best(lambda: list(log.search(NEEDLE)))
    backwards = best(lambda: next(log.search(NEEDLE, backwards=True)))
    regex = best(lambda: list(log.search(rb"NEEDLE_[XYZ]+_\d+", regex=True)), 1)
    ignore_case = best(lambda: list(log.search(NEEDLE.lower(), ignore_case=True)), 1)
    errors: list[int] = []
    many = best(lambda: errors.extend(log.search(b'"level":"error"')), 1)
    print(f"search    find over a mapped file {finding:.2f} s, search {searching:.2f} s (ratio"
          f" {searching / finding:.2f}), without an index {unindexed:.2f} s (ratio"
          f" {unindexed / finding:.2f}), backwards to the first hit"
          f" {1000 * backwards:.1f} ms, regex {regex:.2f} s, ignoring case {ignore_case:.2f} s,"
          f" {len(errors):,} errors {many:.2f} s")  # fmt: skip


def part_ticker(path: Path) -> None:
    """Measure how late a thread that wakes 60 times a second wakes, while the log is indexed and checked."""
    from tau2_tui.runlog import RunLog

    idle = _lateness(lambda: time.sleep(2))
    log = RunLog.open(path, index="off", cache=False)
    log.start()
    indexing = _lateness(log.wait)
    checking = _lateness(lambda: log.wait(checked=True))
    for name, late in (("idle", idle), ("indexing", indexing), ("checking", checking)):
        late.sort()
        p99 = late[int(0.99 * (len(late) - 1))]
        print(f"ticker    {name:<9} late by p50 {statistics.median(late):.2f} ms, p99 {p99:.2f} ms,"
              f" max {late[-1]:.2f} ms ({len(late)} ticks)")  # fmt: skip


def _lateness(work: Callable[[], object]) -> list[float]:
    """Return by how many milliseconds each tick was late until ``work``, which waits in a thread, returns."""
    waiting = threading.Thread(target=work)
    late = []
    waiting.start()
    due = time.perf_counter() + TICK
    while waiting.is_alive():
        time.sleep(max(0.0, due - time.perf_counter()))
        now = time.perf_counter()
        late.append(1000 * max(0.0, now - due))
        due = max(due + TICK, now)
    return late


def part_verify(path: Path) -> None:
    from hashlib import blake2b

    from tau2_tui.runlog.verify import verify

    def hash_lines() -> None:
        with path.open("rb") as lines:
            for line in lines:
                blake2b(line, digest_size=16)

    hash_lines()
    hashing, verifying = best(hash_lines, 2), best(lambda: verify(path), 2)
    print(
        f"verify    BLAKE2b of every line {hashing:.2f} s, verify {verifying:.2f} s (ratio {verifying / hashing:.2f})"
    )


def part_summary(path: Path) -> None:
    from tau2_tui.runlog import RunLog
    from tau2_tui.runlog.summary import summarize

    log = RunLog.open(path, index="now")
    print(f"summary   {best(lambda: summarize(log), 1):.2f} s, simulations {best(log.simulations, 1):.3f} s")


PARTS = {name.removeprefix("part_"): value for name, value in list(globals().items()) if name.startswith("part_")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path)
    parser.add_argument("parts", nargs="*", metavar="PART", choices=[*PARTS, []], help=", ".join(PARTS))
    parser.add_argument("--here", action="store_true", help="in this process")
    options = parser.parse_args()
    for part in options.parts or PARTS:
        if options.here:
            PARTS[part](options.log)
        else:
            subprocess.run([sys.executable, __file__, str(options.log), part, "--here"], check=True)


if __name__ == "__main__":
    main()
