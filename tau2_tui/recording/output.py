"""Whether a log can be written where it is wanted: asked before anything slow or costly begins."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
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
        LogWriteError: it cannot be deleted, or is being written.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    except OSError:  # one that may not be read can be deleted all the same
        handle = -1
    try:
        if handle >= 0:
            with contextlib.suppress(OSError):  # file systems without locks
                _lock(handle, path)
        path.unlink(missing_ok=True)
    except OSError as error:
        raise LogWriteError(f"{path}: cannot be replaced: {error.strerror}") from error
    finally:
        if handle >= 0:
            os.close(handle)


@contextlib.contextmanager
def nothing_left_of(path: Path | None) -> Iterator[None]:
    """Delete a log that was made and holds nothing yet when what is done inside fails; None for no log."""
    try:
        yield
    except BaseException:
        if path is not None:
            path.unlink(missing_ok=True)
        raise


def _lock(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LogWriteError(f"{path}: another process is writing this log") from error
