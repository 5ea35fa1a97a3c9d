"""Small documents that the inspector keeps for the next time, in the user's data directory or beside a log."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from tau2_tui.events.codec import dumps, loads
from tau2_tui.whole_file import whole_file

_LARGEST = 4 << 20
"""Bytes of a file that is taken for one of these; a longer one is somebody else's."""


def data_directory() -> Path:
    """Return the directory for what this program keeps; it may not exist."""
    from platformdirs import user_data_path

    return user_data_path("tau2-tui", appauthor=False)


def read_document(path: Path) -> dict[str, Any]:
    """Return what was kept in a file; empty when nothing was, or it cannot be read."""
    try:
        with os.fdopen(_open_regular(path), "rb") as file:
            found = loads(file.read(_LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def write_document(path: Path, document: dict[str, Any]) -> None:
    """Write a file whole or not at all, for its owner only.

    Raises:
        OSError: it cannot be written.
    """
    with whole_file(path, sync=True) as file:
        file.write(dumps(document) + b"\n")


def _open_regular(path: Path) -> int:
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError("not a regular file")
    return handle
