"""``tau2-tui compare``: runs against each other, paired by task."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tau2_tui.analysis.data.records import Run

_ROWS = 12


_EPILOG = """\b
Examples:
  tau2-tui compare before.jsonl after.jsonl
  tau2-tui compare before.jsonl after.jsonl --json
  tau2-tui compare a.jsonl b.jsonl c.json --level 0.9
  tau2-tui compare before.jsonl after.jsonl --target 0.05"""


@click.command("compare", epilog=_EPILOG)
@click.argument("logs", metavar="A B...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="How often the intervals hold what they promise.",
)
@click.option(
    "--target",
    type=click.FloatRange(0, 1, min_open=True),
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
    """
    from tau2_tui.cli.runs import read_runs

    if len(logs) < 2:
        raise click.UsageError("compare needs two logs or more")
    with read_runs(logs, expression) as found:
        runs = [one.simulations for one in found]
    if len(runs) == 2:
        _two(runs[0], runs[1], level, target, 0 if everything else _ROWS, as_json)
    else:
        _several(runs, level, target, 0 if everything else _ROWS, as_json)


def _two(a: Run, b: Run, level: float, target: float, limit: int, as_json: bool) -> None:
    from tau2_tui.analysis.comparison.compare import compare

    found = compare(a, b, target=target, level=level)
    more = _more(a, b, level)
    if as_json:
        from tau2_tui.analysis.shared.plain import plain
        from tau2_tui.events.codec import dumps

        click.echo(dumps({**plain(found), **plain(more), "level": level}))
        return
    from tau2_tui.cli.page import page
    from tau2_tui.cli.statistics.comparison import two

    for line in two(found, more, page(), limit):
        click.echo(line)


def _more(a: Run, b: Run, level: float) -> dict[str, Any]:
    from tau2_tui.analysis.comparison.models import compare_model
    from tau2_tui.analysis.comparison.shift import tools_shift
    from tau2_tui.analysis.comparison.simpson import simpson

    return {
        "tools_shift": tools_shift(a.calls, b.calls),
        "simpson": simpson(a, b, level=level),
        "model": compare_model(a, b, level=level),
    }


def _several(runs: list[Run], level: float, target: float, limit: int, as_json: bool) -> None:
    from tau2_tui.analysis.comparison.compare_many import compare_many

    found = compare_many(runs, target=target, level=level)
    if as_json:
        from tau2_tui.analysis.shared.plain import plain
        from tau2_tui.events.codec import dumps

        click.echo(dumps({**plain(found), "level": level}))
        return
    from tau2_tui.cli.page import page
    from tau2_tui.cli.statistics.comparison import several

    for line in several(found, page(), limit):
        click.echo(line)
