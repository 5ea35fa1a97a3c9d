"""What tau2-enhanced wrote: logs beside a results file, results with logs inside, older forms of both, exports.

It changed its formats often; which one a file has can be told by the keys it holds, not by its name.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Container, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tau2_tui.errors import LogFormatError
from tau2_tui.events import ExecutionEvent, RunStartEvent
from tau2_tui.events.codec import dumps
from tau2_tui.runlog.formats import enhanced_exports, tau2_results
from tau2_tui.runlog.formats.converted import Candidate, Converted, Format
from tau2_tui.runlog.formats.enhanced_calls import LoggedEvents, sort_out
from tau2_tui.runlog.formats.enhanced_completion import Block, blocks_of, completed
from tau2_tui.runlog.formats.enhanced_document import list_of, load_document
from tau2_tui.runlog.formats.enhanced_jit import (
    SimulationLog,
    complete_times,
    holds_differences,
    take_logs,
    with_logs,
)
from tau2_tui.runlog.formats.enhanced_log_only import log_only
from tau2_tui.runlog.formats.results_events import LOCAL_TIMES, NOT_IN_RESULTS
from tau2_tui.runlog.formats.simulation import numbered

LOG_SUFFIX = "_enhanced_logs"
"""End of the stem of a log's name; what stands before it is the stem of its results file."""

PAIR = "tau2-enhanced log with its results file"
LOG = "tau2-enhanced log"
JIT = "tau2-enhanced results with execution logs"
REDUCED = "tau2-enhanced reduced results with execution logs"
LEGACY = "tau2-enhanced results with logs, older form"
LEGACY_LOG = "tau2-enhanced log, older form"

NOT_IN_LOG = (
    "not in tau2-enhanced's logs: what changed in the database, tool schemas;"
    " tau2-tui import --replay recovers them where tau2 is installed"
)

NOT_IN_JIT = "not in the file: tool schemas; tau2-tui import --replay recovers them where tau2 is installed"
NOT_IN_REDUCED = (
    "reduced: the file holds no ids, no configuration of the run, no times of its simulations but those of messages,"
    " no snapshots and no raw answers"
)

_TAIL_BYTES = 1 << 16
_HEAD_BYTES = 1 << 18


def _key(name: str, then: str = "") -> re.Pattern[bytes]:
    """Return a pattern that finds a key of an object, and not the same words within a text."""
    return re.compile(rb'(?<!\\)"' + name.encode() + rb'"\s*:\s*' + then.encode())


_EVENTS, _SIMULATIONS = _key("execution_events", r"\["), _key("simulations", "[\\[{]")
_OLD_LOG = _key("enhanced_simulations", r"\d")
_LOGS_INSIDE = re.compile(rb'(?<!\\)"(?:execution_logs"\s*:\s*\[|enhanced_logging_enabled"\s*:\s*(?:true|false))')
_OLD_ENTRY = _key("execution_logs", r"\[\s*\{\s*\"timestamp\"")
_OLD_SUMMARY = _key("enhanced_logs_summary")
_IDENTITY = re.compile(rb'(?<!\\)"(?:info"\s*:\s*\{|start_time"\s*:\s*")')


def recognise(candidate: Candidate) -> Format | None:
    """Return which format of tau2-enhanced a file has, None when it has none."""
    if candidate.is_directory:
        return None
    head = candidate.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head.startswith(b"{"):
        return enhanced_exports.recognise(candidate, head)
    events, simulations = _EVENTS.search(head), _SIMULATIONS.search(head)
    if events and not (simulations and simulations.start() < events.start()):
        return Format(PAIR if results_beside(candidate.path) else LOG, _read_log)
    if _OLD_LOG.search(head[:4096]):
        return Format(LEGACY_LOG, _read_legacy_log)
    tail = b"" if candidate.whole else _tail(candidate.path)
    if _LOGS_INSIDE.search(head) or _LOGS_INSIDE.search(tail):
        older = _OLD_ENTRY.search(head) or _OLD_SUMMARY.search(tail or head)
        name = LEGACY if older else JIT if _IDENTITY.search(head) else REDUCED
        return Format(name, partial(_read_results_with_logs, name=name))
    return enhanced_exports.recognise(candidate, head)


def results_beside(path: Path) -> Path | None:
    """Return the results file that belongs to a log by its name, None when there is none.

    tau2-enhanced cut the results file's name at its last dot, but not the log's.
    """
    stem = path.stem
    if not stem.endswith(LOG_SUFFIX):
        return None
    base = stem[: -len(LOG_SUFFIX)]
    names = dict.fromkeys((f"{base}.json", f"{base.rpartition('.')[0] or base}.json"))
    candidates = [path.with_name(name) for name in names if name != ".json"]
    try:
        return next((one for one in candidates if one != path and one.is_file()), None)
    except OSError:
        return None


def _read_log(path: Path) -> Converted:
    notes: list[str] = []
    return Converted(PAIR if results_beside(path) else LOG, _log_events(path, notes), notes)


def _log_events(path: Path, notes: list[str]) -> Iterator[ExecutionEvent]:
    document = load_document(path, ("execution_events", "state_snapshots"), notes)
    logged = sort_out(list_of(document, "execution_events"), list_of(document, "state_snapshots"))
    yield from _with_results(path, results_beside(path), logged, document.get("timestamp"), notes)


def _with_results(
    path: Path, results: Path | None, logged: LoggedEvents, written: Any, notes: list[str]
) -> Iterator[ExecutionEvent]:
    """Yield what a log and the results file beside it hold; the log alone when there is none, or it cannot be read."""
    blocks: list[Block] = []
    if results is not None:
        found: list[str] = []
        try:
            blocks = blocks_of(_tau2_results(results, found))
        except LogFormatError as error:
            notes.append(f"the results file beside it cannot be read: {error}")
        else:
            notes += [note for note in found if note not in (NOT_IN_RESULTS, LOCAL_TIMES)]
    if not any(block.simulation_id for block in blocks):
        yield from log_only(path.name, LOG, logged, written, notes)
        return
    notes.append(NOT_IN_LOG)
    _note_origin(blocks, PAIR, path, notes, results)
    yield from completed(blocks, logged, notes)


def _read_legacy_log(path: Path) -> Converted:
    notes: list[str] = []
    return Converted(LEGACY_LOG, _legacy_log_events(path, notes), notes)


def _legacy_log_events(path: Path, notes: list[str]) -> Iterator[ExecutionEvent]:
    document = load_document(path, (), notes)
    simulations = document.get("simulations")
    entries = list(simulations.values()) if isinstance(simulations, dict) else list_of(document, "simulations")
    logged = _without_copies([take_logs(dict(entry)) for entry in entries if isinstance(entry, dict)], notes)
    yield from _with_results(path, results_beside(path), logged, document.get("timestamp"), notes)


def _read_results_with_logs(path: Path, name: str) -> Converted:
    notes: list[str] = []
    return Converted(name, _results_with_logs(path, name, notes), notes)


def _results_with_logs(path: Path, name: str, notes: list[str]) -> Iterator[ExecutionEvent]:
    document = load_document(path, ("simulations", "tasks"), notes)
    document.pop("enhanced_logs_summary", None)
    simulations = [entry for entry in list_of(document, "simulations") if isinstance(entry, dict)]
    logs: dict[str, SimulationLog] = {}
    for place, simulation in enumerate(simulations):
        _complete_identity(simulation, place, logs)
        complete_times(simulation)
        logs[simulation["id"]] = take_logs(simulation)
    document["simulations"] = simulations
    found: list[str] = []
    with tempfile.TemporaryDirectory(prefix="tau2-tui-") as folder:
        plain = Path(folder) / path.name
        plain.write_bytes(dumps(document))
        blocks = blocks_of(_tau2_results(plain, found))
    older = any(entry.get("event_type") for log in logs.values() for entry in log.calls[:1])
    said = {NOT_IN_RESULTS, LOCAL_TIMES} if older else {NOT_IN_RESULTS}
    notes += [note for note in found if note not in said]
    notes.append(NOT_IN_JIT if holds_differences(logs.values()) else NOT_IN_LOG)
    if older:
        _note_origin(blocks, LEGACY, path, notes)
        yield from completed(blocks, _without_copies(list(logs.values()), notes), notes)
        return
    _note_origin(blocks, name, path, notes)
    if name == REDUCED:
        notes.append(NOT_IN_REDUCED)
    yield from with_logs(blocks, logs, notes)


def _complete_identity(simulation: dict[str, Any], place: int, taken: Container[str]) -> None:
    """Give a simulation an id of its own, and take out its ``reward``, which is 0 whatever it earned."""
    simulation.pop("reward", None)
    name = simulation.get("id")
    if not isinstance(name, str) or not name or name in taken:
        made = f"{simulation.get('task_id', place)}-{simulation.get('trial', 0)}"
        name = next(one for one in numbered(made) if one not in taken)
    simulation["id"] = name


def _without_copies(logs: Sequence[SimulationLog], notes: list[str]) -> LoggedEvents:
    """Return the events of all simulations; older files hold the whole run's in each of them."""
    seen: set[bytes] = set()
    copies = 0
    kept: dict[str, list[dict[str, Any]]] = {"calls": [], "snapshots": []}
    for log in logs:
        for name, entries in (("calls", log.calls), ("snapshots", log.snapshots)):
            for entry in entries:
                written = dumps(entry, sort_keys=True)
                copies += name == "calls" and written in seen
                kept[name] += [] if written in seen else [entry]
                seen.add(written)
    if copies:
        notes.append(f"{copies} events were copies: the file holds the log of the whole run in every simulation")
    return sort_out(kept["calls"], kept["snapshots"])


def _tau2_results(path: Path, notes: list[str]) -> list[ExecutionEvent]:
    """Return the events of a plain tau2 results file.

    Raises:
        LogFormatError: it is none.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES + 1)
    except OSError as error:
        raise LogFormatError(f"{path}: cannot be read: {error.strerror or error}") from error
    candidate = Candidate(path, head[:_HEAD_BYTES], whole=len(head) <= _HEAD_BYTES)
    found = tau2_results.recognise(candidate)
    if found is None:
        raise LogFormatError(f"{path}: is no results file of tau2")
    converted = found.read(path)
    events = list(converted.events)
    notes += converted.notes
    return events


def _note_origin(blocks: Sequence[Block], name: str, path: Path, notes: list[str], results: Path | None = None) -> None:
    """Say what the events were read from, wherever the reader of the results file said it."""
    more = {"format": name, "file": path.name, "notes": notes}
    if results is not None:
        more["results_file"] = results.name
    for event in (event for block in blocks for event in block.events if block.simulation_id is None):
        if isinstance(event.metadata.get("imported"), dict):
            event.metadata["imported"] |= more
            if not isinstance(event, RunStartEvent):
                event.message = f"imported from {path.name}: {name}"


def _tail(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL_BYTES))
            return file.read(_TAIL_BYTES)
    except OSError:
        return b""
