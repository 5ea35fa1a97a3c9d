"""Arguments given in another order or place than the command takes them: what was meant, said in the same line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tau2_tui.errors import LogFormatError
from tau2_tui.runlog.decompress import STANDARD_INPUT

MISPLACED = {
    "show": "the task is named with --task, an event with --seq",
    "diff": "the task is named with --task; tau2-tui compare compares runs",
    "search": "a pattern with spaces stands in quotes; a filter is given with --filter",
    "export": "the file to make is named with -o",
    "record": "the domain is named with --domain, tasks with --task-ids",
    "run": "the domain is named with --domain, tasks with --task-ids",
}
"""By command, where that belongs which it does not take as an argument."""


def check_order(log: Path, others: Sequence[str]) -> None:
    """Say so when not the first argument is the log, but one of the others.

    Raises:
        LogFormatError: it is.
    """
    if log != STANDARD_INPUT and not _is_there(log):
        meant = next((other for other in others if _is_there(other)), None)
        if meant is not None:
            raise LogFormatError(f"{log}: no such file; the log comes first, which seems to be {meant}")


def check_logs(paths: Sequence[Path]) -> None:
    """Say so when one of several logs seems to be a filter.

    Raises:
        LogFormatError: one is.
    """
    for path in paths[1:]:
        if _is_no_name(path):
            raise LogFormatError(f"{path}: no such file; a filter is given with --filter")


def _is_no_name(path: Path) -> bool:
    return path != STANDARD_INPUT and not path.suffix and len(path.parts) == 1 and not _is_there(path)


def _is_there(path: str | Path) -> bool:
    return os.path.lexists(path)
