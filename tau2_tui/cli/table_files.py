"""Rows written to files: CSV, Parquet, JSON Lines, and all tables in one JSON document."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeAlias

from tau2_tui.cli.json_output import TerminalFile
from tau2_tui.errors import LogWriteError
from tau2_tui.events.codec import dumps

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = Callable[[], Iterable[Row]]
"""Gives the rows anew at each call: columns and their types are known before the first row is written."""

STANDARD_OUTPUT = Path("-")
_ROWS_A_BATCH = 2000
_INT64 = 1 << 63


def write_table(path: Path, form: str, rows: Rows) -> int:
    """Write a table and return how many rows it has.

    Args:
        path: the file to make, which appears whole or not at all; ``-`` for standard output.
        form: ``csv``, ``parquet`` or ``jsonl``.
        rows: gives the rows.

    Raises:
        LogWriteError: it cannot be written, or pyarrow is missing.
    """
    with _written(path) as out:
        if form == "jsonl":
            return _write_lines(out, rows())
        columns = _columns(rows())
        return _write_csv(out, columns, rows()) if form == "csv" else _write_parquet(out, columns, rows())


def write_document(path: Path, parts: dict[str, Any | Rows]) -> int:
    """Write one JSON object, rows as arrays, and return how many rows there are.

    Raises:
        LogWriteError: it cannot be written.
    """
    count = 0
    with _written(path) as out:
        for place, (name, part) in enumerate(parts.items()):
            out.write((b",\n" if place else b"{") + dumps(name) + b":")
            if not callable(part):
                out.write(dumps(part))
                continue
            out.write(b"[")
            for number, row in enumerate(part()):
                out.write((b",\n" if number else b"\n") + dumps(row))
                count += 1
            out.write(b"]")
        out.write(b"}\n")
    return count


@contextmanager
def _written(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write, which takes its name when all is written; readable by its owner only."""
    if path == STANDARD_OUTPUT:
        yield TerminalFile(sys.stdout.buffer) if sys.stdout.isatty() else sys.stdout.buffer  # type: ignore[misc]
        sys.stdout.buffer.flush()
        return
    if path.exists() and not path.is_file():
        raise LogWriteError(f"{path}: cannot be written: is not a regular file")  # a device is not to be replaced
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as out:
            yield out
        unfinished.replace(path)
    except OSError as error:
        raise LogWriteError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _write_lines(out: IO[bytes], rows: Iterable[Row]) -> int:
    count = 0
    for row in rows:
        out.write(dumps(row) + b"\n")
        count += 1
    return count


def _columns(rows: Iterable[Row]) -> dict[str, set[type]]:
    """Return the keys of all rows in order of appearance, each with the types of its values."""
    columns: dict[str, set[type]] = {}
    for row in rows:
        for name, value in row.items():
            kinds = columns.setdefault(name, set())
            if value is not None:
                wide = type(value) is int and not -_INT64 <= value < _INT64
                kinds.add(str if wide else type(value))
    return columns


def _cell(value: Any) -> Any:
    """Return a value as a table holds it: objects and lists as JSON text, lone surrogates as escapes."""
    if isinstance(value, (dict, list)):
        return dumps(value).decode("utf-8", "replace")
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value


def _write_csv(out: IO[bytes], columns: dict[str, set[type]], rows: Iterable[Row]) -> int:
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow([_cell(name) for name in columns])
        count = 0
        for row in rows:
            writer.writerow([_csv_cell(row.get(name)) for name in columns])
            count += 1
    finally:
        text.detach()
    return count


def _csv_cell(value: Any) -> Any:
    return ("true" if value else "false") if isinstance(value, bool) else _cell(value)


def _write_parquet(out: IO[bytes], columns: dict[str, set[type]], rows: Iterable[Row]) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise LogWriteError('Parquet needs pyarrow: pip install "tau2-tui[parquet]"') from error
    types = {name: _arrow_type(pa, kinds) for name, kinds in columns.items()}
    schema = pa.schema([(_cell(name), kind) for name, kind in types.items()])
    left, count = iter(rows), 0
    with pq.ParquetWriter(out, schema) as writer:
        while batch := list(islice(left, _ROWS_A_BATCH)):
            arrays = [
                pa.array([_arrow_cell(row.get(name), kind == pa.string()) for row in batch], kind)
                for name, kind in types.items()
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(batch)
    return count


def _arrow_type(pa: Any, kinds: set[type]) -> Any:
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int}:
        return pa.int64()
    return pa.float64() if kinds and kinds <= {int, float} else pa.string()


def _arrow_cell(value: Any, as_text: bool) -> Any:
    if value is None or not as_text:
        return value
    cell = _cell(value)
    return cell if isinstance(cell, str) else dumps(cell).decode("ascii")
