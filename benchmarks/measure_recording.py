"""What recording costs: a call, a simulation, a whole run. Needs tau2-bench."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmark_data import Setup
from result_rows import Row, failure

DOMAINS = ("mock", "airline", "retail", "telecom")
READ_MS = 0.2
RUN_LIMITS = {"mock": 1.05, "telecom": 1.05, "airline": 1.1, "retail": 1.1}
MEMORY_LIMIT = 1.3


def domains(setup: Setup) -> tuple[str, ...]:
    return DOMAINS[:1] if setup.quick else DOMAINS


def calls(setup: Setup) -> Iterator[Row]:
    """Measure a tool call and a simulation with and without recording, in one process, in turn."""
    import recording_overhead

    from tau2_tui.recording import tau2_api

    tau2 = tau2_api.load()
    count, tasks = (10, 2) if setup.quick else (200, 10)
    with tempfile.TemporaryDirectory() as folder:
        for domain in domains(setup):
            dump = recording_overhead.one_serialisation(tau2, domain)
            log = Path(folder) / f"{domain}_calls"
            for number, (kind, bare, recorded) in enumerate(recording_overhead.call_costs(tau2, domain, count, log)):
                name, added = f"added to a {kind} of {domain}", [recorded - bare]
                if number == 0:
                    yield Row("Recording", name, "ms", added, limit=READ_MS)
                else:
                    base = f"one serialisation of its database, and {READ_MS} ms"
                    yield Row("Recording", name, "ms", added, base, [dump + READ_MS], 1)
            pairs = recording_overhead.run_costs(tau2, domain, tasks, Path(folder) / f"{domain}_runs")
            bare_ms, recorded_ms = ([pair[side] for pair in pairs] for side in (0, 1))
            yield Row("Recording", f"a simulation of {domain} with its evaluation", "ms", recorded_ms,
                      "without recording or saving", bare_ms)  # fmt: skip


def runs(setup: Setup) -> Iterator[Row]:
    """Measure whole runs against tau2's own runner, a process each, in turn."""
    import run_overhead

    options = argparse.Namespace(trials=1, tasks=2 if setup.quick else 12)
    for domain in domains(setup):
        try:
            pairs = [run_overhead.pair(domain, options, number) for number in range(setup.runs)]
        except SystemExit as error:
            yield failure("Recording", f"a whole run of {domain}", str(error))
            continue
        count = int(statistics.median(pair["tau2"]["simulations"] for pair in pairs))
        for name, key, unit, limit, factor in (
            ("", "run", "s", RUN_LIMITS[domain], 1.0),
            (", processor time", "cpu", "s", None, 1.0),
            (", peak memory", "memory", "MB", MEMORY_LIMIT, 1e-6),
        ):
            own, base = ([factor * pair[side][key] for pair in pairs] for side in ("record", "tau2"))
            title = f"a run of {count} simulations of {domain}{name}"
            yield Row("Recording", title, unit, own, "tau2's own runner", base, limit)
