"""Text for the clipboard of whoever sits in front of the terminal: OSC 52, which goes through SSH."""

from __future__ import annotations

import base64
import re

from tau2_tui.safe_text import visible

MOST_BYTES = 74_994
"""The longest text that common terminals take, 99,992 bytes as base64."""

_NOT_ASCII = re.compile(r"[^\x20-\x7e]")


class TooLong(ValueError):
    """The text is longer than terminals take."""


def copying(text: str) -> str:
    """Return what to write to a terminal for it to take a text to its clipboard.

    Args:
        text: what was made harmless already: it may be pasted where it is obeyed.

    Raises:
        TooLong: terminals would not take it, or only a part of it.
    """
    data = text.encode("utf-8", "backslashreplace")
    if len(data) > MOST_BYTES:
        raise TooLong(f"{len(data):,} bytes; a terminal takes {MOST_BYTES:,}")
    return f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"


def harmless_json(data: bytes) -> str:
    """Return a line of JSON that means the same, with JSON's escapes for what a terminal would obey or hide."""
    return _NOT_ASCII.sub(_escaped, data.decode("utf-8", "backslashreplace"))


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    if visible(character) == character:
        return character
    code = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{code[at : at + 4]}" for at in range(0, len(code), 4))
