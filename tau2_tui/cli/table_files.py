"""Rows written to files: CSV, Parquet, JSON Lines, and all tables in one JSON document."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tau2_tui.cli.json_output import TerminalFile
from tau2_tui.events.codec import dumps
from tau2_tui.tabular import Row, Rows, write_csv, write_parquet
from tau2_tui.whole_file import new_file

STANDARD_OUTPUT = Path("-")


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
        return write_csv(out, rows) if form == "csv" else write_parquet(out, rows)


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
    with new_file(path) as out:
        yield out


def _write_lines(out: IO[bytes], rows: Iterable[Row]) -> int:
    count = 0
    for row in rows:
        out.write(dumps(row) + b"\n")
        count += 1
    return count
