"""``tau2-tui open``: the inspector."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tau2_tui.cli.output import ExitCode, fail, notice

if TYPE_CHECKING:
    from tau2_tui.runlog import RunLog

_STANDARD_INPUT = Path("-")


@click.command(
    epilog="Examples: tau2-tui open run.jsonl · tau2-tui open run.jsonl --at 7:0 · tau2-tui open old.jsonl new.jsonl"
)
@click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--at", default="", metavar="SEQ|TASK:TRIAL", help="Select this event, or show this simulation.")
@click.option("--filter", "expression", default="", metavar="EXPR", help="Show only the events that this lets through.")
@click.option("--follow", "-f", is_flag=True, help="Go on as the log grows.")
def command(logs: tuple[Path, ...], at: str, expression: str, follow: bool) -> int:
    """Look into a run: what happened, and why a simulation failed.

    LOG is a run log, or results of tau2-bench or tau2-enhanced in any of their formats, also compressed; "-" is
    standard input. Further logs are compared with the first one, on the screen "compare". Without a terminal it prints
    a summary of each.
    """
    if logs.count(_STANDARD_INPUT) > 1:
        raise click.UsageError("standard input can be read only once")
    # Importing allocates half a million objects that stay; looking for garbage among them would delay the first paint,
    # after which the app turns this on again.
    gc.disable()
    from tau2_tui.runlog.opening import open_log

    told = notice if _has_screen() else None
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(open_log(log, index="off", notice=told)) for log in logs]
        if _STANDARD_INPUT in logs:
            _take_keyboard()
        if not _has_screen():
            gc.enable()
            from tau2_tui.cli.summary import print_summary

            for place, log in enumerate(opened):
                if place:
                    click.echo("")
                print_summary(log)
            return ExitCode.OK
        return _inspect(opened, at, expression, follow)


def _take_keyboard() -> None:
    """Read keys from the terminal though standard input is a log, which is open by another descriptor."""
    if sys.stdout.isatty():
        with contextlib.suppress(OSError):
            terminal = os.open("/dev/tty", os.O_RDWR)
            os.dup2(terminal, 0)
            os.close(terminal)


def _has_screen() -> bool:
    """Return whether there is a terminal on both sides that can place text anywhere on its screen."""
    capable = os.environ.get("TERM", "").lower() not in ("dumb", "unknown")
    return capable and sys.stdin.isatty() and sys.stdout.isatty()


def _inspect(logs: Sequence[RunLog], at: str, expression: str, follow: bool) -> int:
    from tau2_tui.tui.app import InspectorApp
    from tau2_tui.tui.source import EventSource

    first, *more = map(EventSource, logs)
    app = InspectorApp(first, more=more, at=at, expression=expression, follow=follow, remembers=True)
    try:
        code = app.show(mouse="SSH_CONNECTION" not in os.environ)
        failure: BaseException | None = app.failure
    except Exception as error:
        code, failure = ExitCode.NO, error
    if failure is not None:
        if os.environ.get("TAU2_TUI_DEBUG"):
            import traceback

            traceback.print_exception(failure)
        fail(f"the inspector failed: {type(failure).__name__}: {failure}", ExitCode.NO)
    return code
