"""``tau2-tui ls``: one line a run, or with one log one line a simulation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tau2_tui.cli.moments import number_text
from tau2_tui.cli.outcomes import cost_text, result_word
from tau2_tui.cli.output import ExitCode, notice
from tau2_tui.errors import LogFormatError, Tau2TuiError, UnreadableFileError
from tau2_tui.natural import natural
from tau2_tui.safe_text import visible

if TYPE_CHECKING:
    from tau2_tui.cli.table import Cell

SIMULATION_KEYS = (
    "simulation_id",
    "task_id",
    "trial",
    "reward",
    "termination_reason",
    "messages",
    "tool_calls",
    "tool_errors",
    "writes",
    "duration",
    "agent_cost",
    "user_cost",
    "passed",
    "ended",
    "repeated",
    "judge_skipped",
)
"""The keys of a simulation's row."""

RUN_KEYS = (
    "path",
    "format",
    "status",
    "domain",
    "agent",
    "agent_llm",
    "user",
    "user_llm",
    "started",
    "simulations",
    "ended",
    "evaluated",
    "passed",
    "mean_reward",
    "tool_calls",
    "tool_errors",
    "state_changes",
    "events",
    "unreadable_lines",
    "bytes",
)
"""The keys of a run's row."""

_SUFFIXES = (".jsonl", ".json", ".jsonl.gz", ".json.gz", ".jsonl.zst", ".json.zst")


EXAMPLES = """\b
Examples:
  tau2-tui ls run.jsonl
  tau2-tui ls run.jsonl --filter 'not passed' --sort -tool_calls
  tau2-tui ls run.jsonl --filter 'reward<1 trial:0' --json
  tau2-tui ls results/ --sort -mean_reward
  tau2-tui ls a.jsonl b.jsonl --filter 'domain:airline'
"""


@click.command("ls", epilog=EXAMPLES)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--sort", metavar="KEY", help="Sort by this key; with a minus before it the largest first.")
@click.option("--filter", "expression", metavar="EXPR", help="Only rows that this filter lets through.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array with an object a row.")
@click.pass_context
def command(
    ctx: click.Context, paths: tuple[Path, ...], sort: str | None, expression: str | None, as_json: bool
) -> None:
    """List runs, or the simulations of one run.

    A folder is searched, with what is in it, for whatever can be read: run logs and tau2-bench's results. Sort and
    filter by the keys that --json shows; in a filter task, simulation and time are short for task_id, simulation_id
    and duration, and error stands for tool errors.
    """
    from tau2_tui.cli.slips import check_logs

    check_logs(paths)
    failures: list[str] = []

    def fail(message: str) -> None:
        notice(message)
        failures.append(message)

    keys: tuple[str, ...]
    if len(paths) == 1 and _is_one_log(paths[0]):
        keys, rows = SIMULATION_KEYS, _simulation_rows(paths[0])
    else:
        keys, rows = RUN_KEYS, _run_rows(paths, fail)
    chosen = _chosen(keys, rows, expression, sort)
    if as_json:
        from tau2_tui.cli.json_output import print_json

        print_json([{key: row[key] for key in keys} for row in chosen])
    else:
        for line in _lines(chosen, keys):
            click.echo(line)
        if not chosen and (expression or keys is SIMULATION_KEYS):
            notice("no row passes the filter" if expression else f"{paths[0]}: no simulation in this log")
    if failures:
        ctx.exit(ExitCode.USAGE)


def _chosen(
    keys: tuple[str, ...], rows: Iterator[dict[str, Any]], expression: str | None, sort: str | None
) -> list[dict[str, Any]]:
    """Return the rows that the filter lets through, sorted; what is wrong with either is said before any is read."""
    from tau2_tui.runlog.filters import Vocabulary, parse
    from tau2_tui.runlog.filters.names import SHORT

    wanted = parse(expression or "", Vocabulary(frozenset(keys)))
    key = (sort or "").removeprefix("-")
    key = next((name for name in SHORT.get(key, ()) if name in keys), key)
    if sort is not None and key not in keys:
        raise click.UsageError(f"--sort takes one of {', '.join(keys)}, not {key!r}")
    chosen = [row for row in rows if wanted.matches(row)]
    if sort is None:
        return chosen
    known = [row for row in chosen if row[key] is not None]
    known.sort(key=lambda row: natural(row[key]), reverse=sort.startswith("-"))
    return known + [row for row in chosen if row[key] is None]


def _is_one_log(path: Path) -> bool:
    """Return whether a path names one log: a file, or a folder that is itself a run in another format."""
    from tau2_tui.runlog.source import is_directory

    if not is_directory(path):
        return True
    from tau2_tui.runlog.formats import detect

    return detect(path) is not None


def _simulation_rows(path: Path) -> Iterator[dict[str, Any]]:
    from tau2_tui.cli.reading import opened
    from tau2_tui.runlog.summary import summarize

    with opened(path, say=notice) as log:
        for row in summarize(log).simulations:
            yield {key: getattr(row, key) for key in SIMULATION_KEYS}


def _run_rows(paths: tuple[Path, ...], fail: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """Yield a row a run; of files in folders those that are none are left out, those that cannot be read are named."""
    from tau2_tui.cli.reading import NotesOfMany

    notes = NotesOfMany()
    for path in paths:
        searched = not _is_one_log(path)
        candidates = _files_in(path, fail) if searched else iter((path,))
        found = 0
        for candidate in candidates:
            try:
                row = _run_row(candidate, None if searched else notes.about(candidate))
                if searched and row["events"] == row["unreadable_lines"]:
                    continue
                yield row
                found += 1
            except Tau2TuiError as error:
                if not (searched and _is_none(error)):
                    fail(str(error))
        if searched and not found:
            notice(f"{path}: no run in this folder")
    notes.tell()


def _is_none(error: Tau2TuiError) -> bool:
    """Return whether a file could be read, and is no run."""
    return isinstance(error, LogFormatError) and not isinstance(error, UnreadableFileError)


def _files_in(folder: Path, fail: Callable[[str], None]) -> Iterator[Path]:
    """Yield what may be a run in a folder and below, by name; a folder that is a run in itself as one."""
    from tau2_tui.runlog.formats import detect

    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        fail(f"{folder}: cannot be searched: {error.strerror}")
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        try:
            is_folder = entry.is_dir()
        except OSError as error:  # a folder whose names may be listed, and nothing in it looked at
            fail(f"{entry}: cannot be opened: {error.strerror}")
            continue
        if is_folder:
            if entry.is_symlink():
                continue
            if detect(entry) is not None:
                yield entry
            else:
                yield from _files_in(entry, fail)
        elif entry.name.endswith(_SUFFIXES):
            yield entry


def _run_row(path: Path, say: Callable[[str], None] | None) -> dict[str, Any]:
    from tau2_tui.cli.reading import opened
    from tau2_tui.runlog.summary import summarize

    with opened(path, say=say) as log:
        summary = summarize(log)
        header, totals = summary.header, summary.totals
        row: dict[str, Any] = {name: getattr(header, name, None) for name in RUN_KEYS}
        row |= {name: getattr(totals, name) for name in RUN_KEYS if hasattr(totals, name)}
        return row | {
            "path": str(path),
            "format": log.origin.format if log.origin is not None else "run log",
            "status": log.status,
            "bytes": log.size,
        }


def _lines(rows: list[dict[str, Any]], keys: tuple[str, ...]) -> Iterator[str]:
    from tau2_tui.cli.page import page
    from tau2_tui.cli.table import Column, table

    if not rows:
        return
    if keys is SIMULATION_KEYS:
        columns = [Column("result"), Column("reward", True, drops=6), Column("ended by", drops=1)]
        columns += [Column("msgs", True, drops=5), Column("calls", True, drops=2), Column("errors", True, drops=3)]
        columns += [Column("writes", True, drops=4), Column("seconds", True, drops=8), Column("cost $", True, drops=7)]
        columns += [Column("trial", True), Column("task", shrinks=True, least=14, keeps_end=True)]
        cells = [_simulation_cells(row) for row in rows]
    else:
        columns = [Column("passed", True), Column("of", True), Column("mean", True), Column("calls", True, drops=6)]
        columns += [Column("errors", True, drops=5), Column("events", True, drops=7), Column("started", drops=4)]
        columns += [Column("domain", drops=2), Column("agent", shrinks=True, least=12, drops=3)]
        columns += [Column("status", drops=1)]
        columns += [Column("path", shrinks=True, least=16, keeps_end=True)]
        cells = [_run_cells(row) for row in rows]
    yield from table(columns, cells, page())


def _simulation_cells(row: Mapping[str, Any]) -> list[Cell]:
    from tau2_tui.cli.table import Cell

    result = result_word(**{key: row[key] for key in ("ended", "repeated", "reward", "passed", "judge_skipped")})
    return [
        Cell(result, result if result in ("passed", "failed") else "warning"),
        Cell(_number(row["reward"], "g")),
        Cell(visible(row["termination_reason"] or "-")),
        Cell(_number(row["messages"])),
        Cell(_number(row["tool_calls"])),
        Cell(_number(row["tool_errors"]), "error" if row["tool_errors"] else ""),
        Cell(_number(row["writes"])),
        Cell(_number(row["duration"], ".1f")),
        Cell(cost_text(row["agent_cost"], row["user_cost"])),
        Cell(_number(row["trial"])),
        Cell(visible(row["task_id"] or "-")),
    ]


def _run_cells(row: Mapping[str, Any]) -> list[Cell]:
    from tau2_tui.cli.table import Cell

    complete = row["status"] == "complete"
    return [
        Cell(_number(row["passed"])),
        Cell(_number(row["evaluated"])),
        Cell(_number(row["mean_reward"], ".3f")),
        Cell(_number(row["tool_calls"])),
        Cell(_number(row["tool_errors"]), "error" if row["tool_errors"] else ""),
        Cell(_number(row["events"])),
        Cell(_started(row["started"])),
        Cell(visible(row["domain"] or "-")),
        Cell(visible(row["agent_llm"] or row["agent"] or "-")),
        Cell("complete" if complete else "no end", "" if complete else "warning"),
        Cell(visible(row["path"])),
    ]


def _number(value: float | None, form: str = ",") -> str:
    return "-" if value is None else number_text(value, form)


def _started(seconds: float | None) -> str:
    from tau2_tui.cli.moments import minute

    return "-" if seconds is None else minute(seconds)
