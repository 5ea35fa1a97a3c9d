"""Logs opened for a command: any format, waited for with a line of progress on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tau2_tui.cli.output import notice
from tau2_tui.cli.progress import EVERY, ProgressLine

if TYPE_CHECKING:
    from tau2_tui.runlog import RunLog
    from tau2_tui.runlog.filters import Filter

_NAMED = 2
"""Logs that a note names; of more it says how many."""


@contextmanager
def opened(path: Path, *, say: Callable[[str], None] | None = None, indexed: bool = True) -> Iterator[RunLog]:
    """Open a log and wait until all of it is indexed.

    Args:
        path: a run log, or a file or directory of another format.
        say: is given one line for a person on a foreign file's format, and on what it lacks.
        indexed: do so; else it is not indexed until somebody starts that.

    Raises:
        LogFormatError: it cannot be read.
    """
    from tau2_tui.runlog.opening import open_log

    with open_log(path, index="columns" if indexed else "later", notice=say) as log:
        if indexed:
            wait_for(log)
            say_failure(log)
        yield log


class NotesOfMany:
    """What is said of several logs: of one of them at once, what holds for many once, when all are read."""

    def __init__(self) -> None:
        self._heard: dict[str, list[Path]] = {}

    def about(self, path: Path) -> Callable[[str], None]:
        """Return what takes the lines on one log, for :func:`opened`."""

        def say(text: str) -> None:
            if text.startswith(f"{path}: "):
                notice(text)
            else:
                self._heard.setdefault(text, []).append(path)

        return say

    def tell(self) -> None:
        """Say each note that names no log, and of which logs it is true."""
        for text, paths in self._heard.items():
            names = ", ".join(map(str, paths)) if len(paths) <= _NAMED else f"{len(paths):,} files"
            notice(f"{names}: {text}")


def say_failure(log: RunLog) -> None:
    """Say why not all of a log could be read, if so."""
    if log.failure:
        notice(f"{log.path}: {log.failure}")


def wait_for(log: RunLog) -> None:
    """Wait until a log is indexed, with its progress on a terminal's standard error."""
    with ProgressLine() as line:
        while not log.wait(EVERY):
            line.show(f"{log.progress:4.0%} of {log.size / 1e6:,.0f} MB read")


def parsed(expression: str | None, log: RunLog) -> Filter | None:
    """Return the filter of an expression over a log's events, None when there is none.

    Raises:
        FilterError: it means nothing.
    """
    if expression is None or not expression.strip():
        return None
    from tau2_tui.runlog.filters import parse, vocabulary_of

    return parse(expression, vocabulary_of(log))
