"""Events read back from a file of lines, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tau2_tui.errors import LogFormatError
from tau2_tui.events import ExecutionEvent, LogLevel, decode

_MAX_KEPT = 1 << 16


def read_events(path: Path, end: int | None = None) -> Iterator[ExecutionEvent]:
    """Yield the events of a file, a line at a time.

    A line that is no event becomes an error event that says where it stands and holds its first 64 kB.

    Args:
        path: a run log or any JSON Lines file of events.
        end: byte offset at which to stop; None for the whole file.

    Raises:
        LogFormatError: the file cannot be opened.
    """
    offset = 0
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if end is not None and offset >= end:
                    return
                if line.strip():
                    yield _event(line, number, offset)
                offset += len(line)
    except OSError as error:
        raise LogFormatError(f"{path}: cannot read it: {error.strerror or error}") from error


def _event(line: bytes, number: int, offset: int) -> ExecutionEvent:
    try:
        return decode(line)
    except ValueError as error:
        return ExecutionEvent(
            event_type="UnreadableLine",
            level=LogLevel.ERROR,
            source="tau2_tui.logging",
            message=f"line {number} at byte {offset} is unreadable: {error}",
            metadata={"line": number, "offset": offset, "text": line[:_MAX_KEPT].decode("utf-8", "backslashreplace")},
        )
