"""``tau2-tui search``: a regular expression over everything that was said, called, returned and changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tau2_tui.cli.output import ExitCode
from tau2_tui.errors import Tau2TuiError
from tau2_tui.safe_text import visible

if TYPE_CHECKING:
    from tau2_tui.cli.page import Page
    from tau2_tui.runlog import RunLog
    from tau2_tui.runlog.patterns import Pattern

_LEFT_OUT = frozenset(
    (
        *("simulation_id", "event_type", "level", "source", "message_timestamp", "run_id"),
        *("state_hash", "user_state_hash", "pre_state_hash", "post_state_hash"),
        *("result_preview", "raw_data", "args_types"),
    )
)
"""Keys that repeat other text, or that a filter asks for."""

_PIPE_EXCERPT = 300
_JSON_EXCERPT = 1_000


EXAMPLES = """\b
Examples:
  tau2-tui search run.jsonl HATHAT
  tau2-tui search run.jsonl 'refund|compensat' -i
  tau2-tui search run.jsonl 'not found' --filter 'type:tool task:12'
  tau2-tui search run.jsonl '\\$\\d+' --filter role:assistant --json
"""


@click.command("search", epilog=EXAMPLES)
@click.argument("log", type=click.Path(path_type=Path))
@click.argument("pattern")
@click.option("--ignore-case", "-i", is_flag=True, help="Upper and lower case are the same.")
@click.option("--fixed", "-F", is_flag=True, help="The pattern is text, no regular expression.")
@click.option("--filter", "expression", metavar="EXPR", help="Only in events that this filter lets through.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N events only.")
@click.option("--count", "-c", is_flag=True, help="Print only how many events match.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON Lines: an object an event with all its matches.")
@click.pass_context
def command(
    ctx: click.Context,
    log: Path,
    pattern: str,
    ignore_case: bool,
    fixed: bool,
    expression: str | None,
    limit: int | None,
    count: bool,
    as_json: bool,
) -> None:
    """Find text in a log: what was said, what tools were called with and returned, what changed, tasks and policy.

    Prints a line an event: its number, task and trial, where in it the text stands, and the text around. Python's
    regular expressions; a match lies within one text. Exit code 1 when nothing is found.
    """
    from tau2_tui.cli.reading import opened, parsed
    from tau2_tui.cli.slips import check_order
    from tau2_tui.runlog.filters.literals import literals_of
    from tau2_tui.runlog.patterns import Pattern

    try:
        wanted = Pattern(re.escape(pattern) if fixed else pattern, re.IGNORECASE if ignore_case else 0)
    except ValueError as error:
        raise Tau2TuiError(f"{pattern!r} is {error}") from None
    if not pattern:
        raise Tau2TuiError("nothing to search for")
    check_order(log, [pattern])
    literals = () if ignore_case else literals_of(re.escape(pattern) if fixed else pattern)
    with opened(log) as opened_log:
        chosen = parsed(expression, opened_log)
        lines: Iterator[int] = iter(range(len(opened_log)) if chosen is None else chosen.lines(opened_log))
        if len(literals) == 1 and chosen is None:
            lines = opened_log.search(literals[0])
        elif literals and chosen is None:
            lines = opened_log.search("|".join(map(re.escape, literals)).encode(), regex=True)
        found = _print(opened_log, lines, wanted, limit, count, as_json)
    if not found:
        ctx.exit(ExitCode.NO)


@dataclass(frozen=True)
class Match:
    """A place in a text of an event.

    Attributes:
        path: where the text stands in the event, with dots.
        text: the whole text.
        start: first character of the match.
        end: the character after it.
    """

    path: str
    text: str
    start: int
    end: int


def _print(
    log: RunLog, lines: Iterator[int], wanted: Pattern[str], limit: int | None, count: bool, as_json: bool
) -> int:
    from tau2_tui.cli.json_output import print_json
    from tau2_tui.cli.page import page

    paper, found = page(), 0
    for line in lines:
        fields, matches = _matches(log, line, wanted)
        if not matches:
            continue
        found += 1
        if as_json and not count:
            print_json(_document(line, fields, matches))
        elif not count:
            click.echo(_line(fields, matches, paper))
        if found == limit:
            break
    if count and as_json:
        print_json({"events": found})
    elif count:
        click.echo(str(found))
    return found


def _matches(log: RunLog, line: int, wanted: Pattern[str]) -> tuple[dict[str, Any], list[Match]]:
    from tau2_tui.runlog.filters.selecting import fields_of

    data = log.line(line)
    fields = fields_of(log, line, data)
    unreadable = fields["event_type"] == "unreadable"
    if not unreadable and not _holds(fields, wanted):
        return fields, []
    if unreadable:
        texts: Iterator[tuple[str, str]] = iter([("bytes", data.decode("utf-8", "backslashreplace"))])
    else:
        texts = texts_of(fields)
    found = ((path, text, wanted.search(text)) for path, text in texts)
    return fields, [Match(path, text, hit.start(), hit.end()) for path, text, hit in found if hit]


def texts_of(fields: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the texts of an event with their paths: also numbers and keys within objects and lists."""
    for key, value in fields.items():
        if isinstance(value, (str, dict, list)) and _is_looked_at(key, value):
            yield from _texts_within(key, value)


def _is_looked_at(key: str, value: Any) -> bool:
    return key not in _LEFT_OUT and (isinstance(value, str) or key not in ("usage", "sensitive_args"))


def _holds(fields: dict[str, Any], wanted: Pattern[str]) -> bool:
    """Return whether any of ``texts_of`` matches, in whatever order; most events do not, and need no paths."""
    search = wanted.search
    pending: list[Any] = [
        value for key, value in fields.items() if isinstance(value, (str, dict, list)) and _is_looked_at(key, value)
    ]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            if search(value):
                return True
        elif isinstance(value, dict):
            pending += value
            pending += value.values()
        elif isinstance(value, list):
            pending += value
        elif value is not None and not isinstance(value, bool) and search(str(value)):
            return True
    return False


def _texts_within(path: str, value: Any) -> Iterator[tuple[str, str]]:
    pending = [(path, value)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict):
            yield from ((path, key) for key in value)
            pending += [(f"{path}.{key}", item) for key, item in reversed(value.items())]
        elif isinstance(value, list):
            pending += [(f"{path}.{place}", item) for place, item in reversed(list(enumerate(value)))]
        elif isinstance(value, str):
            yield path, value
        elif value is not None and not isinstance(value, bool):
            yield path, str(value)


def _document(line: int, fields: dict[str, Any], matches: list[Match]) -> dict[str, Any]:
    keys = ("seq", "simulation_id", "task_id", "trial", "turn_idx", "event_type")
    found = []
    for match in matches:
        start = max(0, match.start - _JSON_EXCERPT // 2)
        text = match.text[start : start + _JSON_EXCERPT]
        found.append({"path": match.path, "text": text, "start": match.start - start, "end": match.end - start})
    return {"line": line + 1} | {key: fields.get(key) for key in keys} | {"matches": found}


def _line(fields: dict[str, Any], matches: list[Match], paper: Page) -> str:
    from tau2_tui.cli.page import cells_of, cut

    seq = fields.get("seq")
    task, trial = fields.get("task_id"), fields.get("trial")
    match = matches[0]
    number = "#?" if seq is None else f"#{seq}"
    name = cut(task or "", 40) if not paper.is_terminal else (task or "")[-paper.width :]
    where = "" if task is None else f"{visible(name)}:{'-' if trial is None else trial}"
    path = visible(match.path[-60:])
    more = f" (+{len(matches) - 1})" if len(matches) > 1 else ""
    excerpt = _PIPE_EXCERPT
    if paper.is_terminal:
        room = paper.width - len(number) - len(more) - 4
        where = cut(where, max(room // 4, room // 2 - cells_of(path)), keep_end=True)
        path = cut(path, max(room // 2 - cells_of(where), 8), keep_end=True)
        excerpt = room - cells_of(where) - cells_of(path)
    head = " ".join(
        filter(None, (paper.paint(number, "bold"), paper.paint(where, "muted"), paper.paint(path, "agent")))
    )
    return f"{head}: {_excerpt(match, max(excerpt, 8), paper)}{paper.paint(more, 'muted')}"


def _excerpt(match: Match, room: int, paper: Page) -> str:
    """Return the line of text in which a match stands, cut around it, the match in colour."""
    from rich.cells import cell_len

    line_start = match.text.rfind("\n", 0, match.start) + 1
    feed = match.text.find("\n", match.end)
    line_end = feed if feed >= 0 else len(match.text)
    hit = visible(match.text[match.start : match.end][:room])
    spare = max(0, room - cell_len(hit))
    before = visible(match.text[max(line_start, match.start - room) : match.start]).lstrip()
    after = visible(match.text[match.end : min(line_end, match.end + room)]).rstrip()
    left = min(cell_len(before), max(spare // 2, spare - cell_len(after)))
    whole_before = cell_len(before) <= left and match.start - line_start <= room
    while cell_len(before) > left - (not whole_before):
        before = before[1:]
    rest = spare - cell_len(before) - (not whole_before)
    whole_after = cell_len(after) <= rest and line_end - match.end <= room
    while after and cell_len(after) > rest - (not whole_after):
        after = after[:-1]
    return f"{'' if whole_before else '…'}{before}{paper.paint(hit, 'match')}{after}{'' if whole_after else '…'}"
