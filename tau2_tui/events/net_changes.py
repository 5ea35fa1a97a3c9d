"""What several changes in a row come to."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from tau2_tui.events.changes import Change, diff, join, parts, same

Path = tuple[str, ...]

_ABSENT = object()


def net(changes: Sequence[Change]) -> list[Change]:
    """Return changes that lead where ``changes`` lead, each place named once.

    What was changed back is left out. Changes that put elements into a list or take them out move the others, so that
    paths before and after name different elements: such a list's changes are kept one by one.

    Raises:
        ValueError: the changes cannot follow each other, or are none: a log may hold anything in their place.
    """
    try:
        return _net(changes)
    except (LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"these changes cannot follow each other: {type(error).__name__}: {error}") from error


def _net(changes: Sequence[Change]) -> list[Change]:
    moving = _moving_lists(changes)
    kept = [change for change in changes if _inside(_path(change), moving)]
    before, after = _Places(), _Places()
    plain = [change for change in changes if not _inside(_path(change), moving)]
    for change in plain:
        before.note(_path(change), change.get("old", _ABSENT))
    for change in reversed(plain):
        after.note(_path(change), change.get("value", _ABSENT))
    found: list[Change] = []
    for path, old in before.values.items():
        found += _between(path, old, after.values[path])
    return [*found, *kept]


def _path(change: Change) -> Path:
    return tuple(parts(str(change.get("path", ""))))


def _moving_lists(changes: Sequence[Change]) -> set[Path]:
    """Return the places that may be lists whose elements move: where something was added or removed under a number.

    When such a place lies in a value that another change puts there or takes away as a whole, that change is among
    those kept as well.
    """
    found = {path[:-1] for path in map(_path, _resizing(changes))}
    while True:
        covering = {path for path in map(_path, changes) if any(other[: len(path)] == path for other in found)}
        if covering <= found:
            return found
        found |= covering


def _resizing(changes: Sequence[Change]) -> list[Change]:
    numbered = (change for change in changes if change.get("op") in ("add", "remove") and _path(change))
    return [change for change in numbered if _path(change)[-1].isdigit()]


def _inside(path: Path, places: set[Path]) -> bool:
    return any(path[:length] in places for length in range(len(path) + 1))


class _Places:
    """Values at the outermost places that were noted, as they were when each was noted first."""

    def __init__(self) -> None:
        self.values: dict[Path, Any] = {}

    def note(self, path: Path, value: Any) -> None:
        """Note a value, unless the place or one around it was noted before; places inside it become part of it."""
        if any(path[:length] in self.values for length in range(len(path) + 1)):
            return
        inner = [known for known in self.values if known[: len(path)] == path]
        if inner:
            value = copy.deepcopy(value)
        for known in inner:
            _put(value, known[len(path) :], self.values.pop(known))
        self.values[path] = value


def _put(document: Any, path: Path, value: Any) -> None:
    """Put a value into a document, or take what is there out of it."""
    for part in path[:-1]:
        document = document[int(part)] if isinstance(document, list) else document[part]
    last: Any = int(path[-1]) if isinstance(document, list) else path[-1]
    if value is not _ABSENT:
        document[last] = value
    elif isinstance(document, dict):
        document.pop(last, None)


def _between(path: Path, old: Any, new: Any) -> list[Change]:
    pointer = join(*path)
    if old is _ABSENT:
        return [] if new is _ABSENT else [{"op": "add", "path": pointer, "value": new}]
    if new is _ABSENT:
        return [{"op": "remove", "path": pointer, "old": old}]
    return [] if same(old, new) else diff(old, new, pointer)
