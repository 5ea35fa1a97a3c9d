"""``tau2-tui report``: all that is known of runs as one file to send, print and keep."""

from __future__ import annotations

import gc
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tau2_tui.cli.level import level_option
from tau2_tui.cli.output import notice
from tau2_tui.errors import Tau2TuiError

if TYPE_CHECKING:
    from tau2_tui.reports import Report

_FORMS = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}

_LIMIT = 30_000


EXAMPLES = """\b
Examples:
  tau2-tui report run.jsonl -o report.html
  tau2-tui report before.jsonl after.jsonl -o comparison.html
  tau2-tui report results.json -o report.md --transcripts none
  tau2-tui report run.jsonl -o report.html --transcripts all --limit 100000
  tau2-tui report run.jsonl -o report.html --no-date --force
"""


@click.command("report", epilog=EXAMPLES)
@click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The file to make; its ending says the form: .html or .md.",
)
@click.option(
    "--transcripts",
    type=click.Choice(["failed", "all", "none"]),
    default="failed",
    show_default=True,
    help="Of which simulations the conversations are in it.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=_LIMIT,
    show_default=True,
    metavar="N",
    help="Characters of one conversation.",
)
@level_option
@click.option("--no-date", is_flag=True, help="Leave out when it was made: the same logs then give the same bytes.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
def command(
    logs: tuple[Path, ...], output: Path, transcripts: str, limit: int, level: float, no_date: bool, force: bool
) -> None:
    """Write a report of one or several runs: one HTML file that needs nothing else, or Markdown.

    It holds how good a run is and how sure that is, why simulations failed, tools, errors, latency, cost, arguments,
    sequences, time, sensitive data (masked), changes of state, the conversations of failed simulations, and of several
    runs their comparison; each number with its method. The file needs no network and runs no script. Conversations
    are as they stand in the log: look at them before you pass the report on.
    """
    form = _FORMS.get(output.suffix.lower())
    if form is None:
        raise click.UsageError(f"{output}: cannot tell the form of the report: end the name in .html or .md")
    from tau2_tui.cli.export import make_way

    make_way([output], force)
    from tau2_tui.cli.progress import shown
    from tau2_tui.cli.runs import read_runs
    from tau2_tui.reports import Options, ReportedRun, make_report

    options = Options(
        level=level,
        transcripts=transcripts,  # type: ignore[arg-type]
        limit=limit,
        made=None if no_date else _moment(),
    )
    with read_runs(logs) as found:
        gc.freeze()  # what was read stays to the end: the collector need not look at a million rows again and again
        with shown(f"of {output.name} made") as show:
            report = make_report([ReportedRun(one.log, one.run) for one in found], options, progress=show)
            _write(report, output, form)
    notice(f"{output}: {_size(output)}")


def _write(report: Report, output: Path, form: str) -> None:
    from tau2_tui.cli.table_files import written
    from tau2_tui.reports import write_html, write_markdown

    writes = write_html if form == "html" else write_markdown
    with written(output) as out:
        writes(report, out)


def _size(path: Path) -> str:
    from tau2_tui.analysis.shared import figures as fig

    return fig.size(path.stat().st_size)


def _moment() -> datetime:
    """Return the time that SOURCE_DATE_EPOCH gives, or else now."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if not given:
        return datetime.now(timezone.utc)
    try:
        return datetime.fromtimestamp(int(given), timezone.utc)
    except (ValueError, OverflowError, OSError) as error:
        raise Tau2TuiError(f"SOURCE_DATE_EPOCH is no time in seconds: {given}") from error
