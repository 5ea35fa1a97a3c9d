"""The recorder for a long time: again and again in one process, one run without end, and killed and resumed at random.

    python benchmarks/soak_recorder.py [--minutes 10] [--domain mock] [--seed 1] [--only again endless killed]

Needs tau2-bench. The noisy oracle acts, with and without worker processes. The time is shared out among:

again     one process records run after run, as a program that uses the library does; it is looked at after each
endless   a run that does not end by itself, once with threads and once with processes, looked at twice a second,
          then interrupted
killed    a run, or its workers too, is killed at a random moment and resumed, until it is whole

Every log is verified. It fails when memory, descriptors, threads or processes grow faster than is tolerated after the
first quarter of the time, when a log does not verify or lacks simulations, when a process outlives its recorder, and
when a file is left that is not the log: in its folder, for temporary files, or in the cache.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from growth import Tolerance, Usage, Watch, usage, verdict

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # what the tests do with a recorder's process is done here for longer
from tests.support import program, recorder_process  # noqa: E402

WORKERS = 2
AGENT = ["--agent", "noisy-oracle", "--user", "scripted"]
LINE_KEEPS = 60.0
"""Bytes that a recorder may keep of each line: what became of each simulation, for the summary at its end."""

LOOK_EVERY = 0.5
MOST_SIMULATIONS_A_SECOND = 300
KILLS = 6
"""At most in one run."""


@dataclass
class Soak:
    """What is done, and what came of it."""

    domain: str
    random: random.Random
    folder: Path
    watches: list[Watch] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def watch(self, name: str, tolerance: Tolerance) -> Watch:
        """Return a new watch, that is judged at the end."""
        self.watches.append(Watch(name, tolerance))
        return self.watches[-1]

    def count(self, name: str, more: int = 1) -> None:
        """Count what was done."""
        self.counts[name] = self.counts.get(name, 0) + more

    def leftovers(self, *known: Path) -> None:
        """Note files that are left and should not be, and remove them."""
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and path not in known:
                self.faults.append(f"{path.relative_to(self.folder)} is left")
                path.unlink()

    def verify(self, log: Path, simulations: int | None) -> None:
        """Verify a log; one of so many simulations must be complete."""
        report = recorder_process.verified(log)
        self.count("logs verified")
        if simulations is not None and (report["status"], report["simulations_ended"]) != ("complete", simulations):
            self.faults.append(f"{log.name}: {report['status']}, {report['simulations_ended']} of {simulations} ended")


def again(soak: Soak, seconds: float) -> None:
    """Record run after run in one process."""
    watch = soak.watch("again and again in one process", Tolerance(garbage=0.0))
    runs, usages = soak.folder / "runs", soak.folder / "usages.jsonl"
    runs.mkdir()
    command = [sys.executable, __file__, "--inside", str(runs), str(usages), str(seconds), "--domain", soak.domain]
    done = psutil.Popen(command, env=program.without_keys())
    if done.wait() != 0:
        soak.faults.append(f"recording again and again ended with {done.returncode}")
    lines = usages.read_text().splitlines() if usages.exists() else []
    watch.seen += [Usage(**json.loads(line)) for line in lines]
    soak.count("runs in one process", len(watch.seen))
    log = runs / "run.jsonl"
    soak.verify(log, None)
    soak.leftovers(log, usages)
    log.unlink()
    usages.unlink()


def inside(domain: str, folder: Path, usages: Path, seconds: float) -> None:
    """Be the process that records run after run; what it holds after each is appended to a file."""
    from tau2_tui.recording import RecordConfig, record_run

    end, begun, runs = time.monotonic() + seconds, time.monotonic(), 0
    with usages.open("a") as out:
        while time.monotonic() < end:
            config = RecordConfig(
                domain=domain, agent="noisy-oracle", user="scripted", seed=runs, processes=1 + runs % WORKERS
            )
            record_run(config, folder / "run.jsonl", replace=True)
            runs += 1
            gc.collect()
            out.write(json.dumps(usage(os.getpid(), time.monotonic() - begun).__dict__) + "\n")


def endless(soak: Soak, seconds: float) -> None:
    """Record a run that does not end by itself, once with threads and once with processes."""
    for processes in (1, WORKERS):
        one_endless(soak, processes, seconds / 2)


def one_endless(soak: Soak, processes: int, seconds: float) -> None:
    """Look at a recording for so long, and interrupt it."""
    watch = soak.watch(f"one run, processes {processes}", Tolerance(line_bytes=LINE_KEEPS))
    log, errors = soak.folder / "endless.jsonl", soak.folder / "errors"
    trials = int(seconds * MOST_SIMULATIONS_A_SECOND)
    options = ["--domain", soak.domain, *AGENT, "--num-tasks", 3, "--num-trials", trials, "--processes", processes]
    end = time.monotonic() + seconds
    with errors.open("w") as file:
        process = recorder_process.start(log, *options, stderr=file)
        recorder_process.wait_for(lambda: recorder_process.lines_in(log) > 0, process)
        watch.begun = time.monotonic()
        size = lines = 0
        while time.monotonic() < end and process.poll() is None:
            with log.open("rb") as growing:
                growing.seek(size)
                data = growing.read()
            size, lines = size + len(data), lines + data.count(b"\n")
            watch.look(process.pid, lines)
            time.sleep(LOOK_EVERY)
        process.send_signal(signal.SIGINT)
        code = process.wait(recorder_process.PATIENCE)
    if code != 130 or "Traceback" in errors.read_text():
        soak.faults.append(f"an interrupted run ended with {code}: {errors.read_text()[-500:]}")
    soak.count("lines of runs without end", lines)
    soak.verify(log, None)
    soak.leftovers(log, errors)
    log.unlink()
    errors.unlink()


def killed(soak: Soak, seconds: float) -> None:
    """Kill and resume runs."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        log = soak.folder / "killed.jsonl"
        trials, processes = soak.random.randint(2, 20), soak.random.randint(1, WORKERS)
        options = ["--domain", soak.domain, *AGENT, "--num-tasks", 5, "--num-trials", trials]
        options += ["--seed", soak.random.randrange(1000), "--processes", processes, "--max-concurrency", 4, "--resume"]
        for _ in range(soak.random.randint(1, KILLS)):
            kill_one(soak, log, options)
        recorder_process.finish(log, *options)
        soak.verify(log, 5 * trials)
        soak.count("runs resumed to their end")
        soak.leftovers(log)
        log.unlink()


def kill_one(soak: Soak, log: Path, options: list[Any]) -> None:
    """Let a run go on for a while, and kill it; what it leaves must verify."""
    process = recorder_process.start(log, *options)
    goal = recorder_process.lines_in(log) + soak.random.randint(0, 300)
    recorder_process.wait_for(lambda: recorder_process.lines_in(log) >= goal, process)
    if process.poll() is None:
        soak.count("kills")
    recorder_process.kill(process, soak.random.choice(["recorder", "workers too"]))
    if recorder_process.lines_in(log):
        soak.verify(log, None)


PARTS: dict[str, Callable[[Soak, float], None]] = {"again": again, "endless": endless, "killed": killed}


def main() -> int:
    """Soak the recorder; return 0 when it stands it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--domain", default="mock")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--inside", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        folder, usages, seconds = arguments.inside
        inside(arguments.domain, Path(folder), Path(usages), float(seconds))
        return 0
    with tempfile.TemporaryDirectory() as name:
        soak = Soak(arguments.domain, random.Random(arguments.seed), Path(name).resolve())
        for folder in ("temporary", "cache", "data"):
            (soak.folder / folder).mkdir()
        os.environ.update(
            TMPDIR=str(soak.folder / "temporary"),
            XDG_CACHE_HOME=str(soak.folder / "cache"),
            XDG_DATA_HOME=str(soak.folder / "data"),
            PYTHONPATH=str(ROOT),
            LITELLM_LOCAL_MODEL_COST_MAP="True",
        )
        for part in arguments.only:
            try:
                PARTS[part](soak, arguments.minutes * 60 / len(arguments.only))
            except AssertionError as error:
                soak.faults.append(f"{part}: {error}")
        print(", ".join(f"{count:,} {what}" for what, count in soak.counts.items()))
        return verdict(soak.watches, soak.faults)


if __name__ == "__main__":
    sys.exit(main())
