"""The events that are shown as a file of JSON Lines."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from tau2_tui.runlog import RunLog

_LINES_A_QUESTION = 256
"""Lines that are written before ``cancelled`` is asked again."""


def export(log: RunLog, lines: Iterable[int], path: Path, cancelled: Callable[[], bool]) -> int:
    """Write lines of a log to a new file that only its owner may read; what is no event becomes an object about it.

    Args:
        log: the log.
        lines: numbers of the lines.
        path: the file; nothing must be there, not even a link.
        cancelled: asked now and then; when it returns true, there is no file afterwards.

    Returns:
        How many lines were written.

    Raises:
        OSError: the file is there already, or cannot be written; then what was written of it is removed.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        try:
            written = 0
            for written, line in enumerate(lines, 1):
                if written % _LINES_A_QUESTION == 0 and cancelled():
                    raise InterruptedError("cancelled")
                file.write(_json(log, line) + b"\n")
            file.flush()
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise
    return written


def _json(log: RunLog, line: int) -> bytes:
    from tau2_tui.events.codec import dumps
    from tau2_tui.runlog.filters.selecting import fields_of
    from tau2_tui.runlog.long_line import read_event
    from tau2_tui.runlog.refs import UnreadableLine

    if isinstance(read_event(log, line), UnreadableLine):
        return dumps(fields_of(log, line) | {"line": line + 1, "offset": log.offset(line)})
    return log.line(line)
