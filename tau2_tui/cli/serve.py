"""``tau2-tui serve``: the inspector in a browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tau2_tui.cli.output import notice
from tau2_tui.cli.served import words_for
from tau2_tui.safe_text import visible

if TYPE_CHECKING:
    from tau2_tui.serving.server import Offer

EXAMPLES = """\b
Examples:
  tau2-tui serve run.jsonl
  tau2-tui serve --port 8000 old.jsonl new.jsonl
      on a remote machine; then, on yours: ssh -L 8000:localhost:8000 MACHINE
"""

_DRIVER = "tau2_tui.tui.output.served:ServedDriver"
_TOKEN_VARIABLE = "TAU2_TUI_TOKEN"
_OF_THE_TERMINAL = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "COLORFGBG", "TMUX", "NO_COLOR", _TOKEN_VARIABLE)
"""Variables that speak of the server's terminal, which is not the one that the inspector writes to."""


@click.command(epilog=EXAMPLES)
@click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address at which browsers find the inspector.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Port  [default: any that is free]")
@click.option(
    "--token", envvar=_TOKEN_VARIABLE, help=f"Secret in the address  [default: ${_TOKEN_VARIABLE}, or a random one]"
)
@click.option("--max-sessions", default=4, show_default=True, type=click.IntRange(1), help="Connections at a time.")
@click.option("--at", default="", metavar="SEQ|TASK:TRIAL", help="Select this event, or show this simulation.")
@click.option("--filter", "expression", default="", metavar="EXPR", help="Show only the events that this lets through.")
@click.option("--follow", "-f", is_flag=True, help="Go on as the log grows.")
def command(
    logs: tuple[Path, ...],
    host: str,
    port: int,
    token: str | None,
    max_sessions: int,
    at: str,
    expression: str,
    follow: bool,
) -> int:
    """Look into a run with a browser.

    The address that is printed holds a secret: whoever has it can read the logs, and every file that you can read, with
    your rights. Nothing is loaded from other machines. Ctrl-C ends the server and every inspector.
    """
    from tau2_tui.runlog.opening import open_log
    from tau2_tui.serving.access import is_loopback, token_from
    from tau2_tui.serving.server import serve

    if Path("-") in logs:
        raise click.UsageError("standard input cannot be served: each connection reads the log anew")
    secret = token_from(token)
    for log in logs:
        open_log(log, index="off", notice=notice).close()
    if not is_loopback(host):
        notice(f"warning: {host} can be reached from other machines, and what is sent is not encrypted")
    names = [os.fspath(log.absolute()) for log in logs]
    words = words_for(names, at=at, expression=expression, follow=follow)
    return serve(_offer(", ".join(log.name for log in logs), words, secret, host, port, max_sessions))


def _offer(title: str, words: list[str], token: str, host: str, port: int, most: int) -> Offer:
    from tau2_tui.serving.server import Offer
    from tau2_tui.serving.session import without

    def ready(address: str) -> None:
        notice("the inspector is in your browser at this address; Ctrl-C ends it")
        click.echo(address)

    return Offer(
        title=visible(title),
        words=words,
        environment={"TEXTUAL_DRIVER": _DRIVER, "TERM": "xterm-256color", **without(*_OF_THE_TERMINAL)},
        token=token,
        host=host,
        port=port,
        most=most,
        ready=ready,
        complain=lambda text: notice(f"an inspector ended: {text.splitlines()[-1]}"),
    )
