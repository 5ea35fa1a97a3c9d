"""What the inspector and the reading of logs take: start, open, index, search, memory, keys, bytes, following."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import follow as following
import keys as key_times
import open_log
import peers
import read_log
import start as starting
from benchmark_data import Setup, named
from result_rows import Row, failure

EMPTY = "an empty Textual app"
FRAMES_OF_JUMP, FRAMES_OF_KEY = 5, 2
STALL_MS = 100.0
"""A wait that is seen as one."""

MOVE_BYTES, PAGE_BYTES = 700, 6000
MEMORY_MB = 400
RATE, BEHIND_SECONDS = 2000, 0.5
OTHERS = ("less", "lnav", "toolong")
MISSING = "not installed"

Runs = Iterable[Mapping[str, float | None]]


def warm(log: Path) -> None:
    """Have the file in the page cache."""
    with log.open("rb") as file:
        while file.read(1 << 24):
            pass


def known(runs: Runs, name: str) -> list[float]:
    """Return the values of a name, without those that there are none of."""
    return [value for run in runs if (value := run.get(name)) is not None]


def start(setup: Setup) -> Iterator[Row]:
    """Measure how fast commands start that need no log."""
    runs = 1 if setup.quick else max(10, 3 * setup.runs)
    times: dict[str, list[float]] = {name: [] for name in starting.COMMANDS}
    for _ in range(runs):  # interleaved, so that a slow moment of the machine hits all alike
        for name, command in starting.COMMANDS.items():
            times[name].append(1000 * starting.seconds(command))
    base = "python -c 'import click'"
    for name, values in times.items():
        if name.startswith("tau2-tui"):
            limit = 3 if name.endswith(" --help") and len(name.split()) == 2 else None
            yield Row("Start", name, "ms", values, base, times[base], limit)


def first_paint(setup: Setup) -> Iterator[Row]:
    """Measure the first events of a log of a tenth of the size, against an empty Textual app."""
    log = setup.tenth()
    warm(log)
    pairs = [(open_log.empty_paint(), open_log.log_run(log, 2 if setup.quick else 10)) for _ in range(setup.runs)]
    empty, runs = [one for one, _ in pairs if one is not None], [run for _, run in pairs]
    group, size = "Opening a log", named(log)
    yield Row(group, f"first events of {size}", "s", known(runs, "first paint"), EMPTY, empty, 1.5)
    limits = {
        "idle bytes": 0.0,
        "page bytes": PAGE_BYTES,
        "line bytes": MOVE_BYTES,
        "line bytes with detail": MOVE_BYTES,
    }
    names = {
        "idle bytes": "bytes sent while idle for 2 s",
        "page bytes": "bytes sent by a page down",
        "line bytes": "bytes sent by a cursor move",
        "line bytes with detail": "bytes sent by a cursor move, detail open",
        "detail bytes": "bytes sent by the detail of another event, once the cursor rests",
        "scrolled line bytes": "bytes sent by a cursor move that scrolls",
        "end bytes": "bytes sent by a jump to the end",
    }
    for name, shown in names.items():
        yield Row(group, f"{shown}, {size}", "bytes", known(runs, name), limit=limits.get(name))


def viewers(setup: Setup) -> Iterator[Row]:
    """Measure the inspector against other viewers, each used as its user would, in turn."""
    log = setup.big().absolute()
    warm(log)
    found: peers.Results = {EMPTY: []}
    for _ in range(setup.runs):
        with tempfile.TemporaryDirectory() as home:  # so that nobody has kept an index, or a position
            found[EMPTY].append(peers.empty_app(home))
            for viewer in peers.viewers(log, setup.toolong):
                found.setdefault(viewer.name, []).append(peers.measure(viewer, home))
                if viewer.name == "tau2-tui":
                    found.setdefault("again", []).append(peers.measure(viewer, home))
    yield from rows_of_viewers(found, named(log))


def rows_of_viewers(found: peers.Results, size: str) -> Iterator[Row]:
    """Yield a row for everything that the programs were used for."""
    empty = known(found[EMPTY], "first paint")
    frame = 1000 * peers.FRAME_SECONDS

    def row(title: str, name: str, unit: str = "s", limit: float | None = None, own: str = "tau2-tui") -> Row:
        factor = 1000 if unit == "ms" else 1
        values = {who: [factor * one for one in known(found.get(who, ()), name)] for who in (own, *OTHERS)}
        base = empty if unit == "s" and name != "search" else []
        absent = {who: "no result" if who in found else MISSING for who in OTHERS if not values[who]}
        others = {who: values[who] for who in OTHERS if values[who]}
        reason = "" if values[own] else "no such screen within the time allowed"
        return Row("Inspector and other viewers", f"{title}, {size}", unit, values[own], EMPTY if base else "", base,
                   limit, others, absent, reason)  # fmt: skip

    yield row("first events", "first paint", limit=1.5)
    yield row("last line on the screen after the start", "end reached")
    yield row("whole file read", "indexed")
    yield row("opened again: whole index there", "indexed", limit=2, own="again")
    yield row("jump to the end", "jump to end", "ms", round(FRAMES_OF_JUMP * frame, 1))
    yield row("search of a rare text", "search")
    yield row("memory without pages of files, after all this", "memory MB", "MB", MEMORY_MB)
    yield row("bytes sent by a page down", "page bytes", "bytes", PAGE_BYTES)
    yield row("bytes sent by a line down", "line bytes", "bytes", MOVE_BYTES)


def reading(setup: Setup) -> Iterator[Row]:
    """Measure reading without a screen, against the machine's best."""
    log = setup.big()
    warm(log)
    limits = {
        "all columns": 2.0,
        "rare text, with an index": 2.0,
        "rare text, without an index": 2.0,
        "indexed": MEMORY_MB,
    }
    for part in read_log.PARTS:
        try:
            figures = read_log.measured(log, part)
        except Exception as error:
            yield failure("Reading without a screen", part, str(error))
            continue
        bases = {one.of for one in figures.values()}
        for name, one in figures.items():
            if name not in bases or name == "indexed and kept":
                base = figures[one.of].values if one.of else []
                title = f"{part}: {name}, {named(log)}"
                limit = limits.get(name) if one.of or one.unit == "MB" else None
                yield Row("Reading without a screen", title, one.unit, one.values, one.of, base, limit)


def keys(setup: Setup) -> Iterator[Row]:
    """Measure keys until the screen shows what they do: quiet, while indexing, while statistics are computed."""
    log = setup.big()
    warm(log)
    presses = 3 if setup.quick else 15
    with tempfile.TemporaryDirectory() as home:
        still, sent = key_times.quiet(log, home, presses)
        ends = {name: milliseconds(key_times.of_peer(name, log, home, presses)) for name in installed("lnav", "less")}
        yield from rows_of_keys("quiet", still, named(log), ends)
        name = f"bytes sent by a {key_times.HELD}, {named(log)}"
        yield Row("Keys until the screen shows it", name, "bytes", [sent[key_times.HELD]], limit=MOVE_BYTES)
        for state, measure in (
            ("while it is indexed", key_times.while_indexing),
            ("while statistics are computed", key_times.while_computing),
        ):
            found = {key.name: [] for key in key_times.KEYS} if setup.quick else measure(log, home, presses // 2)
            yield from rows_of_keys(state, found, named(log), {})
            slowest = [max(values) for values in found.values() if values]
            if slowest:
                yield Row("Keys until the screen shows it", f"slowest key, {state}, {named(log)}", "ms",
                          milliseconds([max(slowest)]), limit=STALL_MS)  # fmt: skip
        for key in key_times.KEYS:
            if key.name in key_times.JUMPS and not setup.quick:
                made = milliseconds(key_times.at_once(log, home, key, setup.runs))
                name = f"{key.name}, pressed with the first events, until it is made, {named(log)}"
                yield Row("Keys until the screen shows it", name, "ms", made)


def rows_of_keys(state: str, found: key_times.Samples, size: str, ends: dict[str, list[float]]) -> Iterator[Row]:
    """Yield a row a key."""
    limit = FRAMES_OF_KEY * 1000 * peers.FRAME_SECONDS
    for name, values in found.items():
        others = {who: one for who, one in ends.items() if one} if name == "jump to end" else {}
        reason = "" if values else "that was over before the key was pressed"
        yield Row("Keys until the screen shows it", f"{name}, {state}, {size}", "ms", milliseconds(values),
                  limit=round(limit, 1), peers=others, reason=reason)  # fmt: skip


def milliseconds(values: Iterable[float]) -> list[float]:
    return [1000 * value for value in values]


def installed(*names: str) -> list[str]:
    """Return those of the programs that are there."""
    return [name for name in names if shutil.which(name)]


def follow(setup: Setup) -> Iterator[Row]:
    """Measure how the inspector keeps up with a log that grows by 2,000 events a second."""
    rate, seconds = (500, 2) if setup.quick else (RATE, 15)
    with tempfile.TemporaryDirectory() as folder:
        found = following.follow(None, rate, seconds, "", Path(folder))
    group, at = "Following a log that is written", f"{rate:,} events a second"
    behind = found.behind or [0.0]
    yield Row(group, f"screen behind the file, {at}", "s", behind, limit=BEHIND_SECONDS)
    yield Row(group, f"last line after the writer's end, {at}", "s", [found.late], limit=BEHIND_SECONDS)
    yield Row(group, f"events missing at the end, {at}", "x", [float(found.missing)], limit=0)
    yield Row(group, f"share of one processor, {at}", "x", [found.processor])
    yield Row(group, f"memory, {at}", "MB", [found.megabytes])
    yield Row(group, f"bytes sent a second, {at}", "bytes", [1000 * found.kilobytes])
