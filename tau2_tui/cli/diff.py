"""``tau2-tui diff``: what a simulation changed, or how what it reached differs from the reference."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tau2_tui.cli.choosing import choose, simulation_options
from tau2_tui.cli.output import ExitCode
from tau2_tui.counting import counted
from tau2_tui.errors import Tau2TuiError
from tau2_tui.events import SimulationEndEvent, StateChangeEvent, StateSnapshotEvent, ToolExecutionEvent
from tau2_tui.safe_text import visible

if TYPE_CHECKING:
    from tau2_tui.runlog import RunLog, SimulationRef

_DATABASES = {"database": "database", "user_database": "user's database"}


EXAMPLES = """\b
Examples:
  tau2-tui diff run.jsonl --task 12
  tau2-tui diff run.jsonl --task 12 --trial 1 --gold
  tau2-tui diff run.jsonl --task 12 --from 310 --to 350
  tau2-tui diff run.jsonl --task 12 --gold --exit-code && echo same
"""


@click.command("diff", epilog=EXAMPLES)
@click.argument("log", type=click.Path(path_type=Path))
@simulation_options
@click.option("--from", "first", type=click.IntRange(min=0), metavar="SEQ", help="Only changes after this event.")
@click.option("--to", "last", type=click.IntRange(min=0), metavar="SEQ", help="Only changes up to this event.")
@click.option("--gold", is_flag=True, help="From the reference final state to the reached one.")
@click.option("--exit-code", is_flag=True, help="End with 1 when there is a difference.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def command(
    ctx: click.Context,
    log: Path,
    task_id: str | None,
    trial: int | None,
    simulation_id: str | None,
    first: int | None,
    last: int | None,
    gold: bool,
    exit_code: bool,
    as_json: bool,
) -> None:
    """Show what a simulation changed in the databases, or with --gold why its database check failed.

    Each change stands under the call that made it, as - the old and + the new value at its path. With --gold, - is
    what the reference final state holds and + what the simulation left there.
    """
    if gold and (first is not None or last is not None):
        raise click.UsageError("--gold compares final states: it goes neither with --from nor with --to")
    from tau2_tui.cli.reading import opened

    with opened(log) as opened_log:
        ref = choose(opened_log, task_id, trial, simulation_id)
        where = {"simulation_id": ref.simulation_id, "task_id": ref.task_id, "trial": ref.trial}
        if gold:
            difference = _gold(opened_log, ref)
            document = where | {"equal": not any(difference.values()), "gold_diff": difference}
            different = any(difference.values())
        else:
            events = _changes(opened_log, ref, first, last)
            document = where | {"changes": [_document(event) for event in events]}
            different = bool(events)
        if as_json:
            from tau2_tui.cli.json_output import print_json

            print_json(document)
        else:
            _print(_gold_lines(difference) if gold else _change_lines(events), ref)
    if exit_code and different:
        ctx.exit(ExitCode.NO)


def _changes(log: RunLog, ref: SimulationRef, first: int | None, last: int | None) -> list[StateChangeEvent]:
    """Return the changes that a simulation made after one event and up to another.

    Raises:
        Tau2TuiError: the log does not tell of the databases.
    """
    if first is not None and last is not None and last < first:
        raise Tau2TuiError(f"--to {last} is before --from {first}")
    low = -1 if first is None else first
    events = [log.event(line) for line in log.lines_of(ref.simulation_id).tolist()]
    if any(isinstance(event, ToolExecutionEvent) for event in events) and not any(map(_tells, events)):
        raise Tau2TuiError(
            f"{log.path}: the log does not say what the calls of task {ref.task_id} changed; "
            "tau2-tui import --replay computes it where tau2-bench is installed"
        )
    return [
        event
        for event in events
        if isinstance(event, StateChangeEvent)
        and low < (event.seq if event.seq is not None else low + 1)
        and (last is None or event.seq is None or event.seq <= last)
    ]


def _tells(event: object) -> bool:
    """Return whether an event says anything of the databases."""
    if isinstance(event, ToolExecutionEvent):
        return event.state_changed is not None
    return isinstance(event, (StateChangeEvent, StateSnapshotEvent))


def _gold(log: RunLog, ref: SimulationRef) -> dict[str, list[Any]]:
    """Return the difference from the reference final state, by database.

    Raises:
        Tau2TuiError: the log does not hold it.
    """
    outcome = log.outcome(ref.simulation_id)
    end = None if outcome is None else log.event(outcome.line)
    if not isinstance(end, SimulationEndEvent):
        raise Tau2TuiError(f"{log.path}: the simulation has not ended, so nothing was compared with the reference")
    if end.gold_diff is None:
        raise Tau2TuiError(
            f"{log.path}: the log holds no difference from the reference state of task {ref.task_id}; "
            "tau2-tui import --replay computes it where tau2-bench is installed"
        )
    return {name: changes for name, changes in end.gold_diff.items() if isinstance(changes, list)}


def _document(event: StateChangeEvent) -> dict[str, Any]:
    keys = ("seq", "turn_idx", "state_type", "action_trigger", "tool_call_id", "changes")
    return {key: getattr(event, key) for key in keys}


def _print(lines: Iterator[tuple[str, str]], ref: SimulationRef) -> None:
    from tau2_tui.cli.page import hanging, page

    paper = page()
    trial = "-" if ref.trial is None else ref.trial
    title = visible(f"task {ref.task_id or '-'} · trial {trial} · {ref.simulation_id}")
    for text, token in chain([(title, "bold")], lines):
        for line in hanging(text, paper, len(text) - len(text.lstrip(" +-")) + 2):
            click.echo(paper.paint(line, token))


def _change_lines(events: list[StateChangeEvent]) -> Iterator[tuple[str, str]]:
    if not events:
        yield "no change of a database", ""
    for event in events:
        number = "" if event.seq is None else f"#{event.seq} "
        turn = "" if event.turn_idx is None else f" · turn {event.turn_idx}"
        database = _DATABASES.get(event.state_type, event.state_type)
        yield "", ""
        yield visible(f"{number}{event.action_trigger or 'unknown'} · {database}{turn}"), "warning"
        if not event.changes:
            yield f"  {visible(event.state_diff or 'changed, in what way was not recorded')}", ""
        for change in event.changes:
            yield from _one(change)


def _gold_lines(difference: dict[str, list[Any]]) -> Iterator[tuple[str, str]]:
    if not any(difference.values()):
        yield "equal to the reference final state", "passed"
        return
    yield "- what the reference final state holds, + what the simulation left", "muted"
    for name, changes in difference.items():
        if changes:
            yield "", ""
            yield visible(f"{_DATABASES.get(name, name)}: {counted(len(changes), 'difference')}"), "warning"
        for change in changes:
            yield from _one(change)


def _one(change: Any) -> Iterator[tuple[str, str]]:
    """Yield the lines of one change: its path, the old value, the new one."""
    if not isinstance(change, dict):
        yield f"  {visible(json.dumps(change, ensure_ascii=False))}", ""
        return
    yield f"  {visible(str(change.get('path') or '(everything)'))}", ""
    operation = change.get("op")
    if operation != "add":
        yield from _value("-", change.get("old"), "removed")
    if operation != "remove":
        yield from _value("+", change.get("value"), "added")


def _value(sign: str, value: Any, token: str) -> Iterator[tuple[str, str]]:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    for line in text.split("\n"):
        yield f"    {sign} {visible(line)}", token
