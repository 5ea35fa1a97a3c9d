"""``tau2-tui open``: the inspector."""

from __future__ import annotations

import contextlib
import gc
import os
import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from tau2_tui.cli.output import ExitCode, fail, notice
from tau2_tui.errors import Tau2TuiError
from tau2_tui.tui.theme_names import THEME_NAMES

if TYPE_CHECKING:
    from tau2_tui.runlog import RunLog
    from tau2_tui.runlog.index_process import IndexProcess
    from tau2_tui.tui.recording import Recording

_STANDARD_INPUT = Path("-")


EXAMPLES = """\b
Examples:
  tau2-tui open run.jsonl
  tau2-tui open results.json
      what tau2-bench or tau2-enhanced wrote
  tau2-tui open run.jsonl --at 7:0
      task 7, trial 0
  tau2-tui open run.jsonl --filter 'type:tool error'
  tau2-tui open --follow run.jsonl
  tau2-tui open old.jsonl new.jsonl
      the second compared with the first
  tau2-tui open --merge first-half.jsonl second-half.jsonl
"""


@click.command(epilog=EXAMPLES)
@click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--at", default="", metavar="SEQ|TASK:TRIAL", help="Select this event, or show this simulation.")
@click.option("--filter", "expression", default="", metavar="EXPR", help="Show only the events that this lets through.")
@click.option("--follow", "-f", is_flag=True, help="Go on as the log grows; one that is not there yet is waited for.")
@click.option("--merge", is_flag=True, help="Show the logs as one, in order of time: parts of one run.")
@click.option("--theme", type=click.Choice(THEME_NAMES), help="Colours; by itself as kept, or as the terminal says.")
def command(logs: tuple[Path, ...], at: str, expression: str, follow: bool, merge: bool, theme: str | None) -> int:
    """Look into a run: what happened, and why a simulation failed.

    LOG is a run log, or results of tau2-bench or tau2-enhanced in any of their formats, also compressed; "-" is
    standard input. Further logs are compared with the first one, on the screen "compare"; L changes between them.
    With --merge they are one log; a simulation of which the task and trial come again later is not counted, as in one
    log. Without a terminal it prints a summary of each.
    """
    if merge and follow:
        raise click.UsageError("merged logs are not followed")
    if logs.count(_STANDARD_INPUT) > 1:
        raise click.UsageError("standard input can be read only once")
    # Importing allocates half a million objects that stay; looking for garbage among them would delay the first paint,
    # after which the app turns this on again.
    gc.disable()
    from tau2_tui.runlog.heap import share
    from tau2_tui.runlog.index_process import IndexProcess

    share()
    told = notice if has_screen() else None
    with contextlib.ExitStack() as stack:
        process = IndexProcess() if has_screen() and not merge else None
        if process is not None:
            stack.callback(process.close)
            process.begin(logs[0])
        from tau2_tui.runlog.opening import await_log

        awaited = [logs[0]] if follow and has_screen() and _is_to_come(logs[0]) else []
        opened = [stack.enter_context(await_log(log)) for log in awaited]
        others, failures = _open_each(logs[len(awaited) :], told, process, patient=has_screen() and not merge)
        opened += map(stack.enter_context, others)
        if not opened:
            raise failures[0]
        if merge and len(opened) > 1:
            opened = [_merged(opened)]
        if _STANDARD_INPUT in logs:
            _take_keyboard()
        if not has_screen():
            gc.enable()
            from tau2_tui.cli.summary import print_summary

            for place, log in enumerate(opened):
                if place:
                    click.echo("")
                print_summary(log)
            return ExitCode.OK
        return inspect(opened, at, expression, follow, failures=failures, theme=theme, process=process)


def _open_each(
    paths: Sequence[Path], told: Callable[[str], None] | None, process: IndexProcess | None, *, patient: bool
) -> tuple[list[RunLog], list[Tau2TuiError]]:
    """Return the logs that can be opened; what is wrong with the others, when someone is ``patient`` enough to see.

    ``process`` indexes the first one, and one of its own each of the others; None to do that in this process.
    """
    from tau2_tui.runlog.index_process import IndexProcess
    from tau2_tui.runlog.opening import open_log

    logs: list[RunLog] = []
    failures: list[Tau2TuiError] = []
    for path in paths:
        try:
            logs.append(open_log(path, index="off", notice=told, process=process))
            process = None if process is None else IndexProcess()
        except Tau2TuiError as error:
            failures.append(error)
            if not patient:
                for log in logs:
                    log.close()
                raise
    return logs, failures


def _merged(logs: Sequence[RunLog]) -> RunLog:
    """Return several logs as one, which is read as a log is."""
    from tau2_tui.runlog.merged import MergedLog

    return cast("RunLog", MergedLog(logs))


def _is_to_come(path: Path) -> bool:
    """Return whether a file is not written yet: missing, or empty."""
    if path == _STANDARD_INPUT:
        return False
    try:
        found = path.stat()
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == 0


def _take_keyboard() -> None:
    """Read keys from the terminal though standard input is a log, which is open by another descriptor."""
    if sys.stdout.isatty():
        with contextlib.suppress(OSError):
            terminal = os.open("/dev/tty", os.O_RDWR)
            os.dup2(terminal, 0)
            os.close(terminal)


def has_screen() -> bool:
    """Return whether there is a terminal on both sides that can place text anywhere on its screen."""
    capable = os.environ.get("TERM", "").lower() not in ("dumb", "unknown")
    return capable and sys.stdin.isatty() and sys.stdout.isatty()


def inspect(
    logs: Sequence[RunLog],
    at: str = "",
    expression: str = "",
    follow: bool = False,
    recording: Recording | None = None,
    failures: Sequence[Exception] = (),
    theme: str | None = None,
    process: IndexProcess | None = None,
) -> int:
    """Show logs until the user leaves; return the exit code.

    Args:
        logs: the first one is shown, the others are compared with it.
        at: the place to go to at first.
        expression: the filter to begin with.
        follow: go on as the first one grows.
        recording: writes the first one.
        failures: why others could not be opened.
        theme: the name of the theme to begin with.
        process: indexes the first one, which may begin now.
    """
    from tau2_tui.runlog.interpreter import ONE_THREAD
    from tau2_tui.tui.app import InspectorApp
    from tau2_tui.tui.source import EventSource

    for name, value in ONE_THREAD.items():
        os.environ.setdefault(name, value)  # a thread that spins would take a processor from the first painting
    first, *more = map(EventSource, logs)
    app = InspectorApp(
        first,
        more=more,
        failures=[str(failure) for failure in failures],
        at=at,
        expression=expression,
        follow=follow,
        remembers=True,
        recording=recording,
        theme=theme,
    )
    if process is not None:
        process.go()
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
