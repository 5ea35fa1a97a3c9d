"""Rows as CSV and as Parquet, whatever is in their cells. A row is a dictionary; rows need not have the same keys."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterable
from itertools import islice
from typing import IO, Any, TypeAlias

from tau2_tui.errors import LogWriteError
from tau2_tui.events.codec import dumps

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = Callable[[], Iterable[Row]]
"""Gives the rows anew at each call: columns and their types are known before the first row is written."""

_ROWS_A_BATCH = 2000
_INT64 = 1 << 63


def write_csv(out: IO[bytes], rows: Rows) -> int:
    """Write rows as CSV with their keys in order of appearance, and return how many there are.

    Objects and lists are JSON texts; null is nothing.
    """
    columns = _columns(rows())
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    places = {name: place for place, name in enumerate(columns)}
    try:
        writer = csv.writer(text)
        writer.writerow([_csv_cell(name) for name in columns])
        count = 0
        for row in rows():
            cells: list[Any] = [None] * len(places)
            for name, value in row.items():
                cells[places[name]] = _csv_cell(value)
            writer.writerow(cells)
            count += 1
    finally:
        text.detach()
    return count


def write_parquet(out: IO[bytes], rows: Rows) -> int:
    """Write rows as Parquet, and return how many there are.

    A column whose values are of one type has it; what no number of 64 bits holds, objects and lists are JSON texts.

    Raises:
        LogWriteError: pyarrow is missing.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise LogWriteError('Parquet needs pyarrow: pip install "tau2-tui[parquet]"') from error
    types = {name: _arrow_type(pa, kinds) for name, kinds in _columns(rows()).items()}
    schema = pa.schema([(_cell(name), kind) for name, kind in types.items()])
    left, count = iter(rows()), 0
    with pq.ParquetWriter(out, schema) as writer:
        while batch := list(islice(left, _ROWS_A_BATCH)):
            writer.write_table(pa.Table.from_arrays(_arrow_arrays(pa, types, batch), schema=schema))
            count += len(batch)
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
    if isinstance(value, (dict, list, tuple)):
        return dumps(value).decode("utf-8", "replace")
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value


def _csv_cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    cell = _cell(value)
    if sys.version_info < (3, 11) and isinstance(cell, str):
        return cell.replace("\0", "\\x00")  # which csv of Python 3.10 neither writes nor reads
    return cell


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
