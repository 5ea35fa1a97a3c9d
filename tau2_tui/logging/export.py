"""Events written in other formats: one JSON document, JSON Lines, CSV, Parquet."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

from tau2_tui.events import ExecutionEvent, to_dict
from tau2_tui.events.codec import dumps
from tau2_tui.tabular import Row, write_csv, write_parquet
from tau2_tui.whole_file import new_file

Events = Callable[[], Iterable[ExecutionEvent]]
"""Gives the events anew at each call, so that a table's columns can be known before its first row."""

FORMATS = ("json", "jsonl", "csv", "parquet")


def export(path: Path, format: str, events: Events, statistics: dict[str, Any]) -> int:
    """Write events to a file and return how many there were.

    Args:
        path: the file to make; it appears whole or not at all.
        format: ``json`` (one document with ``events`` and ``metadata``), ``jsonl``, ``csv`` or ``parquet``.
        events: gives the events; called twice for tables.
        statistics: put into the JSON document's ``metadata``.

    Raises:
        ValueError: unknown format.
        LogWriteError: the file cannot be written, or Parquet was asked for and pyarrow is missing.
    """
    if format not in FORMATS:
        raise ValueError(f"unknown format {format!r}: choose one of {', '.join(FORMATS)}")
    with new_file(path) as out:
        if format == "parquet":
            return write_parquet(out, lambda: map(_flat, events()))
        if format == "csv":
            return write_csv(out, lambda: map(_in_words, map(_flat, events())))
        return _write_json(out, format, events, statistics)


def _write_json(out: BinaryIO, format: str, events: Events, statistics: dict[str, Any]) -> int:
    before, between, end = (b'{"events":[', b",\n", b"") if format == "json" else (b"", b"", b"\n")
    count = 0
    out.write(before)
    for event in events():
        out.write((between if count else b"") + dumps(to_dict(event)) + end)
        count += 1
    if format == "json":
        metadata = {"export_timestamp": time.time(), "total_events": count, "statistics": statistics}
        out.write(b'],"metadata":' + dumps(metadata) + b"}\n")
    return count


def _flat(event: ExecutionEvent) -> Row:
    """Return an event as one row: metadata a column a key."""
    row: Row = {}
    for key, value in to_dict(event).items():
        if key == "metadata" and isinstance(value, dict):
            row.update({f"metadata_{name}": item for name, item in value.items()})
        else:
            row[key] = value
    return row


def _in_words(row: Row) -> Row:
    """Return a row with ``True`` and ``False``, as the predecessor wrote them."""
    return {name: str(value) if isinstance(value, bool) else value for name, value in row.items()}
