"""Rows written to files: CSV, Parquet, JSON Lines, and all tables in one JSON document."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeAlias

from tau2_tui.cli.json_output import TerminalFile
from tau2_tui.errors import LogWriteError
from tau2_tui.events.codec import dumps
from tau2_tui.whole_file import whole_file

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
    with written(path) as out:
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
    with written(path) as out:
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
def written(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write, which takes its name when all is written; readable by its owner only."""
    if path == STANDARD_OUTPUT:
        yield TerminalFile(sys.stdout.buffer) if sys.stdout.isatty() else sys.stdout.buffer  # type: ignore[misc]
        sys.stdout.buffer.flush()
        return
    if path.exists() and not path.is_file():
        raise LogWriteError(f"{path}: cannot be written: is not a regular file")  # a device is not to be replaced
    try:
        with whole_file(path) as out:
            yield out
    except OSError as error:
        raise LogWriteError(f"{path}: cannot be written: {error.strerror or error}") from error


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
            kinds = columns.get(name)
            if kinds is None:
                kinds = columns[name] = set()
            if value is not None:
                kind = type(value)
                kinds.add(str if kind is int and not -_INT64 <= value < _INT64 else kind)
    return columns


def _cell(value: Any) -> Any:
    """Return a value as a table holds it: objects and lists as JSON text, lone surrogates as escapes."""
    if isinstance(value, (dict, list)):
        return dumps(value).decode("utf-8", "replace")
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value


def _write_csv(out: IO[bytes], columns: dict[str, set[type]], rows: Iterable[Row]) -> int:
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    places = {name: place for place, name in enumerate(columns)}
    try:
        writer = csv.writer(text)
        writer.writerow([_cell(name) for name in columns])
        count = 0
        for row in rows:
            cells: list[Any] = [None] * len(places)
            for name, value in row.items():
                cells[places[name]] = _csv_cell(value)
            writer.writerow(cells)
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
            writer.write_table(pa.Table.from_arrays(_arrow_arrays(pa, types, batch), schema=schema))
            count += len(batch)
    return count


def _arrow_arrays(pa: Any, types: dict[str, Any], batch: list[Row]) -> list[Any]:
    """Return a column a key: most rows lack most keys, so only what is there is looked at."""
    texts = {name for name, kind in types.items() if kind == pa.string()}
    cells: dict[str, list[Any]] = {}
    for place, row in enumerate(batch):
        for name, value in row.items():
            if value is not None:
                if name not in cells:
                    cells[name] = [None] * len(batch)
                cells[name][place] = _text_cell(value) if name in texts else value
    return [
        pa.array(cells[name], kind) if name in cells else pa.nulls(len(batch), kind) for name, kind in types.items()
    ]


def _arrow_type(pa: Any, kinds: set[type]) -> Any:
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int}:
        return pa.int64()
    return pa.float64() if kinds and kinds <= {int, float} else pa.string()


def _text_cell(value: Any) -> str:
    cell = _cell(value)
    return cell if isinstance(cell, str) else dumps(cell).decode("ascii")
