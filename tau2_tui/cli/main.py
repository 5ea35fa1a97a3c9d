"""The command ``tau2-tui``: finds the sub-command asked for and imports only that one."""

from __future__ import annotations

import errno
import importlib
import keyword
import os
import sys
from typing import Any

import click

from tau2_tui import __version__
from tau2_tui.cli.output import ExitCode, fail, prepare_streams, tell, write_if_heard
from tau2_tui.errors import Tau2TuiError
from tau2_tui.runlog.heap import anything_left

COMMANDS = {
    "record": "Run tau2-bench simulations and write a run log.",
    "run": "Run a domain as tau2-enhanced did: tau2's results and a run log in one folder.",
    "tau2": "Run tau2-bench's own command line, with the enhanced domains.",
    "open": "Open run logs in the inspector.",
    "serve": "Look into runs with a browser.",
    "import": "Make a run log of results of tau2-bench or logs of tau2-enhanced.",
    "ls": "List runs, or the simulations of one run.",
    "show": "Read a simulation as a conversation.",
    "events": "Print events that a filter lets through.",
    "search": "Find text by a regular expression.",
    "diff": "Show what a simulation changed, or how it differs from the reference.",
    "stats": "Show how good a run is, how sure that is, and why simulations failed.",
    "compare": "Compare runs on the tasks that they share.",
    "report": "Write what is known of runs as one HTML or Markdown file.",
    "export": "Write a log as tables, JSON or tau2-bench results.",
    "verify": "Check a run log's hash chain, order and completeness.",
    "doctor": "Say what is installed, what the terminal can do, and what is missing.",
    "completion": "Print the completion script for bash, zsh or fish.",
    "help": "Read the documentation of a topic or a command.",
}
"""The sub-commands with their one-line help, so that the list needs no import."""


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class ReaderGone(Exception):
    """Whoever read standard output reads no more; under this name click leaves it to :func:`main`."""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is used."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGone from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return the command of that name, None for an unknown one."""
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"tau2_tui.cli.{name}{'_' if keyword.iskeyword(name) else ''}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown one that is a file was meant to be opened."""
        if args and args[0] not in COMMANDS and os.path.exists(args[0]):  # noqa: PTH110 - pathlib costs start-up time
            raise click.UsageError(f"No such command {args[0]!r}. To open a log: tau2-tui open {args[0]}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="tau2-tui COMMAND --help shows a command's options and examples, tau2-tui help TOPIC more on a subject.",
)
@click.version_option(__version__, "-V", "--version", prog_name="tau2-tui")
def cli() -> None:
    """Record tau2-bench runs, and see why a simulation failed and whether a difference is real."""


def main(args: list[str] | None = None) -> Any:
    """Run the command line; exits with the codes of :class:`~tau2_tui.cli.output.ExitCode`."""
    prepare_streams()
    try:
        code = cli.main(args=args, prog_name="tau2-tui", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as exit_:
        code = exit_.exit_code
    except getattr(click.exceptions, "NoArgsIsHelpError", ()) as error:  # click from 8.2 on
        tell(error.format_message())
        code = ExitCode.USAGE
    except click.UsageError as error:
        fail(_in_one_line(error))
    except click.ClickException as error:
        fail(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        code = ExitCode.INTERRUPTED
    except Tau2TuiError as error:
        fail(str(error))
    except (BrokenPipeError, ReaderGone):
        write_if_heard(sys.stdout, "")
        code = ExitCode.OK
    except OSError as error:
        write_if_heard(sys.stdout, "")
        fail(f"{_place_of(error)}: {error.strerror or error}")
    code = int(code) if isinstance(code, int) else 0
    if args is None and anything_left():
        for stream in (sys.stdout, sys.stderr):
            write_if_heard(stream, "")
        os._exit(code)
    raise SystemExit(code)


def _place_of(error: OSError) -> str:
    """Return where something failed: files that are written have names, only standard output has none."""
    if error.filename is not None:
        return os.fsdecode(error.filename)
    return "standard output" if error.errno in _FULL else "cannot go on"


def _in_one_line(error: click.UsageError) -> str:
    """Return what is wrong with how a command was called, and where its options are listed."""
    said = " ".join(error.format_message().split())
    if error.ctx is None:
        return said
    hint = ""
    if "unexpected extra argument" in said:
        from tau2_tui.cli.slips import MISPLACED

        hint = MISPLACED.get(error.ctx.info_name or "", "")
    return "; ".join(filter(None, (said.rstrip("."), hint, f"see {error.ctx.command_path} --help")))


if __name__ == "__main__":
    main()
