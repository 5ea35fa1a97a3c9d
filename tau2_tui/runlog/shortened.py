"""Values of any size cut to what a screen can show of them, so that a line of many megabytes costs little once read."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass
from typing import Any

_MOST_ITEMS = 2_000
"""Items kept of one object or array."""

_MOST_VALUES = 20_000
"""Values kept of a whole one."""

_MOST_TEXT = 1_000_000
"""Characters kept of one text: no more of it is drawn."""

_MOST_TEXTS = 4 * _MOST_TEXT
_DEEPEST = 64


class ShortList(list[Any]):
    """The first items of an array.

    Attributes:
        whole: how many it has.
    """

    whole = 0


class ShortDict(dict[str, Any]):
    """The first members of an object.

    Attributes:
        whole: how many it has.
    """

    whole = 0


def whole_length(value: Sized) -> int:
    """Return how many items an object or array has, also when it was shortened."""
    return value.whole if isinstance(value, (ShortList, ShortDict)) else len(value)


def shortened(value: Any) -> Any:
    """Return a copy of a value with the first items of its long objects and arrays, and the start of its long texts."""
    return _Room().cut(value, 0)


@dataclass
class _Room:
    """How much may still be kept."""

    values: int = _MOST_VALUES
    characters: int = _MOST_TEXTS

    def cut(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            kept = value[: min(_MOST_TEXT, max(0, self.characters))]
            self.characters -= len(kept)
            return kept if len(kept) == len(value) else kept + "…"
        if not isinstance(value, (dict, list)) or not value:
            return value
        if depth > _DEEPEST or self.values <= 0:
            return f"… {len(value):,} items"
        return self._members(value, depth) if isinstance(value, dict) else self._items(value, depth)

    def _items(self, value: list[Any], depth: int) -> list[Any]:
        kept = ShortList()
        for item in value[:_MOST_ITEMS]:
            if self.values <= 0:
                break
            self.values -= 1
            kept.append(self.cut(item, depth + 1))
        kept.whole = len(value)
        return kept if len(kept) < len(value) else list(kept)

    def _members(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        kept = ShortDict()
        for key, item in value.items():
            if self.values <= 0 or len(kept) >= _MOST_ITEMS:
                break
            self.values -= 1
            kept[key] = self.cut(item, depth + 1)
        kept.whole = len(value)
        return kept if len(kept) < len(value) else dict(kept)
