"""``tau2-tui events``: the events that a filter lets through, as a table or as JSON Lines."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tau2_tui.cli.output import notice
from tau2_tui.safe_text import visible

if TYPE_CHECKING:
    from tau2_tui.cli.page import Page
    from tau2_tui.cli.table import Cell, Column
    from tau2_tui.runlog import RunLog
    from tau2_tui.runlog.filters import Filter

_MEASURED = 200
"""Rows that decide how wide columns are; later ones that are wider stand out where there is room."""

_USUAL = {"seq": 6, "time": 12, "task:trial": 12, "who": 5, "what": 8}
_OTHERWISE, _TEXT_WIDTH = 12, 200
"""Cells that columns get before there is a row: those of a key, and the last one, as far as the page goes."""


EXAMPLES = """\b
Filter:
  type:tool tool:get_* error task:12 trial:0 role:user level>=warning
  time>0.5 state_changed args.user_id:mia* result~"not found"

Terms side by side are joined by and; or, not and parentheses work. name:value takes *, ~ is a regular expression,
= is exact, < <= > >= != compare. Names are the log's keys, with dots into objects. A bare name asks for anything
there but false, 0 and nothing; error is a level of error or above; "quoted text" occurs anywhere.

\b
Examples:
  tau2-tui events run.jsonl 'type:tool error'
  tau2-tui events run.jsonl 'task:12 trial:0' --tail 20
  tau2-tui events run.jsonl 'tool:book_* not state_changed' \\
      --fields seq,task_id,tool_args,result
  tau2-tui events run.jsonl 'type:llm time>5' --json | jq .cost
  tau2-tui events run.jsonl error --follow
"""


@click.command("events", epilog=EXAMPLES)
@click.argument("log", type=click.Path(path_type=Path))
@click.argument("expression", metavar="[EXPR]...", nargs=-1)
@click.option("--fields", metavar="KEY,KEY…", help="These keys instead, with dots into objects: args.user_id.")
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="The first N events only.")
@click.option("--tail", type=click.IntRange(min=0), metavar="N", help="The last N events only.")
@click.option(
    "--follow", "-f", is_flag=True, help="Go on as the log grows, until Ctrl-C; of standard input, as it comes."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON Lines: the log's own lines, or objects of --fields.")
def command(
    log: Path,
    expression: tuple[str, ...],
    fields: str | None,
    limit: int | None,
    tail: int | None,
    follow: bool,
    as_json: bool,
) -> None:
    """Print the events of a log, or those that a filter lets through."""
    from tau2_tui.cli.reading import opened, parsed
    from tau2_tui.cli.slips import check_order
    from tau2_tui.runlog.decompress import STANDARD_INPUT

    if limit is not None and (tail is not None or follow):
        raise click.UsageError("--limit goes neither with --tail nor with --follow")
    paths = _paths(fields)
    check_order(log, expression)
    ends = log == STANDARD_INPUT
    with opened(log, indexed=not (follow and ends)) as opened_log:
        wanted = parsed(" ".join(expression), opened_log)
        if follow:
            lines: Iterable[int] = _followed(opened_log, wanted, tail, ends=ends)
        else:
            lines = _lines(opened_log, wanted, limit, tail)
        if as_json:
            _print_json(opened_log, lines, paths, follow)
        else:
            _print_table(opened_log, lines, paths, follow)


def _paths(fields: str | None) -> list[str]:
    if fields is None:
        return []
    paths = [path.strip() for path in fields.split(",") if path.strip()]
    if not paths:
        raise click.UsageError("--fields names no key")
    return paths


def _lines(log: RunLog, wanted: Filter | None, limit: int | None, tail: int | None) -> Iterable[int]:
    """Return the numbers of the lines to print, in file order."""
    if tail is not None:
        count = len(log)
        last = range(count - 1, -1, -1) if wanted is None else wanted.lines(log, backwards=True)
        return reversed(list(islice(last, min(tail, len(log)))))
    lines: Iterable[int] = range(len(log)) if wanted is None else wanted.lines(log)
    return islice(lines, len(log) if limit is None else min(limit, len(log)))


def _followed(log: RunLog, wanted: Filter | None, tail: int | None, *, ends: bool) -> Iterator[int]:
    """Yield the lines to print, then each one that is appended; a line without its end waits for it.

    Args:
        log: the log.
        wanted: what they must be; None for anything.
        tail: of those that are there now, only so many.
        ends: nothing comes any more once the log is complete, as on standard input.
    """
    from tau2_tui.runlog.follow import follow

    seen = log.whole
    yield from (line for line in _lines(log, wanted, None, tail) if line < seen)
    for growth in follow(log, seen, cancelled=lambda: ends and log.complete):
        if growth.restarted:
            notice("another file has taken the log's place: starting from its first line")
        yield from _between(log, wanted, growth.first, growth.stop)
        seen = growth.stop
    yield from _between(log, wanted, seen, len(log))


def _between(log: RunLog, wanted: Filter | None, first: int, stop: int) -> Iterable[int]:
    return range(first, stop) if wanted is None else wanted.lines(log, start=first, stop=stop)


def _print_json(log: RunLog, lines: Iterable[int], paths: list[str], flush: bool) -> None:
    from tau2_tui.cli.json_output import print_line
    from tau2_tui.events.codec import dumps
    from tau2_tui.runlog.filters.selecting import fields_of

    for line in lines:
        data = log.line(line)
        fields = fields_of(log, line, data)
        if paths:
            data = dumps({path: _value(fields, path) for path in paths})
        elif fields["event_type"] == "unreadable":
            data = dumps(fields | {"line": line + 1, "offset": log.offset(line)})
        print_line(data, flush=flush)


def _value(fields: dict[str, Any], path: str) -> Any:
    """Return what stands at a path: null for nothing, a list for more than one value."""
    from tau2_tui.runlog.filters.names import keys_of
    from tau2_tui.runlog.filters.values import found

    parts = tuple(path.split("."))
    if len(parts) == 1:
        return next((fields[key] for key in keys_of(parts) if fields.get(key) is not None), None)
    values = list(found(fields, keys_of(parts), parts[1:]))
    return values if len(values) > 1 else next(iter(values), None)


def _print_table(log: RunLog, lines: Iterable[int], paths: list[str], follow: bool) -> None:
    from tau2_tui.cli.page import page
    from tau2_tui.cli.table import Column, layout_of

    paper = page()
    columns = [Column(visible(path), shrinks=True, least=4) for path in paths] if paths else _columns()
    cells = _field_cells(log, lines, paths) if paths else _event_cells(log, lines, paper)
    first = [] if follow else list(islice(cells, _MEASURED))
    if not first and not follow:
        notice("no event")
        return
    layout = layout_of(columns, [*first, _typical(log, columns, follow)], paper)
    click.echo(layout.headings())
    for row in cells if follow else chain(first, cells):
        sys.stdout.write(layout.line(row) + "\n")
        if follow:
            sys.stdout.flush()


def _typical(log: RunLog, columns: list[Column], follow: bool) -> list[Cell]:
    """Return a row as wide as the widest number of the log, and where rows are yet to come as these are wont to be."""
    from tau2_tui.cli.table import Cell

    widths = {column.heading: _USUAL.get(column.heading, _OTHERWISE) for column in columns} if follow else {}
    widths["seq"] = max(widths.get("seq", 1), len(str(int(log.columns.seq.max(initial=0)))))
    if follow:
        widths[columns[-1].heading] = _TEXT_WIDTH
    return [Cell("0" * widths.get(column.heading, 0)) for column in columns]


def _columns() -> list[Column]:
    from tau2_tui.cli.table import Column

    return [
        Column("seq", right=True),
        Column("time", drops=2),
        Column("task:trial", shrinks=True, least=6),
        Column("who", drops=1),
        Column("what"),
        Column("text", shrinks=True, least=12),
    ]


def _event_cells(log: RunLog, lines: Iterable[int], paper: Page) -> Iterator[list[Cell]]:
    from tau2_tui.cli.event_line import event_line
    from tau2_tui.cli.moments import millisecond
    from tau2_tui.cli.page import cut
    from tau2_tui.cli.table import Cell
    from tau2_tui.runlog.filters.selecting import fields_of

    room = max(12, paper.width // 5)
    for line in lines:
        fields = fields_of(log, line, log.line(line))
        said = event_line(fields)
        task, trial = fields.get("task_id"), fields.get("trial")
        where = "-" if task is None else visible(f"{task}:{'-' if trial is None else trial}")
        seq = fields.get("seq")
        who = said.who if said.who in ("agent", "user") else said.token
        yield [
            Cell("-" if seq is None else str(seq)),
            Cell(millisecond(fields.get("timestamp")), "muted"),
            Cell(cut(where, room, keep_end=True) if paper.is_terminal else where),
            Cell(said.who, who),
            Cell(said.what, who),
            Cell(said.text, said.token),
        ]


def _field_cells(log: RunLog, lines: Iterable[int], paths: list[str]) -> Iterator[list[Cell]]:
    from tau2_tui.cli.table import Cell
    from tau2_tui.runlog.filters.selecting import fields_of
    from tau2_tui.runlog.filters.values import text_of

    for line in lines:
        fields = fields_of(log, line, log.line(line))
        values = [_value(fields, path) for path in paths]
        yield [Cell("-" if value is None else visible(text_of(value))) for value in values]
