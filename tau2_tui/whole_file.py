"""Files that appear whole or not at all, readable by their owner only."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tau2_tui.errors import LogWriteError

_BUFFER_BYTES = 1 << 20
_NAME_BYTES = 100
_RANDOM_BYTES = 12
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def whole_file(path: Path, *, sync: bool = False) -> Iterator[BinaryIO]:
    """Give a file to write, which takes the place of what is at a path when all is written.

    It is made under a name that nobody can foresee, and removed when anything fails. A link at the path is replaced,
    not followed.

    Args:
        path: where the file belongs.
        sync: see to it that it is on the disk before it takes its place.

    Raises:
        OSError: it cannot be written; what was there is as it was.
    """
    cut = os.fsdecode(os.fsencode(path.name)[:_NAME_BYTES])
    unfinished = path.parent / f".{cut}.{os.urandom(_RANDOM_BYTES).hex()}.tmp"
    try:  # begun before the file is there: an interrupt that comes the moment it is made leaves nothing either
        handle = os.open(unfinished, _NEW, 0o600)
        with os.fdopen(handle, "wb", buffering=_BUFFER_BYTES) as file:
            yield file
            if sync:
                file.flush()
                os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write as :func:`whole_file` does, at a path that a user named.

    Raises:
        LogWriteError: it cannot be written; or what is there is not replaced: something else than a regular file, or a
            log that is being written.
    """
    try:
        if path.exists() and not path.is_file():
            raise LogWriteError(f"{path}: cannot be written: is not a regular file")
        if _is_being_written(path):
            raise LogWriteError(f"{path}: cannot be written: another process is writing this log")
        with whole_file(path) as file:
            yield file
    except OSError as error:
        raise LogWriteError(f"{path}: cannot be written: {error.strerror or error}") from error


def _is_being_written(path: Path) -> bool:
    """Return whether a writer of logs holds what is at a path; nobody writes to a link, which is replaced itself."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # nothing is there, or a link, or what may be replaced though not read
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # file systems without locks
        return False
    finally:
        os.close(handle)
    return False
