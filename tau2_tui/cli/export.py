"""``tau2-tui export``: a log as tables, as JSON, or as tau2-bench's own results."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tau2_tui.cli.output import notice
from tau2_tui.counting import counted
from tau2_tui.errors import LogWriteError

if TYPE_CHECKING:
    from tau2_tui.runlog import RunLog
    from tau2_tui.tabular import Rows

TABLES = ("events", "simulations", "tool_calls")

EXAMPLES = """\b
Examples:
  tau2-tui export run.jsonl --to csv -o tables
  tau2-tui export run.jsonl --to parquet --table tool_calls -o calls.parquet
  tau2-tui export run.jsonl --to csv --table simulations -o - | column -s, -t
  tau2-tui export run.jsonl --to tau2 -o results.json
"""


@click.command("export", epilog=EXAMPLES)
@click.argument("log", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "form",
    type=click.Choice(["csv", "parquet", "jsonl", "json", "tau2"]),
    required=True,
    help="Format.",
)
@click.option("--output", "-o", type=click.Path(path_type=Path), required=True, metavar="PATH", help="File or folder.")
@click.option("--table", "tables", type=click.Choice(TABLES), multiple=True, help="Only this table; repeatable.")
@click.option("--dialect", type=click.Choice(["auto", "0.2", "1.0"]), default="auto", help="Which tau2 is to load it.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
def command(log: Path, form: str, output: Path, tables: tuple[str, ...], dialect: str, force: bool) -> None:
    """Write a log's events, simulations and tool calls as tables, or give tau2-bench its results back.

    csv, parquet and jsonl make a file a table: in a folder when PATH has no suffix; else the first table in PATH and
    the others beside it, as PATH.simulations.csv; one table may go to standard output, -. json makes one document of
    all. In csv and parquet, objects and lists are JSON texts. tau2 makes a results file that tau2-bench loads.
    """
    chosen = tuple(name for name in TABLES if name in tables) or TABLES
    from tau2_tui.cli.reading import opened

    if form == "tau2":
        if tables:
            raise click.UsageError("--table does not go with --to tau2")
        if str(output) == "-":
            raise click.UsageError("--to tau2 needs a file")
        make_way([output], force)
        with opened(log, say=notice) as opened_log:
            _export_tau2(opened_log, output, dialect)
        return
    targets = _targets(output, form, chosen)
    make_way(list(targets.values()), force)
    with opened(log, say=notice) as opened_log:
        opened_log.check()
        if form == "json":
            _export_document(opened_log, output, chosen)
        else:
            _export_tables(opened_log, form, targets)


def _targets(output: Path, form: str, tables: tuple[str, ...]) -> dict[str, Path]:
    """Return the file of each table."""
    if form == "json" or str(output) == "-":
        if form != "json" and len(tables) > 1:
            raise click.UsageError("standard output takes one table: choose it with --table")
        if form == "parquet" and sys.stdout.isatty():
            raise click.UsageError("Parquet is no text: write it to a file, or into a pipe")
        return {tables[0]: output}
    if not output.suffix and output.exists() and not output.is_dir():
        raise LogWriteError(f"{output}: is no folder, which a name without a suffix stands for")
    if not output.suffix or output.is_dir():
        return {name: output / f"{name}.{form}" for name in tables}
    beside = {name: output.with_suffix(f".{name}{output.suffix}") for name in tables[1:]}
    return {tables[0]: output, **beside}


def make_way(paths: list[Path], force: bool) -> None:
    """Make the folder that files go to; refuse to replace one that exists."""
    for path in paths:
        if str(path) == "-":
            continue
        if path.is_dir():
            raise LogWriteError(f"{path}: is a folder")
        if path.exists() and not path.is_file():
            raise LogWriteError(f"{path}: cannot be written: is not a regular file")
        if os.path.lexists(path) and not force:  # a link that leads nowhere is replaced as little
            raise LogWriteError(f"{path}: exists; --force replaces it")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise LogWriteError(f"{path.parent}: is no folder") from error
        except OSError as error:
            raise LogWriteError(f"{path.parent}: cannot be made: {error.strerror}") from error


def _export_tables(log: RunLog, form: str, targets: dict[str, Path]) -> None:
    from tau2_tui.cli.table_files import write_table

    for name, path in targets.items():
        count = write_table(path, form, _rows(log, name))
        if str(path) != "-":
            notice(f"{path}: {counted(count, name.replace('_', ' ').removesuffix('s'))}")


def _export_document(log: RunLog, output: Path, tables: tuple[str, ...]) -> None:
    from tau2_tui.cli.table_files import write_document
    from tau2_tui.runlog.summary import summarize

    summary = summarize(log)
    run = asdict(summary.header) | {"status": log.status, "totals": asdict(summary.totals)}
    parts: dict[str, Any | Rows] = {"run": run} | {name: _rows(log, name) for name in tables}
    count = write_document(output, parts)
    if str(output) != "-":
        notice(f"{output}: {counted(count, 'row')} in {counted(len(tables), 'table')}")


def _rows(log: RunLog, name: str) -> Rows:
    from tau2_tui.cli.progress import watched
    from tau2_tui.cli.tables import rows_of

    if name != "events":
        return lambda: rows_of(log, name)
    return lambda: watched(rows_of(log, name), len(log), "events")


def _export_tau2(log: RunLog, output: Path, dialect: str) -> None:
    from tau2_tui.runlog.tau2_export import write_results

    for note in write_results(log, output, dialect=dialect):  # type: ignore[arg-type]
        notice(note)
    ended = log.outcomes()
    count = sum(ref.simulation_id in ended and not ref.repeated for ref in log.simulations())
    notice(f"{output}: {counted(count, 'simulation')}")
