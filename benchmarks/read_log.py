"""Measure how a run log is opened, indexed, searched and verified, against what the machine can do at best.

    python benchmarks/make_log.py /tmp/big.jsonl 1GB
    python benchmarks/read_log.py /tmp/big.jsonl [PART ...] [--json]

Each part runs in a process of its own, with the page cache warm. A figure is the median of its values, with the least
and the most behind it; where the machine's own best is known, the ratio to it stands beside it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

NEEDLE = b"NEEDLE_XYZZY_42"
TICK = 1 / 60
RUNS = 3


@dataclass(frozen=True)
class Figure:
    """What was measured.

    Attributes:
        unit: ``s``, ``ms`` or ``MB``.
        values: one a run.
        of: the figure of the same part that is the machine's best at it.
    """

    unit: str
    values: list[float]
    of: str = ""


Figures = dict[str, Figure]


def seconds(work: Callable[[], object], runs: int = RUNS, of: str = "") -> Figure:
    """Return how long ``work`` takes, each time."""
    values = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        values.append(time.perf_counter() - started)
    return Figure("s", values, of)


def memory() -> dict[str, float]:
    """Return megabytes: anonymous now, and the most that was resident at any time."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {name: int(fields[name].split()[0]) / 1000 for name in ("RssAnon", "VmHWM")}


def part_open(path: Path) -> Figures:
    """Measure the first and the last lines, without an index."""
    started = time.perf_counter()
    from tau2_tui.runlog import RunLog

    imported = time.perf_counter()
    log = RunLog.open(path, index="off")
    log.head(50)
    painted = time.perf_counter()
    log.tail(50)
    ended = time.perf_counter()
    if "numpy" in sys.modules:
        raise SystemExit("opening a log imports numpy")
    spans = {"import": imported - started, "first 50 lines": painted - imported, "last 50 lines": ended - painted}
    return {name: Figure("ms", [1000 * span]) for name, span in spans.items()}


def part_index(path: Path) -> Figures:
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
    parsed = "orjson.loads of every line"
    found = {parsed: seconds(parse_all), "all columns": seconds(index, of=parsed)}
    log = RunLog.open(path, index="now", cache=False)
    return {**found, "check of every line": seconds(log.check, 1, parsed)}


def part_cache(path: Path) -> Figures:
    """Measure how long a log takes to index whose index was kept, in a cache directory of its own."""
    from tau2_tui.runlog import RunLog, cache

    with tempfile.TemporaryDirectory() as directory:
        cache.cache_directory = lambda: Path(directory)

        def index() -> None:
            with RunLog.open(path, index="now"):
                pass

        kept = "indexed and kept"
        found = {kept: seconds(index, 1), "opened again": seconds(index, of=kept)}
        size = sum(entry.stat().st_size for entry in Path(directory).rglob("*.index"))
    return {**found, "size of the kept index": Figure("MB", [size / 1e6])}


def part_memory(path: Path) -> Figures:
    """Measure anonymous memory, which leaves out the file's own pages."""
    from tau2_tui.runlog import RunLog

    found = {"imported": memory()["RssAnon"]}
    log = RunLog.open(path, cache=False)
    log.wait()
    found["indexed"] = memory()["RssAnon"]
    columns = log.columns
    names = ("offset", "seq", "timestamp", "scope", "turn", "type", "level")
    found["arrays of the index"] = sum(getattr(columns, name).nbytes for name in names) / 1e6
    log.wait(checked=True)
    _ = (columns.simulation, columns.task, columns.trial, log.simulations())
    found["checked, with its simulations"] = memory()["RssAnon"]
    found["most resident at any time"] = memory()["VmHWM"]
    return {name: Figure("MB", [value]) for name, value in found.items()}


def part_search(path: Path) -> Figures:
    import mmap

    from tau2_tui.runlog import RunLog

    found_by = "bytes.find over the file"
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        mapped.find(NEEDLE)
        found = {found_by: seconds(lambda: mapped.find(NEEDLE))}
    bare = RunLog.open(path, index="off")
    found["rare text, without an index"] = seconds(lambda: list(bare.search(NEEDLE)), of=found_by)
    log = RunLog.open(path, index="now")
    found["rare text, with an index"] = seconds(lambda: list(log.search(NEEDLE)), of=found_by)
    found["rare text, backwards"] = seconds(lambda: next(log.search(NEEDLE, backwards=True)))
    regex = rb"NEEDLE_[XYZ]+_\d+"
    found["regular expression"] = seconds(lambda: list(log.search(regex, regex=True)), 1, found_by)
    found["ignoring case"] = seconds(lambda: list(log.search(NEEDLE.lower(), ignore_case=True)), 1, found_by)
    found["every error"] = seconds(lambda: list(log.search(b'"level":"error"')), 1, found_by)
    return found


def part_ticker(path: Path) -> Figures:
    """Measure how late a thread that wakes 60 times a second wakes, while the log is indexed and checked."""
    from tau2_tui.runlog import RunLog

    idle = _lateness(lambda: time.sleep(2))
    log = RunLog.open(path, index="off", cache=False)
    log.start()
    ticks = {"idle": idle, "indexing": _lateness(log.wait), "checking": _lateness(lambda: log.wait(checked=True))}
    return {f"late tick, {name}": Figure("ms", late) for name, late in ticks.items()}


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


def part_verify(path: Path) -> Figures:
    from hashlib import blake2b

    from tau2_tui.runlog.verify import verify

    def hash_lines() -> None:
        with path.open("rb") as lines:
            for line in lines:
                blake2b(line, digest_size=16)

    hash_lines()
    hashed = "BLAKE2b of every line"
    return {hashed: seconds(hash_lines, 2), "verify": seconds(lambda: verify(path), 2, hashed)}


def part_summary(path: Path) -> Figures:
    from tau2_tui.runlog import RunLog
    from tau2_tui.runlog.summary import summarize

    log = RunLog.open(path, index="now")
    return {"summary": seconds(lambda: summarize(log), 1), "simulations": seconds(log.simulations, 1)}


PARTS = {name.removeprefix("part_"): value for name, value in list(globals().items()) if name.startswith("part_")}


def measured(path: Path, part: str) -> Figures:
    """Measure a part in a process of its own."""
    command = [sys.executable, __file__, str(path), part, "--here", "--json"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return {name: Figure(**values) for name, values in json.loads(done.stdout).items()}


def show(part: str, figures: Figures) -> None:
    """Print a line a figure."""
    for name, one in figures.items():
        middle = statistics.median(one.values)
        ratio = f"{middle / statistics.median(figures[one.of].values):6.2f} x {one.of}" if one.of else ""
        spread = f"({min(one.values):.3f} to {max(one.values):.3f})" if len(one.values) > 1 else ""
        print(f"{part:8} {name:32}{middle:10.3f} {one.unit:3}{spread:22}{ratio}".rstrip(), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path)
    parser.add_argument("parts", nargs="*", metavar="PART", choices=[*PARTS, []], help=", ".join(PARTS))
    parser.add_argument("--here", action="store_true", help="in this process")
    parser.add_argument("--json", action="store_true", help="print a JSON object a part")
    options = parser.parse_args()
    for part in options.parts or PARTS:
        figures = PARTS[part](options.log) if options.here else measured(options.log, part)
        if options.json:
            print(json.dumps({name: asdict(one) for name, one in figures.items()}))
        else:
            show(part, figures)


if __name__ == "__main__":
    main()
