"""A large JSON document in pieces: where its members and the elements of its long arrays are, in bounded memory.

The document is read in chunks; only one element is held at a time. A document that breaks off, because it is being
written or was damaged, gives its pieces up to there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import IO, Any, Literal

from tau2_tui.events.codec import loads

_CHUNK_BYTES = 1 << 20
LARGEST_BYTES = 256 << 20
"""A single member or element may be so large; more is refused, so that memory stays bounded."""

_DECODER = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_SCALAR = re.compile(r"[^,\]}\s]*")
_LONGEST_LITERAL = 16
_AFTER_VALUES = frozenset(" \t\r\n,:]}")
"""What may follow a value; anything else may be the rest of a number."""

_IN_NUMBERS = frozenset(["", *".eE"])
"""What follows digits that are only the beginning of a number."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Piece:
    """A part of a document.

    Attributes:
        kind: ``member`` of the top-level object; ``array``, the beginning of a member that comes element by element;
            ``element`` of such an array, or of a document that is an array.
        key: name of the member; None in a document that is an array.
        start: its first byte.
        end: the byte after it; for an ``array`` the same as ``start``.
        value: its content, in which text outside ASCII may be wrong; None when it nests too deep to be parsed.
    """

    kind: Literal["member", "array", "element"]
    key: str | None
    start: int
    end: int
    value: Any = None


class BrokenJsonError(ValueError):
    """The document is no JSON from some byte on.

    Attributes:
        offset: that byte.
        reason: what is wrong there.
    """

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(f"at byte {offset:,}: {reason}")
        self.offset = offset
        self.reason = reason


def pieces(file: IO[bytes], arrays: Container[str]) -> Iterator[Piece]:
    """Yield the pieces of a document in its order.

    Args:
        file: the document, from its start.
        arrays: names of the members whose elements are wanted one by one.

    Raises:
        BrokenJsonError: after all pieces before the byte from which on it is no JSON.
    """
    text = _Text(file)
    first = text.peek()
    if first == "{":
        yield from _members(text, arrays)
    elif first == "[":
        yield from _elements(text, None)
    else:
        raise text.broken("neither an object nor an array")
    if text.peek():
        raise text.broken("more data after the end of the document")


def exact(data: bytes) -> tuple[Any, bool]:
    """Return the value that the bytes of a piece hold, and whether bytes that are no UTF-8 had to be replaced.

    Raises:
        ValueError: it cannot be parsed; its message says why.
    """
    try:
        return loads(data), False
    except ValueError as error:
        text = data.decode("utf-8", "replace")
        try:
            return json.loads(text, strict=False), "�" in text
        except RecursionError:
            raise ValueError("nested too deep") from error


def holds_infinities(data: bytes) -> bool:
    """Return whether a value holds NaN or an infinity as a number, which JSON does not have."""
    if b"NaN" not in data and b"Infinity" not in data:
        return False
    found: list[str] = []
    try:
        json.loads(data.decode("utf-8", "replace"), strict=False, parse_constant=found.append)
    except (ValueError, RecursionError):
        return False
    return bool(found)


def _members(text: _Text, arrays: Container[str]) -> Iterator[Piece]:
    text.skip()
    if text.peek() == "}":
        text.skip()
        return
    while True:
        if text.peek() != '"':
            raise text.broken("the name of a member is missing")
        key = text.name()
        if text.peek() != ":":
            raise text.broken("':' is missing after the name of a member")
        text.skip()
        if text.peek() == "[" and key in arrays:
            yield Piece("array", key, text.offset, text.offset)
            yield from _elements(text, key)
        else:
            value, start, end = text.value()
            yield Piece("member", key, start, end, value)
        if text.ends_with("}"):
            return


def _elements(text: _Text, key: str | None) -> Iterator[Piece]:
    text.skip()
    if text.peek() == "]":
        text.skip()
        return
    while True:
        value, start, end = text.value()
        yield Piece("element", key, start, end, value)
        if text.ends_with("]"):
            return


class _Text:
    """The part of a document that is being looked at; bytes are characters here, so that places are bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._text = ""
        self._base = 0
        self._at = 0
        self._more()
        if self._text.startswith(BYTE_ORDER_MARK.decode("latin-1")):
            self._at = len(BYTE_ORDER_MARK)

    @property
    def offset(self) -> int:
        """The byte that comes next."""
        return self._base + self._at

    def broken(self, reason: str) -> BrokenJsonError:
        """Return an error for the next byte."""
        return BrokenJsonError(self.offset, reason if self.peek() else "it breaks off")

    def skip(self) -> None:
        """Go past one character."""
        self._at += 1

    def peek(self) -> str:
        """Return the next character that is no space; nothing at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def ends_with(self, closing: str) -> bool:
        """Go past what separates two values or ends them all; return which it was."""
        found = self.peek()
        if found not in (",", closing) or not found:
            raise self.broken(f"',' or '{closing}' is missing")
        self.skip()
        return found == closing

    def name(self) -> str:
        """Go past a text and return it, right in every character."""
        text, start, end = self.value()
        data = self._text[self._at - (end - start) : self._at].encode("latin-1")
        try:
            return str(exact(data)[0])
        except ValueError:
            return str(text)

    def value(self) -> tuple[Any, int, int]:
        """Go past one value; return it, its first byte and the byte after it."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                broken = self._broken_at(error)
                if self._is_final(error) or not self._more():
                    raise broken from error
                continue
            except (RecursionError, ValueError):  # nested too deep, or a number of thousands of digits
                value, end = None, self._end_of_value()
            start, length = self.offset, end - self._at
            if end < len(self._text) - _LONGEST_LITERAL or self._text[end : end + 1] in _AFTER_VALUES:
                break
            if not self._more():  # a number may have lost its last digits
                if self._text[length - 1].isdigit() and self._text[length : length + 1] in _IN_NUMBERS:
                    raise BrokenJsonError(start + length, "it breaks off")
                break
        self._at += length
        return value, start, self.offset

    def _is_final(self, error: json.JSONDecodeError) -> bool:
        """Return whether more bytes could not mend what was read."""
        return not error.msg.startswith("Unterminated") and error.pos < len(self._text) - _LONGEST_LITERAL

    def _broken_at(self, error: json.JSONDecodeError) -> BrokenJsonError:
        rest = self._text[error.pos : error.pos + 1]
        breaks_off = not rest or error.msg.startswith("Unterminated")
        return BrokenJsonError(self._base + error.pos, "it breaks off" if breaks_off else _plain(error.msg))

    def _end_of_value(self) -> int:
        """Return where the value ends that the parser cannot take."""
        while True:
            depth = 0
            if self._text[self._at] not in "[{":
                found = _SCALAR.match(self._text, self._at)
                return found.end() if found else self._at
            for token in _TOKEN.finditer(self._text, self._at):
                depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token.group(), 0)
                if depth == 0:
                    return token.end()
            if not self._more():
                raise BrokenJsonError(self._base + len(self._text), "it breaks off")

    def _more(self) -> bool:
        """Read more, and let go of what is behind; return whether there was more."""
        held = len(self._text) - self._at
        if held > LARGEST_BYTES:
            raise BrokenJsonError(self.offset, f"a value of more than {LARGEST_BYTES >> 20} MiB")
        data = self._file.read(max(_CHUNK_BYTES, held))
        self._text = self._text[self._at :] + data.decode("latin-1")
        self._base += self._at
        self._at = 0
        return bool(data)


def _plain(message: str) -> str:
    return message[:1].lower() + message[1:]
