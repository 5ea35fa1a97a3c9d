"""``tau2-tui record``: run tau2-bench simulations and write a run log."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import click

EXAMPLES = """\b
Examples:
  tau2-tui record --domain airline -o airline.jsonl
      act out the reference solutions: no model, no key, no network
  tau2-tui record --domain retail --agent-llm gpt-4.1 --user-llm gpt-4.1 --num-trials 4
  tau2-tui record --domain telecom --num-tasks 5 --max-concurrency 8
  tau2-tui record --domain mock --task-ids create_task_1 update_task_1
"""

_NO_MODEL = "no --agent-llm given: an oracle agent and a scripted user act out the reference solutions"

POSITIVE = click.IntRange(min=1)


@click.command(epilog=EXAMPLES)
@click.option("--domain", "-d", required=True, help="tau2's domain: airline, retail, telecom, mock, …")
@click.option("--task-set-name", help="Task set, when it is not the domain's own.")
@click.option("--task-split-name", default="base", show_default=True, help="Split of the task set.")
@click.option("--task-ids", multiple=True, metavar="ID…", help="Only these tasks: several words, or with commas.")
@click.option("--num-tasks", type=POSITIVE, help="Only the first so many tasks.")
@click.option("--num-trials", type=POSITIVE, default=1, show_default=True, help="Simulations of each task.")
@click.option("--seed", type=int, default=300, show_default=True, help="What the trials' seeds are drawn from.")
@click.option("--max-steps", type=POSITIVE, default=200, show_default=True, help="End a conversation after so many.")
@click.option("--max-errors", type=POSITIVE, default=10, show_default=True, help="End it after so many failed calls.")
@click.option("--max-concurrency", type=POSITIVE, default=3, show_default=True, help="Simulations at once.")
@click.option("--agent", help="Agent: oracle (default without --agent-llm), llm_agent, or another known to tau2.")
@click.option("--agent-llm", metavar="MODEL", help="The agent's model.")
@click.option("--agent-llm-args", metavar="JSON", help="Arguments of each of its calls.")
@click.option("--user", help="User: scripted (default without --agent-llm), user_simulator, or another.")
@click.option("--user-llm", metavar="MODEL", help="The user simulator's model.")
@click.option("--user-llm-args", metavar="JSON", help="Arguments of each of its calls.")
@click.option(
    "--log-level",
    type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], case_sensitive=False),
    help="Show tau2's own log from this level on; silent otherwise.",
)
@click.option(
    "--snapshots",
    type=click.Choice(["changes", "all", "full"]),
    default="changes",
    show_default=True,
    help="Look at the state after calls that may write; after all calls; keep its whole content.",
)
@click.option(
    "--fsync",
    type=click.Choice(["always", "interval", "never"]),
    default="interval",
    show_default=True,
    help="Wait for the disk after each event; once a second; never.",
)
@click.option("--max-result-bytes", type=POSITIVE, default=1 << 20, show_default=True, help="Cut longer tool results.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The log  [default: DOMAIN_TIME.jsonl]")
@click.option("--force", is_flag=True, help="Replace the log if it exists.")
@click.argument("more_task_ids", nargs=-1, metavar="")
def command(
    task_ids: tuple[str, ...],
    more_task_ids: tuple[str, ...],
    agent_llm_args: str | None,
    user_llm_args: str | None,
    log_level: str | None,
    output: Path | None,
    force: bool,
    **options: Any,
) -> None:
    """Run tau2-bench simulations and write a run log.

    Without --agent-llm no model is called: an oracle agent and a scripted user act out each task's reference solution.
    """
    if more_task_ids and not task_ids:
        raise click.UsageError(f"Got unexpected extra argument ({' '.join(more_task_ids)})")
    options["task_ids"] = (*task_ids, *more_task_ids) or None
    options["agent_llm_args"] = _json_object("--agent-llm-args", agent_llm_args)
    options["user_llm_args"] = _json_object("--user-llm-args", user_llm_args)
    note = _choose_participants(options)
    _record(options, output or _default_output(options["domain"]), force, log_level, note)


def _choose_participants(options: dict[str, Any]) -> str | None:
    """Fill in who takes part; return what to say when that means that no model is asked."""
    with_model = options["agent_llm"] is not None
    chosen = options["agent"] is not None or options["user"] is not None
    defaults = ("llm_agent", "user_simulator") if with_model else ("oracle", "scripted")
    options["agent"] = options["agent"] or defaults[0]
    options["user"] = options["user"] or defaults[1]
    return None if with_model or chosen else _NO_MODEL


def _record(options: dict[str, Any], path: Path, force: bool, log_level: str | None, note: str | None) -> None:
    from tau2_tui.cli.record_progress import progress_on, summary
    from tau2_tui.recording import RecordConfig, RunInterrupted, record_run, tau2_api

    config = RecordConfig(**options)
    with tau2_api.standard_output_kept(), progress_on(sys.stderr, note) as listener:
        if log_level is not None:
            tau2_api.load()
            tau2_api.show_log(log_level)
        try:
            outcome = record_run(
                config, path, listener=listener, command_line=["tau2-tui", *sys.argv[1:]], replace=force
            )
        except RunInterrupted as interruption:
            listener.close()
            click.echo(summary(interruption.outcome), err=True)
            raise
    click.echo(summary(outcome), err=True)
    if not sys.stdout.isatty():
        click.echo(path)


def _json_object(option: str, text: str | None) -> dict[str, Any]:
    """Return the object in an option's text; an empty one without text."""
    if text is None:
        return {}
    try:
        value = json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint=option) from error
    if not isinstance(value, dict):
        raise click.BadParameter('must be a JSON object such as {"temperature": 0}', param_hint=option)
    return value


def _default_output(domain: str) -> Path:
    return Path(f"{domain}_{time.strftime('%Y%m%d_%H%M%S')}.jsonl")
