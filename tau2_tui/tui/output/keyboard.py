"""What a terminal sends, made bearable: no byte may end the inspector.

Textual's thread for the keyboard ends, and the app with it, at bytes that are not UTF-8, such as those of a terminal
set to Latin-1, and at some escape sequences that no terminal is known to send but that a paste can hold.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Iterable
from functools import partial
from types import ModuleType

from textual._xterm_parser import XTermParser
from textual.message import Message

_DRIVER = "textual.drivers.linux_driver"


class PatientParser(XTermParser):
    """A parser that goes on behind a sequence that it does not understand."""

    def feed(self, data: str) -> Iterable[Message]:
        """Yield the messages that the data makes up; an empty text is the end."""
        if not data:
            yield from super().feed(data)
        for character in data:
            try:
                yield from super().feed(character)
            except (ValueError, ArithmeticError, LookupError, TypeError):
                self._begin_again()

    def _begin_again(self) -> None:
        self._gen = self.parse(self._tokens.append)
        self._awaiting = next(self._gen)
        self._timeout_time = None


def _replacing(encoding: str) -> Callable[[], codecs.IncrementalDecoder]:
    """Return a decoder that puts U+FFFD where bytes are none of the encoding."""
    return partial(codecs.getincrementaldecoder(encoding), errors="replace")


def make_patient() -> None:
    """Have Textual's driver read the keyboard with patience; call it before the driver starts."""
    driver: ModuleType | None = sys.modules.get(_DRIVER)
    for name, patient in (("XTermParser", PatientParser), ("getincrementaldecoder", _replacing)):
        if hasattr(driver, name):
            setattr(driver, name, patient)
