"""Files that appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

from tau2_tui.errors import LogWriteError
from tau2_tui.whole_file import whole_file


def write_whole_file(path: Path, data: bytes, action: str) -> None:
    """Put data into a file, in place of what is there, readable by its owner only.

    Args:
        path: the file.
        data: its bytes.
        action: what is being done, for the error's text.

    Raises:
        LogWriteError: it cannot be written; what was there is as it was.
    """
    try:
        with whole_file(path) as out:
            out.write(data)
    except OSError as error:
        raise LogWriteError(f"{path}: cannot {action}: {error.strerror or error}") from error
