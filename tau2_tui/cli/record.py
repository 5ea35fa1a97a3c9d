"""``tau2-tui record``: run tau2-bench simulations and write a run log."""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import click

from tau2_tui.cli.output import ExitCode, tell_script
from tau2_tui.cli.record_options import log_options, participant_options, run_options, task_options
from tau2_tui.cli.record_order import Order
from tau2_tui.cli.tau2_options import tau2_options

EXAMPLES = """\b
Examples:
  tau2-tui record --domain airline -o airline.jsonl
      act out the reference solutions: no model, no key, no network
  tau2-tui record --domain retail --agent-llm gpt-4.1 --user-llm gpt-4.1 \\
      --num-trials 4
  tau2-tui record --domain retail --agent noisy-oracle --error-rate 0.3 \\
      -o noisy.jsonl
      the reference solutions with seeded mistakes, each marked in the log
  tau2-tui record --domain telecom --num-tasks 5 --max-concurrency 8
  tau2-tui record --domain mock --task-ids create_task_1 update_task_1
  tau2-tui record --domain telecom --task-split-name full --processes 4 \\
      -o full.jsonl --resume
      all cores; the same command again goes on where a killed one was
  tau2-tui record --domain mock --agent-llm gpt-4.1 --user-llm gpt-4.1 --open
      watch it in the inspector while it is written
"""

_NO_MODEL = "no --agent-llm given: an oracle agent and a scripted user act out the reference solutions"
_NO_MODEL_SOLO = "no --agent-llm given: an oracle agent acts out the reference solutions by itself"


@click.command(epilog=EXAMPLES)
@task_options
@participant_options
@run_options
@tau2_options
@log_options
@click.option("--open", "opens", is_flag=True, help="Watch the recording in the inspector.")
@click.argument("more_task_ids", nargs=-1, metavar="")
def command(
    task_ids: tuple[str, ...],
    more_task_ids: tuple[str, ...],
    log_level: str | None,
    output: Path | None,
    force: bool,
    resume: bool,
    opens: bool,
    stream: str | None,
    console: bool,
    **options: Any,
) -> int:
    """Run tau2-bench simulations and write a run log.

    Without --agent-llm no model is called: an oracle agent and a scripted user act out each task's reference solution.
    """
    if more_task_ids and not task_ids:
        raise click.UsageError(f"Got unexpected extra argument ({' '.join(more_task_ids)})")
    options["task_ids"] = (*task_ids, *more_task_ids) or None
    if output is not None and str(output) == "-":
        raise click.UsageError("--output -: a log that is recorded is a file; --stream lets others read it as it comes")
    if resume and (force or output is None):
        raise click.UsageError("--resume " + ("and --force exclude each other" if force else "needs --output LOG"))
    note = choose_participants(options)
    with nullcontext(output) if output is not None else _own_name(options["domain"]) as path:
        existing = {"replace": force, "resume": resume, "claimed": output is None}
        order = Order(options, str(path), existing, log_level, ["tau2-tui", *sys.argv[1:]], note, stream, console)
        if opens:
            from tau2_tui.cli.record_open import record_and_open

            return record_and_open(order)
        record_with_progress(order)
    tell_script(path)
    return ExitCode.OK


def choose_participants(options: dict[str, Any]) -> str | None:
    """Fill in who takes part; return what to say when that means that no model is asked."""
    with_model, solo_mode = options["agent_llm"] is not None, options["solo_mode"]
    chosen = options["agent"] is not None or options["user"] is not None
    if options["agent"] is None:
        model_agent, model_user = ("llm_agent_solo", None) if solo_mode else ("llm_agent", "user_simulator")
        own_user = None if solo_mode else "scripted"
        options["agent"] = model_agent if with_model else "oracle"
        options["user"] = options["user"] or (model_user if with_model else own_user)
    if with_model or chosen:
        return None
    return _NO_MODEL_SOLO if solo_mode else _NO_MODEL


def record_with_progress(order: Order) -> None:
    """Carry out an order, its progress on standard error."""
    from tau2_tui.cli.record_order import carry_out
    from tau2_tui.cli.record_progress import progress_on

    with progress_on(sys.stderr, order.note) as listener:
        carry_out(order, listener)


@contextmanager
def _own_name(domain: str) -> Iterator[Path]:
    """Give the path of a log that was not named, a file that no other recording takes; removed unless a log is there.

    The recording puts its log in the place of that file. It may go on in a process of its own, and its log be empty
    still, when this one has ended: the file is told from it by being held open.
    """
    stem = f"{domain}_{time.strftime('%Y%m%d_%H%M%S')}"
    for number in itertools.count(1):
        path = Path(f"{stem}.jsonl" if number == 1 else f"{stem}_{number}.jsonl")
        with suppress(FileExistsError):
            claimed = _claim(path)
            break
    try:
        yield path
    finally:
        if claimed is not None:
            with suppress(OSError):
                found = os.fstat(claimed)
                if found.st_nlink and not found.st_size:
                    path.unlink()
            os.close(claimed)


def _claim(path: Path) -> int | None:
    """Make an empty file and return it open; None where none can be made: the recording says why.

    Raises:
        FileExistsError: there is something.
    """
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise
    except OSError:
        return None
