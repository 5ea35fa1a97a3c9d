"""Answers in pieces: to unpack one keeps the thread that draws waiting for a millisecond, and not for as long as it is.

A long tuple, list or dictionary in an answer is sent ahead of it in pieces, and the answer has its number there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import islice
from typing import Any

_LONG = 32
"""Elements of which there are pieces."""


@dataclass(frozen=True, slots=True)
class _Long:
    """What stands where something long was.

    Attributes:
        kind: its type.
        pieces: the numbers of its pieces.
    """

    kind: type[Any]
    pieces: range


def pieces(answer: object) -> list[object]:
    """Return an answer as pieces, the last of which is the answer with their numbers in place of what they are of."""
    found: list[object] = []

    def take(value: Any) -> Any:
        if type(value) not in (tuple, list, dict) or len(value) <= _LONG:
            return value
        elements = iter(value.items() if type(value) is dict else value)
        first = len(found)
        while piece := list(islice(elements, _LONG)):
            found.append(piece)
        return _Long(type(value), range(first, len(found)))

    kept = _rebuilt(answer, take)
    return [*found, kept]


def joined(received: Sequence[Any]) -> Any:
    """Return the answer whose pieces these are."""

    def put(value: Any) -> Any:
        if type(value) is not _Long:
            return value
        return value.kind(element for number in value.pieces for element in received[number])

    return _rebuilt(received[-1], put)


def _rebuilt(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a value with all in it changed that ``change`` gives something else for, and itself where it does not."""
    changed = change(value)
    if changed is not value:
        return changed
    if type(value) in (tuple, list):
        elements = [_rebuilt(element, change) for element in value]
        same = all(new is old for new, old in zip(elements, value, strict=True))
        return value if same else type(value)(elements)
    if type(value) is dict:
        return {name: _rebuilt(element, change) for name, element in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        others = dict(_changes(value, change))
        return replace(value, **others) if others else value
    return value


def _changes(value: Any, change: Callable[[Any], Any]) -> Iterator[tuple[str, Any]]:
    for field in fields(value):
        old = getattr(value, field.name)
        new = _rebuilt(old, change)
        if new is not old:
            yield field.name, new
