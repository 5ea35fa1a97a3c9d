"""The options of ``tau2-tui record``, in groups: what is run, who takes part, how the run goes, what is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from tau2_tui.cli.json_object import JSON_OBJECT
from tau2_tui.cli.number import Number

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Command], Command]

POSITIVE = click.IntRange(min=1)


def task_options(command: Command) -> Command:
    """Add the options that say which tasks are run."""
    return _with(
        command,
        click.option("--domain", "-d", required=True, help="tau2's domain: airline, retail, telecom, mock, …"),
        click.option("--task-set-name", help="Task set, when it is not the domain's own."),
        click.option("--task-split-name", default="base", show_default=True, help="Split of the task set."),
        click.option(
            "--task-ids", multiple=True, metavar="ID…", help="Only these tasks: several words, or with commas."
        ),
        click.option("--num-tasks", type=POSITIVE, help="Only the first so many tasks."),
        click.option("--num-trials", type=POSITIVE, default=1, show_default=True, help="Simulations of each task."),
        click.option("--seed", type=int, default=300, show_default=True, help="What the trials' seeds are drawn from."),
    )


def participant_options(command: Command) -> Command:
    """Add the options that say who takes part, and with which model."""
    return _with(
        command,
        click.option(
            "--agent",
            help="Agent: oracle (default without --agent-llm), noisy-oracle (with mistakes), llm_agent, retry_agent"
            " (asks again after failures), context_agent (keeps requests short), enhanced_agent (both), or another.",
        ),
        click.option(
            "--error-rate",
            type=Number(0, 1),
            help="How often --agent noisy-oracle makes a mistake at a reference action  [default: 0.3]",
        ),
        click.option("--agent-llm", metavar="MODEL", help="The agent's model."),
        click.option(
            "--agent-llm-args",
            type=JSON_OBJECT,
            default="{}",
            help="Arguments of each of its calls; the objects retry and context in it are budgets of retry_agent,"
            " context_agent and enhanced_agent.",
        ),
        click.option("--user", help="User: scripted (default without --agent-llm), user_simulator, or another."),
        click.option("--user-llm", metavar="MODEL", help="The user simulator's model."),
        click.option("--user-llm-args", type=JSON_OBJECT, default="{}", help="Arguments of each of its calls."),
    )


def run_options(command: Command) -> Command:
    """Add the options that say how the run goes."""
    return _with(
        command,
        click.option(
            "--max-steps", type=POSITIVE, default=200, show_default=True, help="End a conversation after so many."
        ),
        click.option(
            "--max-errors", type=POSITIVE, default=10, show_default=True, help="End it after so many failed calls."
        ),
        click.option("--max-concurrency", type=POSITIVE, default=3, show_default=True, help="Simulations at once."),
        click.option(
            "--processes",
            type=POSITIVE,
            default=1,
            show_default=True,
            help="Worker processes that share the simulations; for runs without a model, one a processor core.",
        ),
        click.option(
            "--max-retries",
            type=click.IntRange(min=0),
            default=3,
            show_default=True,
            help="How often a simulation that failed is repeated; with tau2 0.2, a model call too.",
        ),
        click.option(
            "--retry-delay",
            type=Number(min=0),
            default=1.0,
            show_default=True,
            help="Seconds to wait before that.",
        ),
        click.option(
            "--log-level",
            type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], case_sensitive=False),
            help="Show tau2's own log from this level on; silent otherwise.",
        ),
    )


def content_options(command: Command, snapshots: str = "changes") -> Command:
    """Add the options that say what a log holds, and who else is told.

    Args:
        command: the command.
        snapshots: when the state is looked at unless told.
    """
    return _with(
        command,
        click.option(
            "--snapshots",
            type=click.Choice(["changes", "all", "full"]),
            default=snapshots,
            show_default=True,
            help="Look at the state after calls that may write; after all calls; keep its whole content.",
        ),
        click.option(
            "--fsync",
            type=click.Choice(["always", "interval", "never"]),
            default="interval",
            show_default=True,
            help="Wait for the disk after each event; once a second; never.",
        ),
        click.option(
            "--max-result-bytes", type=POSITIVE, default=1 << 20, show_default=True, help="Cut longer tool results."
        ),
        click.option(
            "--redact",
            type=click.Choice(["mask", "hash", "off"]),
            default="off",
            show_default=True,
            help="Personal data in what is written: masked; hashed, so that equal values stay equal; left alone."
            " Keys of objects and paths of state changes stay as they are.",
        ),
        click.option(
            "--stream",
            metavar="ADDRESS",
            help="Let other processes read the log's lines as they come: unix:PATH or tcp:HOST:PORT.",
        ),
        click.option("--console", is_flag=True, help="Print one line an event."),
    )


def enhanced_content_options(command: Command) -> Command:
    """Add the same, the state being looked at before and after each call unless told."""
    return content_options(command, "all")


def log_options(command: Command) -> Command:
    """Add the options that say what is written, and where."""
    return content_options(
        _with(
            command,
            click.option(
                "--output", "-o", type=click.Path(path_type=Path), help="The log  [default: DOMAIN_TIME.jsonl]"
            ),
            click.option("--force", is_flag=True, help="Replace the log if it exists."),
            click.option(
                "--resume",
                is_flag=True,
                help="Continue the log if it exists: keep what is done, repeat what failed or was cut off.",
            ),
        )
    )


def _with(command: Command, *options: Decorator[Command]) -> Command:
    """Return the command with the options, in the order in which they are given."""
    for option in reversed(options):
        command = option(command)
    return command
