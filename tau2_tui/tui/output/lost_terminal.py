"""What is written to a terminal that is gone goes nowhere."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, TextIO


class ForgivingFile:
    """A terminal as a file of which the loss is no error.

    The thread with which Textual writes would die of it, and whoever waits for that thread would wait for ever.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write a text, if there is still somebody to read it."""
        with suppress(OSError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Send what is written on its way, if there is one."""
        with suppress(OSError):
            self._file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
