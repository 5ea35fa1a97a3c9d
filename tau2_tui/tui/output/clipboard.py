"""Text for the clipboard of whoever sits in front of the terminal: OSC 52, which goes through SSH."""

from __future__ import annotations

import base64

MOST_BYTES = 74_994
"""The longest text that common terminals take, 99,992 bytes as base64."""


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
