"""``tau2-tui run``: the predecessor's command, which writes tau2's results and a run log beside them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from tau2_tui.cli.output import write_if_heard
from tau2_tui.cli.record import choose_participants, record_with_progress
from tau2_tui.cli.record_options import enhanced_content_options, participant_options, run_options, task_options
from tau2_tui.cli.record_order import Order
from tau2_tui.cli.tau2_options import tau2_options
from tau2_tui.safe_text import visible

EXAMPLES = """\b
Examples:
  tau2-tui run --domain airline_enhanced --agent llm_agent \\
      --agent-llm gemini/gemini-2.5-flash --user-llm gemini/gemini-2.5-flash \\
      --task-ids 2 --num-trials 1
  tau2-tui run --domain mock_enhanced
      act out the reference solutions: no model, no key, no network
  tau2-tui run --import my_domain.py --domain custom_enhanced --num-trials 1
      a domain that my_domain.py registers
"""


@click.command(epilog=EXAMPLES)
@task_options
@participant_options
@run_options
@tau2_options
@enhanced_content_options
@click.option(
    "--save-dir",
    type=click.Path(path_type=Path),
    default=Path("enhanced_logs"),
    show_default=True,
    help="Folder for both files; made if it is not there.",
)
@click.option(
    "--logs-format",
    type=click.Choice(["jsonl", "json"]),
    default="jsonl",
    show_default=True,
    help="json: also tau2-enhanced's document of events and snapshots.",
)
@click.argument("more_task_ids", nargs=-1, metavar="")
def command(
    task_ids: tuple[str, ...],
    more_task_ids: tuple[str, ...],
    log_level: str | None,
    stream: str | None,
    console: bool,
    save_dir: Path,
    logs_format: str,
    **options: Any,
) -> None:
    """Run a domain, and write tau2's results and the run log into one folder.

    Takes the options of record, and domains by their own names or with _enhanced behind. --save-to NAME names the
    files NAME.json and NAME_enhanced_logs.jsonl; without it they are enhanced_results_TIME….
    """
    from tau2_tui.recording.enhanced.files import EnhancedFiles

    if more_task_ids and not task_ids:
        raise click.UsageError(f"Got unexpected extra argument ({' '.join(more_task_ids)})")
    if options["results_dir"] is not None:
        raise click.UsageError("--results-dir: both files are written to --save-dir")
    options["task_ids"] = (*task_ids, *more_task_ids) or None
    note = choose_participants(options)
    files = EnhancedFiles.new(save_dir, options["save_to"])
    options["save_to"] = str(files.results.absolute())
    command_line = ["tau2-tui", *sys.argv[1:]]
    with files.begun():
        record_with_progress(Order(options, str(files.log), {}, log_level, command_line, note, stream, console))
    logs = files.write_document() if logs_format == "json" else files.log
    said = f"Results saved to: {visible(str(files.results))}\nEnhanced logs saved to: {visible(str(logs))}\n"
    write_if_heard(sys.stdout, said)
