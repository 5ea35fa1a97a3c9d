"""The hash chain: the last key of every line, which ties it to all lines before it.

``chain`` is BLAKE2b-128 of the previous line's chain (16 raw bytes, zeros before the first line) followed by this
line's bytes up to, and without, ``,"chain"``. No JSON parser is needed to check it.
"""

from __future__ import annotations

import re
from hashlib import blake2b

ZERO = bytes(16)
"""The chain before the first line."""

SUFFIX_LENGTH = 44
"""Bytes that the chain takes at the end of a line, line feed not counted: ``,"chain":"<32 hex>"}``."""

_SUFFIX = re.compile(rb',"chain":"([0-9a-f]{32})"\}')


def link(previous: bytes, body: bytes) -> bytes:
    """Return the chain of a line: 16 bytes from the chain before it and its own bytes without the chain."""
    return blake2b(previous + body, digest_size=16).digest()


def seal(previous: bytes, body: bytes) -> tuple[bytes, bytes]:
    """Return the finished line, line feed included, and its chain.

    Args:
        previous: the chain of the line before.
        body: the line's object without its closing brace.
    """
    chain = link(previous, body)
    return b'%b,"chain":"%b"}\n' % (body, chain.hex().encode()), chain


def split(line: bytes) -> tuple[bytes, bytes] | None:
    """Return a line's body and its chain as 16 bytes, or None when it does not end in a chain.

    Args:
        line: one line without its line feed.
    """
    match = _SUFFIX.fullmatch(line, max(0, len(line) - SUFFIX_LENGTH))
    if match is None:
        return None
    return line[:-SUFFIX_LENGTH], bytes.fromhex(match.group(1).decode())
