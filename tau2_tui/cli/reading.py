"""Logs opened for a command: any format, waited for with a line of progress on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tau2_tui.cli.output import notice

if TYPE_CHECKING:
    from tau2_tui.runlog import RunLog
    from tau2_tui.runlog.filters import Filter

_PATIENCE = 0.7
"""Seconds before progress is shown."""

_EVERY = 0.1


@contextmanager
def opened(path: Path, *, quiet: bool = True, indexed: bool = True) -> Iterator[RunLog]:
    """Open a log and wait until all of it is indexed.

    Args:
        path: a run log, or a file or directory of another format.
        quiet: say nothing of a foreign file's format and of what it lacks.
        indexed: do so; else it is not indexed until somebody starts that.

    Raises:
        LogFormatError: it cannot be read.
    """
    from tau2_tui.runlog.opening import open_log

    with open_log(path, index="columns" if indexed else "later", notice=None if quiet else notice) as log:
        if indexed:
            wait_for(log)
            say_failure(log)
        yield log


def say_failure(log: RunLog) -> None:
    """Say why not all of a log could be read, if so."""
    if log.failure:
        notice(f"{log.path}: {log.failure}")


def wait_for(log: RunLog) -> None:
    """Wait until a log is indexed, with its progress on a terminal's standard error."""
    if log.wait(_PATIENCE):
        return
    if not sys.stderr.isatty():
        log.wait()
        return
    try:
        while not log.wait(_EVERY):
            print(f"\r{log.progress:4.0%} of {log.size / 1e6:,.0f} MB read", end="", file=sys.stderr, flush=True)
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def parsed(expression: str | None, log: RunLog) -> Filter | None:
    """Return the filter of an expression over a log's events, None when there is none.

    Raises:
        FilterError: it means nothing.
    """
    if expression is None or not expression.strip():
        return None
    from tau2_tui.runlog.filters import parse, vocabulary_of

    return parse(expression, vocabulary_of(log))
