"""``tau2-tui stats``: the statistics of runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tau2_tui.cli.level import level_option

if TYPE_CHECKING:
    from tau2_tui.analysis.data.records import Run
    from tau2_tui.cli.page import Page
    from tau2_tui.cli.runs import ReadRun

SHOWN = (
    "overview",
    "tasks",
    "tools",
    "errors",
    "arguments",
    "results",
    "sequence",
    "latency",
    "cost",
    "temporal",
    "state",
    "sensitive",
    "causes",
)
"""The sections, as they follow each other on the page."""

EVERYTHING = "all"
_FIRST = ("overview", "causes")
"""What is printed when no section is asked for."""

_ROWS = 12

_ASIDE = ("causes", "sequence")
"""What takes as long as all other sections together."""

_MANY = 30_000
"""Messages and calls from which on a second process saves time."""


_EPILOG = """\b
Examples:
  tau2-tui stats run.jsonl
  tau2-tui stats run.jsonl --section tools --section errors
  tau2-tui stats run.jsonl --section all --all | less
  tau2-tui stats run.jsonl --section overview --json
  tau2-tui stats results.json --filter 'task:12' --section causes"""


@click.command("stats", epilog=_EPILOG)
@click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--section",
    "-s",
    "sections",
    multiple=True,
    type=click.Choice([*SHOWN, EVERYTHING]),
    metavar="SECTION",
    help=f"What to show: {', '.join(SHOWN)}, {EVERYTHING}; repeatable. By default overview and causes, as JSON "
    "everything.",
)
@level_option
@click.option("--filter", "expression", metavar="EXPR", help="Only events that this filter lets through.")
@click.option("--all", "everything", is_flag=True, help="Show every row of long tables.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document: an object, or for several logs a list.")
def command(
    logs: tuple[Path, ...],
    sections: tuple[str, ...],
    level: float,
    expression: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    """Show how good a run is and how sure that is, why simulations failed, and what calls, time and money went where.

    Intervals are for tasks, not for simulations: trials of one task resemble each other. Every number's question,
    formula, assumption and source stands in docs/statistics.md. With a filter, overview, tasks, sequence, temporal and
    causes are of the simulations that have a matching event; the other sections of the matching events only.
    """
    from tau2_tui.analysis.sections import OF_CALLS, load
    from tau2_tui.cli.runs import read_runs
    from tau2_tui.cli.slips import check_logs
    from tau2_tui.runlog.heap import collector_at_rest, leave

    check_logs(logs)
    names = _names(sections, as_json)
    messages = not OF_CALLS.issuperset(names)
    with collector_at_rest(), read_runs(logs, expression, messages=messages, meanwhile=lambda: load(names)) as runs:
        found = list(_found(runs, names, level))
        if _are_many(runs):
            leave(runs, found)
        if as_json:
            from tau2_tui.cli.json_output import print_json

            documents = [_document(run.run, made, level) for run, made in found]
            print_json(documents[0] if len(documents) == 1 else documents)
            return
        from tau2_tui.cli.page import page

        target = page()
        for place, (run, made) in enumerate(found):
            if place:
                click.echo("")
            for line in _lines(run, made, target, 0 if everything else _ROWS):
                click.echo(line)


def _names(sections: tuple[str, ...], as_json: bool) -> tuple[str, ...]:
    if EVERYTHING in sections or (as_json and not sections):
        return SHOWN
    return tuple(name for name in SHOWN if name in (sections or _FIRST))


def _found(
    runs: Sequence[ReadRun], names: tuple[str, ...], level: float
) -> Iterator[tuple[ReadRun, dict[str, dict[str, Any]]]]:
    """Yield each run with its sections; a task that fails in all runs shows in the causes of each."""
    from tau2_tui.analysis.aside import Aside
    from tau2_tui.cli.progress import shown

    aside = tuple(name for name in names if name in _ASIDE)
    rest = tuple(name for name in names if name not in aside)
    beside = Aside(lambda: _sections(runs, aside, level, _unseen), fork=_are_many(runs) and bool(aside) and bool(rest))
    try:
        with shown("of the statistics") as show:
            made = _sections(runs, rest, level, show)
        with shown("of the failed simulations looked at") as show:
            made_aside = beside.value()
    finally:
        beside.close()
    for one, own, others in zip(runs, made, made_aside, strict=True):
        together = {**own, **others}
        yield one, {name: together[name] for name in names}


def _are_many(runs: Sequence[ReadRun]) -> bool:
    """Return whether there are so many messages and calls that it pays to take care of time."""
    return sum(len(one.run.messages) + len(one.run.calls) for one in runs) > _MANY


def _sections(
    runs: Sequence[ReadRun], names: tuple[str, ...], level: float, show: Callable[[float], None]
) -> list[dict[str, dict[str, Any]]]:
    """Return some sections of each run."""
    from tau2_tui.analysis.sections import CAUSES, OF_SIMULATIONS, causes, section

    why = causes([(one.log, one.simulations) for one in runs], progress=show) if CAUSES in names else []
    found = []
    for place, one in enumerate(runs):
        made = {}
        for number, name in enumerate(names):
            run = one.simulations if name in OF_SIMULATIONS else one.run
            made[name] = why[place] if name == CAUSES else section(name, run, level=level)
            show((place + (number + 1) / len(names)) / len(runs))
        found.append(made)
    return found


def _unseen(_: float) -> None:
    """Show nothing of what a second process does."""


def _document(run: Run, made: dict[str, dict[str, Any]], level: float) -> dict[str, Any]:
    """Return a run's statistics: of one section its own keys, of several one key a section."""
    from tau2_tui.analysis.shared.plain import plain

    document: dict[str, Any] = {
        "run": run.label,
        "domain": run.domain,
        "agent": run.agent,
        "complete": run.complete,
        "notes": list(run.notes),
        "level": level,
    }
    found: dict[str, Any] = plain(made)
    if len(found) == 1:
        ((name, only),) = found.items()
        return {**document, "section": name, **only}
    return {**document, **found}


def _lines(read: ReadRun, made: dict[str, dict[str, Any]], page: Page, limit: int) -> Iterator[str]:
    from tau2_tui.analysis.sections import CAUSES, OF_SIMULATIONS
    from tau2_tui.analysis.sheets.behind import Records
    from tau2_tui.analysis.sheets.making import sheet_of
    from tau2_tui.cli.statistics.causes import causes
    from tau2_tui.cli.statistics.drawing import lines_of
    from tau2_tui.cli.statistics.layout import header, remark

    yield from header(read.run, page)
    for name, section in made.items():
        if name == CAUSES:
            yield from causes(section, page, limit)
            continue
        records = Records(read.simulations if name in OF_SIMULATIONS else read.run)
        yield from lines_of(sheet_of(name, section, records), page, limit)
    if tuple(made) == _FIRST:
        yield ""
        others = ", ".join(name for name in SHOWN if name not in made)
        yield from remark(f"more with --section: {others}, all", page)
