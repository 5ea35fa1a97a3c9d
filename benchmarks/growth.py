"""What a process holds from the machine, again and again, and whether that grows without bound."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

WARM_UP = 0.25
"""The share of the time in which caches fill and modules are imported: what grows then is not held against it."""

FEWEST = 8
"""Looks after the warm-up, of which a slope says something."""

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Usage:
    """What a process holds, those that it started included.

    Attributes:
        seconds: when.
        memory: MB that are resident and no pages of a file.
        descriptors: open files, pipes and sockets.
        threads: of all processes.
        processes: itself included.
        lines: of the log that it writes or follows.
    """

    seconds: float
    memory: float
    descriptors: int
    threads: int
    processes: int
    lines: int = 0


def anonymous(pid: int | str) -> float:
    """Return the MB of a process that are resident and no pages of a file."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["RssAnon"].split()[0]) / 1000 if "RssAnon" in fields else 0.0


def usage(pid: int, seconds: float, lines: int = 0) -> Usage:
    """Look at a process. One of those that it started may end meanwhile; then it is not counted."""
    process = psutil.Process(pid)
    memory, descriptors, threads, count = 0.0, 0, 0, 0
    for one in (process, *process.children(recursive=True)):
        try:
            held = anonymous(one.pid), one.num_fds(), one.num_threads()
        except (psutil.NoSuchProcess, OSError):
            if one.pid == pid:
                raise
            continue
        memory, descriptors, threads, count = memory + held[0], descriptors + held[1], threads + held[2], count + 1
    return Usage(seconds, memory, descriptors, threads, count, lines)


@dataclass(frozen=True)
class Tolerance:
    """How fast something may grow, before it is called unbounded.

    Attributes:
        memory: MB in an hour, beyond what each line of the log may take.
        line_bytes: what the program may keep of each line of a log.
        counts: descriptors, threads and processes in an hour.
        garbage: the share of its memory by which a process may grow in all, whatever the rate. Python looks for garbage
            among old objects only when there are a quarter more of them. 0 for one that collected it before each look.
    """

    memory: float = 30.0
    line_bytes: float = 0.0
    counts: float = 6.0
    garbage: float = 0.25


@dataclass
class Watch:
    """A process that is looked at again and again."""

    name: str
    tolerance: Tolerance
    seen: list[Usage] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)

    def look(self, pid: int, lines: int = 0) -> None:
        """Look at the process once more."""
        self.seen.append(usage(pid, time.monotonic() - self.begun, lines))

    def settled(self) -> list[Usage]:
        """Return what was seen after the warm-up."""
        if not self.seen:
            return []
        first, last = self.seen[0].seconds, self.seen[-1].seconds
        return [one for one in self.seen if one.seconds >= first + WARM_UP * (last - first)]

    def values(self, seen: Iterable[Usage]) -> Mapping[str, list[float]]:
        """Return what is held against the tolerance."""
        allowed = self.tolerance.line_bytes / 1e6
        seen = list(seen)
        return {
            "memory": [one.memory - allowed * one.lines for one in seen],
            "descriptors": [float(one.descriptors) for one in seen],
            "threads": [float(one.threads) for one in seen],
            "processes": [float(one.processes) for one in seen],
        }

    def faults(self) -> list[str]:
        """Return what grows faster than is tolerated, or why that cannot be said; nothing when all is well.

        The slope is the median of those of all pairs of looks, which single outliers do not move, and it is the low end
        of its interval that counts: what goes up and down does not grow.
        """
        from scipy.stats import theilslopes

        seen = self.settled()
        if len(seen) < FEWEST:
            return [f"{self.name}: only {len(seen)} looks after the warm-up: let it run longer"]
        hours = [one.seconds / 3600 for one in seen]
        found = []
        for what, values in self.values(seen).items():
            slope = theilslopes(values, hours, CONFIDENCE)
            limit, least = self.tolerance.counts, 0.0
            if what == "memory":
                limit, least = self.tolerance.memory, self.tolerance.garbage * seen[0].memory
            if slope.low_slope > limit and slope.low_slope * (hours[-1] - hours[0]) > least:
                unit = " MB" if what == "memory" else ""
                found.append(
                    f"{self.name}: {what} grows by {slope.slope:,.1f}{unit} an hour"
                    f" (at least {slope.low_slope:,.1f}), {limit:g}{unit} are tolerated"
                )
        return found

    def table(self) -> str:
        """Return what was held at the start, after the warm-up, at the end and at most."""
        if not self.seen:
            return f"{self.name}: never looked at"
        settled = self.settled()
        moments = [("start", self.seen[0]), ("warm", settled[0]), ("middle", settled[len(settled) // 2])]
        rows = [f"{self.name}: {len(self.seen)} looks in {self.seen[-1].seconds / 60:.1f} minutes"]
        rows.append(
            f"  {'':8}{'minute':>8}{'memory MB':>11}{'descriptors':>13}{'threads':>9}{'processes':>11}{'lines':>12}"
        )
        for moment, one in [*moments, ("end", self.seen[-1])]:
            rows.append(f"  {moment:8}{one.seconds / 60:8.1f}{one.memory:11.1f}{one.descriptors:13}{one.threads:9}"
                        f"{one.processes:11}{one.lines:12,}")  # fmt: skip
        most = {what: max(values) for what, values in _of_each(self.seen).items()}
        rows.append(f"  {'most':8}{'':8}{most['memory']:11.1f}{most['descriptors']:13}{most['threads']:9}"
                    f"{most['processes']:11}")  # fmt: skip
        return "\n".join(rows)


def _of_each(seen: Sequence[Usage]) -> Mapping[str, list[float]]:
    return {what: [getattr(one, what) for one in seen] for what in ("memory", "descriptors", "threads", "processes")}


def verdict(watches: Iterable[Watch], faults: Iterable[str]) -> int:
    """Print what was seen and what is wrong with it; return the exit code, 0 when nothing is."""
    all_faults = list(faults)
    for watch in watches:
        print(watch.table())
        all_faults += watch.faults()
    for fault in all_faults:
        print(f"FAILED {fault}")
    print("failed" if all_faults else "passed: nothing grows without bound", flush=True)
    return 1 if all_faults else 0
