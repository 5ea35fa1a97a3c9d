"""Results as plain JSON values: what ``--json`` prints and what ``LogAnalyzer`` returns."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

_PLAIN = frozenset({str, int, bool, type(None)})


def plain(value: Any) -> Any:
    """Return a result as dictionaries, lists, texts and numbers that every JSON writer takes.

    Dataclasses become dictionaries of their fields; keys become texts; NaN and infinities become None.
    """
    cls: type = type(value)
    if cls in _PLAIN:
        return value
    if cls is float:
        return value if math.isfinite(value) else None
    if (names := _fields(cls)) is not None:
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, (str, bool)):
        return str(value.value) if isinstance(value, Enum) else value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else _key(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in (sorted(value, key=str) if isinstance(value, (set, frozenset)) else value)]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return str(value)


@cache
def _fields(cls: type) -> tuple[str, ...] | None:
    """Return the names of a dataclass's fields, None for another class."""
    return tuple(one.name for one in dataclasses.fields(cls)) if dataclasses.is_dataclass(cls) else None


def _key(key: Any) -> str:
    if isinstance(key, Enum):
        return str(key.value)
    return " ".join(str(part) for part in key) if isinstance(key, tuple) else str(key)
