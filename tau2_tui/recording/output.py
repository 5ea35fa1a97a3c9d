"""Whether a log can be written where it is wanted: asked before anything slow or costly begins."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tau2_tui.errors import LogWriteError


def check_output(path: Path, *, replace: bool, resume: bool = False) -> None:
    """Refuse a place where no log can be written.

    Args:
        path: the wanted log.
        replace: whether a file that is there already may be replaced.
        resume: whether one that is there already is continued.

    Raises:
        LogWriteError: says what is in the way.
    """
    try:
        found: os.stat_result | None = path.lstat()
    except FileNotFoundError:
        found = None
    except OSError as error:
        raise LogWriteError(f"{path}: cannot write the log: {error.strerror}") from error
    if found is not None and path.is_dir():
        raise LogWriteError(f"{path}: is a directory; name a file in it")
    if found is not None and not stat.S_ISREG(found.st_mode):
        raise LogWriteError(f"{path}: is no regular file, and a log must be one")
    if found is not None and not replace and not resume:
        raise LogWriteError(
            f"{path}: exists already; take another name, continue it with --resume, or replace it with --force"
        )
    if found is not None and resume and not os.access(path, os.R_OK | os.W_OK):
        raise LogWriteError(f"{path}: no permission to continue it")
    folder = path.parent
    if not folder.is_dir():
        raise LogWriteError(f"{path}: the folder {folder} does not exist")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise LogWriteError(f"{path}: no permission to write in the folder {folder}")


def remove_replaced(path: Path) -> None:
    """Delete the log that a new one replaces, if there is one.

    Raises:
        LogWriteError: it cannot be deleted.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise LogWriteError(f"{path}: cannot be replaced: {error.strerror}") from error
