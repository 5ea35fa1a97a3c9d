"""``tau2-tui record``: run tau2-bench simulations and write a run log."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

import click

from tau2_tui.cli.output import write_if_heard
from tau2_tui.cli.record_options import log_options, participant_options, run_options, task_options
from tau2_tui.cli.tau2_options import tau2_options

EXAMPLES = """\b
Examples:
  tau2-tui record --domain airline -o airline.jsonl
      act out the reference solutions: no model, no key, no network
  tau2-tui record --domain retail --agent-llm gpt-4.1 --user-llm gpt-4.1 --num-trials 4
  tau2-tui record --domain retail --agent noisy-oracle --error-rate 0.3 -o noisy.jsonl
      the reference solutions with seeded mistakes, each marked in the log
  tau2-tui record --domain telecom --num-tasks 5 --max-concurrency 8
  tau2-tui record --domain mock --task-ids create_task_1 update_task_1
  tau2-tui record --domain telecom --task-split-name full --processes 4 -o full.jsonl --resume
      all cores; the same command again goes on where a killed one was
"""

_NO_MODEL = "no --agent-llm given: an oracle agent and a scripted user act out the reference solutions"
_NO_MODEL_SOLO = "no --agent-llm given: an oracle agent acts out the reference solutions by itself"


@click.command(epilog=EXAMPLES)
@task_options
@participant_options
@run_options
@tau2_options
@log_options
@click.argument("more_task_ids", nargs=-1, metavar="")
def command(
    task_ids: tuple[str, ...],
    more_task_ids: tuple[str, ...],
    log_level: str | None,
    output: Path | None,
    force: bool,
    resume: bool,
    **options: Any,
) -> None:
    """Run tau2-bench simulations and write a run log.

    Without --agent-llm no model is called: an oracle agent and a scripted user act out each task's reference solution.
    """
    if more_task_ids and not task_ids:
        raise click.UsageError(f"Got unexpected extra argument ({' '.join(more_task_ids)})")
    options["task_ids"] = (*task_ids, *more_task_ids) or None
    if resume and (force or output is None):
        raise click.UsageError("--resume " + ("and --force exclude each other" if force else "needs --output LOG"))
    note = _choose_participants(options)
    existing = {"replace": force, "resume": resume}
    _record(options, output or _default_output(options["domain"]), existing, log_level, note)


def _choose_participants(options: dict[str, Any]) -> str | None:
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


def _record(
    options: dict[str, Any], path: Path, existing: dict[str, bool], log_level: str | None, note: str | None
) -> None:
    from tau2_tui.cli.record_progress import printed_beside, progress_on, summary
    from tau2_tui.logging.redaction import Redactor
    from tau2_tui.recording import RecordConfig, RunInterrupted, record_run, tau2_api

    config = RecordConfig(**options)

    def clean(text: str) -> str:
        return Redactor(secrets=config.secrets()).scrub_text(text)  # keys may come from a file that tau2 loads

    _treat_as_interrupts(signal.SIGTERM, signal.SIGHUP)
    with progress_on(sys.stderr, note) as listener, printed_beside(listener, clean):
        if log_level is not None:
            tau2_api.load()
            tau2_api.show_log(log_level)
        try:
            command_line = ["tau2-tui", *sys.argv[1:]]
            outcome = record_run(config, path, listener=listener, command_line=command_line, **existing)
        except RunInterrupted as interruption:
            listener.close()
            write_if_heard(sys.stderr, summary(interruption.outcome) + "\n")
            raise
    write_if_heard(sys.stderr, summary(outcome) + "\n")
    if not sys.stdout.isatty():
        write_if_heard(sys.stdout, f"{path}\n")


def _treat_as_interrupts(*numbers: signal.Signals) -> None:
    """Let a polite request to end, or a lost connection, end the run as Ctrl-C does; those that are ignored stay so."""

    def interrupt(_number: int, frame: FrameType | None) -> None:
        handler = signal.getsignal(signal.SIGINT)  # ignored, when a shell started the program in the background
        (handler if callable(handler) else signal.default_int_handler)(signal.SIGINT, frame)

    for number in numbers:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, interrupt)


def _default_output(domain: str) -> Path:
    return Path(f"{domain}_{time.strftime('%Y%m%d_%H%M%S')}.jsonl")
