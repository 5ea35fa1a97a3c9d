"""Measure the statistics of a run log: against parsing its lines, and against a whole document in a pandas frame.

    python benchmarks/make_log.py /tmp/big.jsonl 1GB
    python benchmarks/log_statistics.py /tmp/big.jsonl [--events 100000] [--runs 3]

Every row is a process of its own, imports included, with the page cache warm and no index kept from before. Seconds are
the median of the runs. Memory is the most of one run more, of all processes together: anonymous pages, which leaves out
the pages of files. That run is not timed, because whoever counts a process's pages stops it. The first table is of the
whole log, the second of its first events; for the predecessor's way these are written as one JSON document, as it wrote
them.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

TICK = 0.02
STATS = [sys.executable, "-m", "tau2_tui", "stats", "--json"]


@dataclass(frozen=True)
class Measure:
    """What a process took: seconds, and megabytes of anonymous memory at its peak."""

    seconds: float
    megabytes: float


def measured(command: Sequence[str], runs: int) -> Measure:
    """Run a command several times and once more for its memory, each time with an empty cache of indexes."""
    return Measure(median(seconds_of(command) for _ in range(runs)), megabytes_of(command))


def seconds_of(command: Sequence[str]) -> float:
    """Run a command once, and return how long it took."""
    started = time.perf_counter()
    with _started(command) as process:
        process.wait()
        return time.perf_counter() - started


def megabytes_of(command: Sequence[str]) -> float:
    """Run a command once, and return the most anonymous memory of all its processes."""
    most = 0.0
    with _started(command) as process:
        while process.poll() is None:
            most = max(most, _anonymous(process.pid))
            time.sleep(TICK)
    return most


@contextmanager
def _started(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command with an empty cache; ends the program when it fails."""
    with tempfile.TemporaryDirectory() as cache:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "XDG_CACHE_HOME": cache})
        yield process
        if process.wait():
            raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")


def _anonymous(pid: int) -> float:
    """Return the megabytes of anonymous memory that a process and those that it started have now.

    Pages that a process shares with one forked from it count once. A process that has just ended has none.
    """
    found = 0.0
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        found = sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss_Anon:")) / 1000
        children = [int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in _children(task)]
    except OSError:
        return found
    return found + sum(_anonymous(child) for child in children)


def _children(task: Path) -> list[str]:
    try:
        return (task / "children").read_text().split()
    except OSError:
        return []


def parse_lines(path: Path) -> None:
    """Parse every line with orjson and keep nothing."""
    import orjson

    with path.open("rb") as lines:
        for line in lines:
            orjson.loads(line)


def whole_document(path: Path) -> None:
    """Do as the predecessor does: the whole document, an object an event, a dictionary an object, a frame of all."""
    import pandas as pd

    with path.open() as file:
        document = json.load(file)
    events = [SimpleNamespace(**event) for event in document["execution_events"]]
    frame = pd.DataFrame([dict(vars(event)) for event in events])
    frame["datetime"] = pd.to_datetime(frame["timestamp"], unit="s", errors="coerce")
    frame["execution_time"] = pd.to_numeric(frame["execution_time"], errors="coerce").fillna(0)
    tools = frame[frame["event_type"] == "ToolExecutionEvent"].copy()
    tools["failed"] = ~tools["success"].astype(bool)
    tools["hour"] = tools["datetime"].dt.hour
    found: dict[str, Any] = {
        "events": frame["event_type"].value_counts().to_dict(),
        "tools": tools.groupby("tool_name")
        .agg({"success": "size", "failed": "sum", "execution_time": ["mean", "median", "std"]})
        .to_string(),
        "errors": tools[tools["failed"]].groupby(["tool_name", "error_type"]).size().to_string(),
        "changes": tools.groupby("state_changed")["failed"].mean().to_dict(),
        "hours": tools.groupby("hour")["failed"].agg(["size", "mean"]).to_string(),
        "quantiles": tools["execution_time"].quantile([0.5, 0.9, 0.95, 0.99]).to_dict(),
        "correlation": tools[["execution_time", "args_size_bytes", "args_complexity_score", "failed"]]
        .corr()
        .to_string(),
        "arguments": dict(Counter(name for args in tools["tool_args"] for name in args)),
        "patterns": dict(Counter(zip(tools["tool_name"], tools["tool_name"].shift(-1), strict=True))),
    }
    print(len(str(found)))


def same_figures(path: Path) -> None:
    """Work out what ``whole_document`` does, with the intervals that belong to it."""
    from itertools import combinations

    import numpy as np

    from tau2_tui.analysis.calls.correlation import rho
    from tau2_tui.analysis.calls.errors import error_table
    from tau2_tui.analysis.calls.sequence import ngrams
    from tau2_tui.analysis.calls.state import state_changes
    from tau2_tui.analysis.calls.tools import tool_table
    from tau2_tui.analysis.data.reading import read_run
    from tau2_tui.events.payload import args_complexity
    from tau2_tui.runlog.opening import open_log

    with open_log(path, index="later") as log:
        run = read_run(log, messages=False)  # as `stats` does for the sections of calls
        codes = np.bincount(log.columns.type, minlength=len(log.columns.types))
        events = dict(zip(log.columns.types, codes.tolist(), strict=True))
    times = np.array([call.execution_time or 0.0 for call in run.calls])
    sizes = np.array([len(str(call.args)) for call in run.calls], np.float64)
    scores = np.array([args_complexity(dict(call.args), 0) for call in run.calls])
    failed = np.array([call.error for call in run.calls], np.float64)
    hours = np.array([call.time or 0.0 for call in run.calls]) // 3600 % 24
    found: dict[str, Any] = {
        "events": events,
        "tools": tool_table(run.calls),
        "errors": error_table(run.calls),
        "changes": state_changes(run.calls, run.state_changes),
        "hours": [(hour, failed[hours == hour].mean()) for hour in np.unique(hours).tolist()],
        "quantiles": np.quantile(times, (0.5, 0.9, 0.95, 0.99)).tolist(),
        "correlation": [rho(one, other) for one, other in combinations((times, sizes, scores, failed), 2)],
        "arguments": Counter(name for call in run.calls for name in call.args),
        "patterns": ngrams(run.calls, 2),
    }
    print(len(str(found)))


def write_document(events: Path, out: Path) -> None:
    """Write the events of a log as one document."""
    with events.open("rb") as lines:
        document = {"execution_events": [json.loads(line) for line in lines], "state_snapshots": []}
    with out.open("w") as file:
        json.dump(document, file, indent=2)


def write_first(log: Path, out: Path, count: int) -> int:
    """Write the first lines of a log and return how many there were."""
    with log.open("rb") as lines, out.open("wb") as file:
        return sum(1 for line in islice(lines, count) if file.write(line))


WAYS: dict[str, Callable[[Path], None]] = {
    "parse_lines": parse_lines,
    "whole_document": whole_document,
    "same_figures": same_figures,
}


def own(way: Callable[[Path], None], path: Path) -> list[str]:
    return [sys.executable, __file__, str(path), "--way", way.__name__]


def show(title: str, rows: Sequence[tuple[str, Measure]]) -> None:
    """Print measures beside the first of them."""
    base = rows[0][1]
    print(f"{title}\n  {'':44} {'seconds':>8} {'ratio':>7} {'MB':>7} {'ratio':>7}")
    for name, one in rows:
        ratios = one.seconds / base.seconds, one.megabytes / base.megabytes
        print(f"  {name:44} {one.seconds:8.2f} {ratios[0]:7.2f} {one.megabytes:7.0f} {ratios[1]:7.2f}")


def of_whole_log(log: Path, runs: int) -> None:
    rows = [
        ("orjson.loads of every line", measured(own(parse_lines, log), runs)),
        ("tau2-tui stats LOG --json, all sections", measured([*STATS, str(log)], runs)),
    ]
    show(f"{log.name}, {log.stat().st_size / 1e6:,.0f} MB", rows)


def of_first_events(log: Path, count: int, runs: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        events, document = Path(directory) / "events.jsonl", Path(directory) / "events.json"
        count = write_first(log, events, count)
        write_document(events, document)
        gc.collect()
        rows = [
            ("one document, dictionaries, a pandas frame", measured(own(whole_document, document), runs)),
            ("tau2_tui.analysis, the same figures", measured(own(same_figures, events), runs)),
            ("tau2-tui stats LOG --json, all sections", measured([*STATS, str(events)], runs)),
        ]
        sizes = [path.stat().st_size / 1e6 for path in (events, document)]
        show(f"first {count:,} events, {sizes[0]:,.0f} MB as a log, {sizes[1]:,.0f} MB as one document", rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--way", choices=WAYS, help="in this process, measuring nothing")
    options = parser.parse_args()
    if options.way:
        WAYS[options.way](options.log)
        return
    of_whole_log(options.log, options.runs)
    of_first_events(options.log, options.events, options.runs)


if __name__ == "__main__":
    main()
