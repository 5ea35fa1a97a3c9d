"""What tau2-enhanced's logger and state tracker exported: events or snapshots as JSON, JSON Lines or CSV."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tau2_tui.errors import LogFormatError
from tau2_tui.events import ExecutionEvent
from tau2_tui.events.codec import loads
from tau2_tui.runlog.envelope import finite_of
from tau2_tui.runlog.formats.converted import Candidate, Converted, Format
from tau2_tui.runlog.formats.enhanced_calls import sort_out
from tau2_tui.runlog.formats.enhanced_document import check_size, list_of, load_document, load_lines
from tau2_tui.runlog.formats.enhanced_events import event_of, snapshot_event
from tau2_tui.runlog.formats.enhanced_log_only import log_only, whole_run

EVENTS_JSON = "tau2-enhanced event export (JSON)"
EVENTS_LINES = "tau2-enhanced event export (JSON Lines)"
EVENTS_TABLE = "tau2-enhanced event export (CSV)"
SNAPSHOTS_JSON = "tau2-enhanced snapshot export (JSON)"
SNAPSHOTS_LINES = "tau2-enhanced snapshot export (JSON Lines)"

_DOCUMENT = re.compile(rb'\{\s*"(events|snapshots)"\s*:\s*\[')
_HEADER = re.compile(rb"\w+(?:,\w+){3,400}\r?\n")
_OWN_LINE = re.compile(rb'\{"seq":\d+,"timestamp":')
_SNAPSHOT_KEYS = {"action_trigger", "state_data"}


def recognise(candidate: Candidate, head: bytes) -> Format | None:
    """Return which export a file is, None when it is none.

    Args:
        candidate: the file.
        head: its first bytes, without byte order mark and leading space.
    """
    document = _DOCUMENT.match(head)
    if document:
        name = EVENTS_JSON if document[1] == b"events" else SNAPSHOTS_JSON
    elif head.startswith(b"{"):
        name = "" if _OWN_LINE.match(head) else _kind_of_line(head.split(b"\n", 1)[0])
    else:
        header = _HEADER.match(head)
        columns = set(header.group().strip().split(b",")) if header else set()
        name = EVENTS_TABLE if {b"event_type", b"timestamp", b"level"} <= columns else ""
    return Format(name, _READERS[name]) if name else None


def _kind_of_line(line: bytes) -> str:
    try:
        value = loads(line)
    except ValueError:
        return ""
    if not isinstance(value, dict):
        return ""
    if isinstance(value.get("event_type"), str) and "timestamp" in value and "seq" not in value:
        return EVENTS_LINES
    return SNAPSHOTS_LINES if value.keys() >= _SNAPSHOT_KEYS else ""


def _read_events_json(path: Path) -> Converted:
    notes: list[str] = []

    def events() -> Iterator[ExecutionEvent]:
        document = load_document(path, ("events",), notes)
        yield from _run_of_events(path, EVENTS_JSON, list_of(document, "events"), notes)

    return Converted(EVENTS_JSON, events(), notes)


def _read_events_lines(path: Path) -> Converted:
    notes: list[str] = []

    def events() -> Iterator[ExecutionEvent]:
        yield from _run_of_events(path, EVENTS_LINES, load_lines(path, notes), notes, ends=False)

    return Converted(EVENTS_LINES, events(), notes)


def _read_events_table(path: Path) -> Converted:
    notes: list[str] = []

    def events() -> Iterator[ExecutionEvent]:
        yield from _run_of_events(path, EVENTS_TABLE, _rows(path), notes)

    return Converted(EVENTS_TABLE, events(), notes)


def _read_snapshots_json(path: Path) -> Converted:
    notes: list[str] = []

    def events() -> Iterator[ExecutionEvent]:
        document = load_document(path, ("snapshots",), notes)
        yield from _run_of_snapshots(path, SNAPSHOTS_JSON, list_of(document, "snapshots"), notes)

    return Converted(SNAPSHOTS_JSON, events(), notes)


def _read_snapshots_lines(path: Path) -> Converted:
    notes: list[str] = []

    def events() -> Iterator[ExecutionEvent]:
        yield from _run_of_snapshots(path, SNAPSHOTS_LINES, load_lines(path, notes), notes, ends=False)

    return Converted(SNAPSHOTS_LINES, events(), notes)


_READERS = {
    EVENTS_JSON: _read_events_json,
    EVENTS_LINES: _read_events_lines,
    EVENTS_TABLE: _read_events_table,
    SNAPSHOTS_JSON: _read_snapshots_json,
    SNAPSHOTS_LINES: _read_snapshots_lines,
}


def _run_of_events(
    path: Path, name: str, entries: list[Any], notes: list[str], *, ends: bool = True
) -> Iterator[ExecutionEvent]:
    """Yield exported events as a run: in their order where they name their simulations or cannot be numbered."""
    logged = sort_out(entries, ())
    named = any(isinstance(entry, dict) and entry.get("simulation_id") for entry in entries)
    if not named and logged.calls and all(call.step is not None for call in logged.calls):
        yield from log_only(path.name, name, logged, None, notes, ends=ends)
        return
    if not named:
        notes.append("the events name no simulation, and none can be told from them")
    if logged.unreadable:
        notes.append(f"entries that are no events: {logged.unreadable}; they were left out")
    objects = [entry for entry in entries if isinstance(entry, dict)]
    origin = {"format": name, "file": path.name, "notes": notes}
    times = [time for time in (finite_of(entry.get("timestamp")) for entry in objects) if time]
    yield from whole_run(map(event_of, objects), origin, "", min(times, default=0.0), ends=ends)


def _run_of_snapshots(
    path: Path, name: str, entries: list[Any], notes: list[str], *, ends: bool = True
) -> Iterator[ExecutionEvent]:
    objects = [entry for entry in entries if isinstance(entry, dict)]
    notes.append("the file holds snapshots of the state only: no calls, no messages, no simulations")
    if len(objects) < len(entries):
        notes.append(f"entries that are no snapshots: {len(entries) - len(objects)}; they were left out")
    origin = {"format": name, "file": path.name, "notes": notes}
    times = [time for time in (finite_of(entry.get("timestamp")) for entry in objects) if time]
    yield from whole_run(map(snapshot_event, objects), origin, "", min(times, default=0.0), ends=ends)


# Tables

_TEXTS = frozenset(
    {"event_type", "level", "source", "message", "simulation_id", "task_id", "tool_name", "tool_call_id"}
    | {"error_message", "error_type", "requestor", "result_preview", "result_type", "pre_state_hash"}
    | {"post_state_hash", "state_type", "action_trigger", "state_diff", "change_summary"}
    | {"strategy_used", "context_type", "trigger_reason"}
)
_METADATA = "metadata_"
_LONGEST_CELL = 64 << 20
_LONGEST_LITERAL = 1 << 20
"""Python's parser takes hundreds of bytes of memory for each character of a value."""

_LITERAL = re.compile(r"[\[{(]|[-+.\d]|True$|False$|None$|true$|false$|null$")


def _rows(path: Path) -> list[Any]:
    """Return the rows of a table as event objects.

    Raises:
        LogFormatError: the file cannot be read.
    """
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        check_size(path)
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            return [_event_row(row) for row in csv.DictReader(line.replace("\0", "␀") for line in lines)]
    except OSError as error:
        raise LogFormatError(f"{path}: cannot be read: {error.strerror or error}") from error
    except csv.Error as error:
        raise LogFormatError(f"{path}: is no table that can be read: {error}") from error
    finally:
        csv.field_size_limit(before)


def _event_row(row: dict[str | Any, Any]) -> dict[str, Any]:
    event: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    for name, cell in row.items():
        if not isinstance(name, str) or not isinstance(cell, str) or cell == "":
            continue
        if name.startswith(_METADATA):
            metadata[name.removeprefix(_METADATA)] = _value(cell)
        else:
            event[name] = cell if name in _TEXTS else _value(cell)
    return {**event, **({"metadata": metadata} if metadata else {})}


def _value(cell: str) -> Any:
    """Return the value that a cell spells as JSON or as Python does; its text when it spells none."""
    if not _LITERAL.match(cell):
        return cell
    try:
        return loads(cell.encode("utf-8"))
    except ValueError:
        pass  # no JSON: then perhaps Python
    if len(cell) > _LONGEST_LITERAL:
        return cell
    try:
        value = ast.literal_eval(cell)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return cell
    return list(value) if isinstance(value, (tuple, set)) else value
