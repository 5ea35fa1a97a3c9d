"""What recording costs a whole run: tau2's own ``run`` and ``tau2-tui record`` on the same tasks, in turn.

Run: ``python benchmarks/run_overhead.py [--domains mock airline …] [--pairs 3] [--tasks N] [--trials K]``.

Both sides act out the reference actions with the same agent and user, one simulation at a time, evaluate, and save what
they save by default: tau2 its results file, tau2-tui its run log. Without a model there is nothing to wait for, so this
is the most that recording can cost. Each run is a process of its own; A B, B A, …; ``run`` is what ``run_domain`` and
``record_run`` take, ``whole`` the process with its imports, ``CPU`` the processor time of the run; medians of pairs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SIDES = ("tau2", "record")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domains", nargs="+", default=["mock", "airline", "retail", "telecom"])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--tasks", type=int, help="the first N tasks of each domain; all of them when not given")
    parser.add_argument("--trials", type=int, default=1)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        print(json.dumps(one_run(options.side, options.domains[0], options.tasks, options.trials)))
        return
    print(f"{'domain':12}{'pairs':>6}{'simulations':>12}{'run s':>9}{'ratio':>8}{'CPU':>8}{'whole':>8}{'memory':>8}")
    for domain in options.domains:
        print(row(domain, [pair(domain, options, number) for number in range(options.pairs)]), flush=True)


def row(domain: str, pairs: list[dict[str, dict[str, float]]]) -> str:
    def ratio(key: str) -> float:
        return statistics.median(one["record"][key] / one["tau2"][key] for one in pairs)

    seconds = statistics.median(one["tau2"]["run"] for one in pairs)
    count = int(pairs[0]["tau2"]["simulations"])
    ratios = "".join(f"{ratio(key):8.3f}" for key in ("run", "cpu", "whole", "memory"))
    return f"{domain:12}{len(pairs):6}{count:12}{seconds:9.2f}{ratios}"


def pair(domain: str, options: argparse.Namespace, number: int) -> dict[str, dict[str, float]]:
    order = SIDES if number % 2 else SIDES[::-1]
    return {side: process(side, domain, options) for side in order}


def process(side: str, domain: str, options: argparse.Namespace) -> dict[str, float]:
    command = [sys.executable, __file__, "--side", side, "--domains", domain, "--trials", str(options.trials)]
    command += ["--tasks", str(options.tasks)] if options.tasks else []
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    whole = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{side} on {domain} failed:\n{done.stderr[-2000:]}")
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {**measured, "whole": whole}


def one_run(side: str, domain: str, tasks: int | None, trials: int) -> dict[str, float]:
    """Run one side in this process and return what it took: seconds of the run, CPU seconds, peak memory in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        run = (tau2_side if side == "tau2" else record_side)(domain, tasks, trials, Path(folder))
        start, cpu = time.perf_counter(), time.process_time()
        simulations = run()
        end, cpu_end = time.perf_counter(), time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"run": end - start, "cpu": cpu_end - cpu, "memory": memory, "simulations": simulations}


def tau2_side(domain: str, tasks: int | None, trials: int, folder: Path) -> Any:
    from tests.support import registered_oracle

    options = {
        "domain": domain,
        "agent": registered_oracle.AGENT,
        "user": registered_oracle.USER,
        "num_tasks": tasks,
        "num_trials": trials,
        "max_steps": 200,
        "max_concurrency": 1,
        "log_level": "ERROR",
        "save_to": str(folder / "results"),
    }
    from tau2.run import run_domain

    try:
        from tau2.data_model.simulation import TextRunConfig as Config
    except ImportError:
        from tau2.data_model.simulation import RunConfig as Config

        options |= {"llm_args_judge": {}, "results_dir": str(folder), "save_to": "results"}
    config = Config(**options)
    return lambda: len(run_domain(config).simulations)


def record_side(domain: str, tasks: int | None, trials: int, folder: Path) -> Any:
    from tau2_tui.recording import RecordConfig, record_run
    from tests.support import registered_oracle

    config = RecordConfig(
        domain=domain,
        agent=registered_oracle.AGENT,
        user=registered_oracle.USER,
        num_tasks=tasks,
        num_trials=trials,
        max_concurrency=1,
    )
    return lambda: len(record_run(config, folder / "run.jsonl").simulations)


if __name__ == "__main__":
    main()
