"""Untrusted text made harmless: whatever a terminal would obey or hide becomes a visible symbol.

A run log holds what a language model wrote. Escape sequences, bidirectional overrides and invisible characters
in it must neither act on the terminal nor deceive the reader.
"""

from __future__ import annotations

import re
from functools import cache

_BIDI_AND_INVISIBLE = {
    0x00AD: "⟦SHY⟧",
    0x061C: "⟦ALM⟧",
    0x180E: "⟦MVS⟧",
    0x200B: "⟦ZWSP⟧",
    0x200E: "⟦LRM⟧",
    0x200F: "⟦RLM⟧",
    0x2028: "⟦LS⟧",
    0x2029: "⟦PS⟧",
    0x202A: "⟦LRE⟧",
    0x202B: "⟦RLE⟧",
    0x202C: "⟦PDF⟧",
    0x202D: "⟦LRO⟧",
    0x202E: "⟦RLO⟧",
    0x2060: "⟦WJ⟧",
    0x2066: "⟦LRI⟧",
    0x2067: "⟦RLI⟧",
    0x2068: "⟦FSI⟧",
    0x2069: "⟦PDI⟧",
    0xFEFF: "⟦BOM⟧",
}

_CLASS = (
    "\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ue000-\uf8ff\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)
_NOT_PLAIN = re.compile(r"[^\x20-\x7e\n]")


@cache
def _suspect(newlines: bool) -> re.Pattern[str]:
    """Return what finds the characters; compiling it takes a millisecond, for which plain letters need not wait."""
    return re.compile(f"[\x00-\x08\x0b-\x1f{_CLASS}]" if newlines else f"[\x00-\x1f{_CLASS}]")


def _symbol(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if code in _BIDI_AND_INVISIBLE:
        return _BIDI_AND_INVISIBLE[code]
    return f"⟦{code:04X}⟧"


def visible(text: str, *, newlines: bool = False) -> str:
    """Return ``text`` with control, escape, bidirectional and invisible characters as visible symbols.

    Args:
        text: any text, lone surrogates included.
        newlines: keep line feeds and tabs (for text that is split into lines afterwards); otherwise they become
            ``␤`` and ``␉``, so that the result is one line.

    Printable text, combining marks and emoji (zero-width joiners too) stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return _suspect(newlines).sub(_symbol, text)


def harmless_json(data: bytes) -> str:
    """Return JSON that means the same, with JSON's escapes for what a terminal would obey or hide; line feeds stay."""
    return _NOT_PLAIN.sub(_escaped, data.decode("utf-8", "backslashreplace"))


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    if visible(character) == character:
        return character
    code = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{code[at : at + 4]}" for at in range(0, len(code), 4))
