"""JSON on standard output: as it is in a pipe, harmless on a terminal."""

from __future__ import annotations

import io
import sys
from typing import IO, Any

from tau2_tui.events.codec import dumps
from tau2_tui.safe_text import harmless_json, visible


def print_json(document: Any) -> None:
    """Print one JSON document on one line."""
    print_line(dumps(document))


def print_line(data: bytes, *, flush: bool = False) -> None:
    """Print JSON that is bytes already, and a line feed.

    On a terminal, characters that it would obey or hide are printed as JSON's escapes of them.
    """
    if sys.stdout.isatty():
        data = harmless_json(data).encode("utf-8", "backslashreplace")
    sys.stdout.buffer.write(data + b"\n")
    if flush:
        sys.stdout.flush()


class TerminalFile(io.RawIOBase):
    """A file of text that is printed on a terminal: what that would obey or hide becomes a visible symbol."""

    def __init__(self, out: IO[bytes]) -> None:
        super().__init__()
        self._out = out

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def write(self, data: Any) -> int:
        """Print whole characters of UTF-8 and return how many bytes they were."""
        text = visible(bytes(data).decode("utf-8", "backslashreplace"), newlines=True)
        self._out.write(text.encode("utf-8", "backslashreplace"))
        return len(data)
