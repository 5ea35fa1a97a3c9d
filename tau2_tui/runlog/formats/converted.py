"""What the readers of foreign formats take and give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tau2_tui.events import ExecutionEvent


class Candidate(NamedTuple):
    """A file or directory that may be of a foreign format, and enough of it to tell cheaply.

    Attributes:
        path: where it is.
        head: its first bytes; empty for a directory.
        is_directory: whether it is a directory.
        whole: ``head`` is the whole file.
    """

    path: Path
    head: bytes = b""
    is_directory: bool = False
    whole: bool = False


@dataclass
class Converted:
    """A foreign file as the events of a run log.

    Attributes:
        format: name of the format, for a person.
        events: the events in the order of a log; can be drawn once. Drawing raises ``LogFormatError`` when the file
            turns out unreadable.
        notes: what a reader should know: what is missing, was removed or could not be read. Complete when the events
            are drawn.
    """

    format: str
    events: Iterator[ExecutionEvent]
    notes: list[str] = field(default_factory=list)


class Format(NamedTuple):
    """A foreign format that a file was recognised to be.

    Attributes:
        name: its name, for a person.
        read: converts the file at a path; raises ``LogFormatError``.
    """

    name: str
    read: Callable[[Path], Converted]
