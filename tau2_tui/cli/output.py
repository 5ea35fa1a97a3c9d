"""What every command shares: exit codes, and one-line failures on standard error."""

from __future__ import annotations

import io
import os
import sys
from enum import IntEnum
from pathlib import Path
from typing import IO, AnyStr, NoReturn

from tau2_tui.safe_text import visible


class ExitCode(IntEnum):
    """Exit codes of every command."""

    OK = 0
    NO = 1
    """The answer is no: tampering was found, a difference was found."""
    USAGE = 2
    """Wrong usage or unreadable input."""
    INTERRUPTED = 130


def prepare_streams() -> None:
    """See to it that the standard streams are there, and that whatever is printed can be.

    A stream that was closed when the program began leads nowhere: else the next file that is opened would be in its
    place. What the encoding of standard output lacks is printed as escapes.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - stays open
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


def write_if_heard(stream: IO[AnyStr], text: AnyStr) -> None:
    """Write to a standard stream; a lost terminal or a reader that went away is nothing to fail for.

    What is written to the stream later goes nowhere, also when Python flushes it at its end.
    """
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def tell_script(path: Path) -> None:
    """Print a file's name as it is, byte for byte, for a script; nothing on a terminal, which it might act on."""
    if not sys.stdout.isatty():
        sys.stdout.flush()
        write_if_heard(sys.stdout.buffer, os.fsencode(path) + b"\n")


def tell(text: str) -> None:
    """Print text that is safe to print on standard error; when nobody reads it, no work is left undone for that."""
    write_if_heard(sys.stderr, f"{text}\n")


def notice(message: str) -> None:
    """Print one line for a person on standard error, as :func:`tell` does."""
    tell(f"tau2-tui: {visible(message)}")


def fail(message: str, code: ExitCode = ExitCode.USAGE) -> NoReturn:
    """Print one line on standard error and end the program."""
    notice(message)
    raise SystemExit(int(code))
