"""The parts of a parsed filter, and whether an event or a row is what they ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tau2_tui.runlog.envelope import LEVEL_CODES
from tau2_tui.runlog.filters.literals import literal_of
from tau2_tui.runlog.filters.values import Test, found, number_of, texts_in

_SAFE = re.compile(r"[A-Za-z0-9_ .:,=+-]+")
"""Characters that stand in a line as they are, whoever wrote the JSON."""

_LETTER = re.compile(r"[A-DF-Za-df-z]")
"""What no number holds: a number may be written in more than one way."""

_SHORTEST_LITERAL = 3


@dataclass(frozen=True)
class Term:
    """A condition on the values at a path.

    Attributes:
        keys: what the path's first part may be.
        rest: the path's further parts.
        sign: ``:``, ``=``, ``!=``, ``~``, ``<``, ``<=``, ``>``, ``>=``, or empty for a bare name.
        text: what it is compared with.
        test: whether one value is what is asked for.
    """

    keys: tuple[str, ...]
    rest: tuple[str, ...]
    sign: str
    text: str
    test: Test = field(compare=False)

    @property
    def for_null(self) -> bool:
        """Whether it asks for there being nothing."""
        return self.sign in (":", "=", "!=") and self.text == "null"

    def accepts(self, values: list[Any]) -> bool:
        """Return whether the values at the path, lists taken apart and nulls left out, are what is asked for."""
        if self.for_null:
            return bool(values) == (self.sign == "!=")
        if self.sign == "!=":
            return bool(values) and not any(map(self.test, values))
        return any(map(self.test, values))

    def matches(self, fields: Mapping[str, Any]) -> bool:
        """Return whether an event or row is what is asked for."""
        return self.accepts(list(found(fields, self.keys, self.rest)))

    def literals(self) -> tuple[bytes, ...]:
        """Return bytes of which a line must hold one to be what is asked for; none when that cannot be told."""
        if self.for_null:
            return ()
        literal = self._literal()
        if literal is not None and len(literal) >= _SHORTEST_LITERAL and _LETTER.search(literal):
            return (literal.encode(),)
        return tuple(f'"{key}"'.encode() for key in self.keys) if all(map(_SAFE.fullmatch, self.keys)) else ()

    def _literal(self) -> str | None:
        """Return a text that each value asked for holds, None when there need be none."""
        if self.sign == "~":
            return literal_of(self.text)
        if self.sign not in (":", "=") or number_of(self.text) is not None or self.text in ("true", "false"):
            return None
        parts = self.text.split("*") if self.sign == ":" else [self.text]
        return max((piece for part in parts for piece in _SAFE.findall(part)), key=len, default=None)


@dataclass(frozen=True)
class Failure:
    """The level is error or above; a row without a level has tool errors."""

    def matches(self, fields: Mapping[str, Any]) -> bool:
        """Return whether an event or row is what is asked for."""
        if "level" in fields:
            level = fields["level"]
            return isinstance(level, str) and LEVEL_CODES.get(level, 0) >= LEVEL_CODES["error"]
        return bool(fields.get("tool_errors") or fields.get("error"))

    def literals(self) -> tuple[bytes, ...]:
        """Return nothing: the columns know."""
        return ()


@dataclass(frozen=True)
class Words:
    """A text occurs anywhere."""

    text: str

    def matches(self, fields: Mapping[str, Any]) -> bool:
        """Return whether an event or row is what is asked for."""
        return any(self.text in text for text in texts_in(fields))

    def literals(self) -> tuple[bytes, ...]:
        """Return the longest part of the words that stands in a line as it is."""
        longest = max(_SAFE.findall(self.text), key=len, default="")
        return (longest.encode(),) if longest else ()


@dataclass(frozen=True)
class And:
    """All of some conditions; of none, everything."""

    parts: tuple[Node, ...]

    def matches(self, fields: Mapping[str, Any]) -> bool:
        """Return whether an event or row is what is asked for."""
        return all(part.matches(fields) for part in self.parts)

    def literals(self) -> tuple[bytes, ...]:
        """Return the bytes of the part that most likely leaves fewest lines."""
        known = [found for part in self.parts if (found := part.literals())]
        return max(known, key=lambda found: (-len(found), min(map(len, found))), default=())


@dataclass(frozen=True)
class Or:
    """One of some conditions."""

    parts: tuple[Node, ...]

    def matches(self, fields: Mapping[str, Any]) -> bool:
        """Return whether an event or row is what is asked for."""
        return any(part.matches(fields) for part in self.parts)

    def literals(self) -> tuple[bytes, ...]:
        """Return the bytes of all parts, nothing when one has none."""
        each = [part.literals() for part in self.parts]
        return tuple(dict.fromkeys(literal for found in each for literal in found)) if all(each) else ()


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    part: Node

    def matches(self, fields: Mapping[str, Any]) -> bool:
        """Return whether an event or row is what is asked for."""
        return not self.part.matches(fields)

    def literals(self) -> tuple[bytes, ...]:
        """Return nothing: a line that lacks the bytes may be what is asked for."""
        return ()


Node: TypeAlias = Term | Failure | Words | And | Or | Not
