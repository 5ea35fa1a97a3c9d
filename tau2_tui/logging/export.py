"""Events written in other formats: one JSON document, JSON Lines, CSV, Parquet."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from tau2_tui.errors import LogWriteError
from tau2_tui.events import ExecutionEvent, to_dict
from tau2_tui.events.codec import dumps
from tau2_tui.whole_file import whole_file

Events = Callable[[], Iterable[ExecutionEvent]]
"""Gives the events anew at each call, so that a table's columns can be known before its first row."""

FORMATS = ("json", "jsonl", "csv", "parquet")

_ROWS_A_BATCH = 5000


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
    try:
        with whole_file(path) as out:
            if format == "parquet":
                return _write_parquet(out, events)
            text = io.TextIOWrapper(out, encoding="utf-8", newline="")
            try:
                return _write_text(text, format, events, statistics)
            finally:
                text.detach()
    except OSError as error:
        raise LogWriteError(f"{path}: cannot export: {error.strerror or error}") from error


def _write_text(out: TextIO, format: str, events: Events, statistics: dict[str, Any]) -> int:
    if format == "csv":
        return _write_csv(out, events)
    count = 0
    if format == "json":
        out.write('{"events":[')
    for event in events():
        out.write(",\n" if format == "json" and count else "")
        out.write(dumps(to_dict(event)).decode("utf-8"))
        out.write("\n" if format == "jsonl" else "")
        count += 1
    if format == "json":
        metadata = {"export_timestamp": time.time(), "total_events": count, "statistics": statistics}
        out.write('],"metadata":' + dumps(metadata).decode("utf-8") + "}\n")
    return count


def _flat(event: ExecutionEvent) -> dict[str, Any]:
    """Return an event as one row: metadata a column a key, other nested values as JSON text."""
    row: dict[str, Any] = {}
    for key, value in to_dict(event).items():
        if key == "metadata" and isinstance(value, dict):
            row.update({f"metadata_{name}": _cell(item) for name, item in value.items()})
        else:
            row[key] = _cell(value)
    return row


def _cell(value: Any) -> Any:
    if isinstance(value, (dict, list, tuple)):
        return dumps(value).decode("utf-8")
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value


def _columns(rows: Iterable[dict[str, Any]]) -> list[str]:
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    return list(names)


def _write_csv(out: TextIO, events: Events) -> int:
    writer = csv.DictWriter(out, _columns(map(_flat, events())))
    writer.writeheader()
    count = 0
    for event in events():
        writer.writerow(_flat(event))
        count += 1
    return count


def _write_parquet(out: BinaryIO, events: Events) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise LogWriteError('Parquet needs pyarrow: pip install "tau2-tui[parquet]"') from error
    kinds: dict[str, set[type]] = {}
    for row in map(_flat, events()):
        for name, value in row.items():
            kinds.setdefault(name, set()).add(type(value))
    schema = pa.schema([(name, _arrow_type(pa, types)) for name, types in kinds.items()])
    count = 0
    with pq.ParquetWriter(out, schema) as writer:
        for batch in _batches(map(_flat, events())):
            columns = {field.name: [_typed(row.get(field.name), field.type, pa) for row in batch] for field in schema}
            writer.write_table(pa.table(columns, schema=schema))
            count += len(batch)
    return count


def _arrow_type(pa: Any, types: set[type]) -> Any:
    found = types - {type(None)}
    if found == {bool}:
        return pa.bool_()
    if found == {int}:
        return pa.int64()
    if found and found <= {int, float}:
        return pa.float64()
    return pa.string()


def _typed(value: Any, arrow_type: Any, pa: Any) -> Any:
    if value is None or arrow_type != pa.string() or isinstance(value, str):
        return value
    return json.dumps(value)


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _ROWS_A_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
