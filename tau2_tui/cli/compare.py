"""``tau2-tui compare``: runs against each other, paired by task."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tau2_tui.cli.level import level_option
from tau2_tui.cli.number import Number
from tau2_tui.counting import counted

if TYPE_CHECKING:
    from tau2_tui.analysis.data.records import Run
    from tau2_tui.analysis.sheets.sheet import Sheet

_ROWS = 12


_EPILOG = """\b
Examples:
  tau2-tui compare before.jsonl after.jsonl
  tau2-tui compare before.jsonl after.jsonl --json
  tau2-tui compare a.jsonl b.jsonl c.json --level 0.9
  tau2-tui compare before.jsonl after.jsonl --target 0.05"""


@click.command("compare", epilog=_EPILOG)
@click.argument("logs", metavar="A B...", nargs=-1, required=True, type=click.Path(path_type=Path))
@level_option
@click.option(
    "--target",
    type=Number(0, 1, min_open=True),
    default=0.1,
    show_default=True,
    help="The difference that the next runs should be able to find.",
)
@click.option(
    "--filter", "expression", metavar="EXPR", help="Only simulations with an event that this filter lets through."
)
@click.option("--all", "everything", is_flag=True, help="Show every row of long tables.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    logs: tuple[Path, ...], level: float, target: float, expression: str | None, everything: bool, as_json: bool
) -> None:
    """Say whether one run is better than another: the second against the first, on the tasks that both have.

    The difference is of rates per task, its p-value exact, and the smallest p-value that could have come out is beside
    it. Of more than two runs every pair is compared, with p-values adjusted for all of them (Holm).

    Runs without any task in common cannot be compared: that is said in one line, and the exit code is 2. With some in
    common, the tasks that are left out are listed, and why.
    """
    from tau2_tui.cli.runs import read_runs

    if len(logs) < 2:
        raise click.UsageError("compare needs two logs or more")
    with read_runs(logs, expression) as found:
        runs = [one.simulations for one in found]
    _refuse_strangers(runs)
    if len(runs) == 2:
        _two(runs[0], runs[1], level, target, 0 if everything else _ROWS, as_json)
    else:
        _several(runs, level, target, 0 if everything else _ROWS, as_json)


def _refuse_strangers(runs: list[Run]) -> None:
    """Fail when no two of the runs have a task in common that counts in both."""
    from itertools import combinations

    from tau2_tui.analysis.comparison.paired import paired
    from tau2_tui.errors import Tau2TuiError

    found = [paired(a, b) for a, b in combinations(runs, 2)]
    if any(pairs.common for pairs in found):
        return
    if len(runs) == 2 and found[0].problem:
        raise Tau2TuiError(found[0].problem)
    of = "; ".join(_tasks_of(run) for run in runs)
    raise Tau2TuiError(f"no task counts in two of the runs, so there is nothing to compare ({of})")


def _tasks_of(run: Run) -> str:
    """Return which tasks of a run count, in short."""
    from tau2_tui.analysis.shared.task_scores import scores_of

    scores = scores_of(run)
    names = [task.task_id for task in scores.tasks]
    first = f": {', '.join(names[:3])}{' …' if len(names) > 3 else ''}" if names else ""
    left_out = f", {scores.left_out.note}" if scores.left_out.note else ""
    return f"{run.label} has {counted(len(names), 'task')}{first}{left_out}"


def _two(a: Run, b: Run, level: float, target: float, limit: int, as_json: bool) -> None:
    from tau2_tui.analysis.comparison.compare import compare
    from tau2_tui.analysis.comparison.further import further
    from tau2_tui.analysis.shared.plain import plain
    from tau2_tui.analysis.sheets.comparison import pair

    found = compare(a, b, target=target, level=level)
    more = further(a, b, level=level)
    if as_json:
        _print_json({**plain(found), **plain(more)}, level)
    else:
        _print(pair(found, more, found.differing), limit)


def _several(runs: list[Run], level: float, target: float, limit: int, as_json: bool) -> None:
    from tau2_tui.analysis.comparison.compare_many import compare_many
    from tau2_tui.analysis.shared.plain import plain
    from tau2_tui.analysis.sheets.comparison import several

    found = compare_many(runs, target=target, level=level)
    if as_json:
        _print_json(plain(found), level)
    else:
        _print(several(found), limit)


def _print_json(document: dict[str, Any], level: float) -> None:
    from tau2_tui.cli.json_output import print_json

    print_json({**document, "level": level})


def _print(sheet: Sheet, limit: int) -> None:
    from tau2_tui.cli.page import page
    from tau2_tui.cli.statistics.drawing import lines_of

    lines = lines_of(sheet, page(), limit)
    next(lines)  # the empty one above the first heading: nothing stands there
    for line in lines:
        click.echo(line)
