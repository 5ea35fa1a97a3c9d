"""JSON values of unknown shape: what is there is taken, what is not is empty. Nothing here raises."""

from __future__ import annotations

import math
from typing import Any

from tau2_tui.counting import counted
from tau2_tui.events.codec import dumps
from tau2_tui.tui.format.runs import one_line

_LONGEST_COMPACT = 2_000
"""Characters of a text within a compact value; a list row has no room for more."""

_MOST_ITEMS = 40
"""Items of an object or array that a compact value names."""


def as_dict(value: Any) -> dict[str, Any]:
    """Return ``value`` if it is an object, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Return ``value`` if it is an array, otherwise an empty one."""
    return value if isinstance(value, list) else []


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects in an array, an empty list for anything else."""
    return [item for item in as_list(value) if isinstance(item, dict)]


def as_number(value: Any) -> float | None:
    """Return ``value`` if it is a finite number, otherwise None; true and false are no numbers."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def compact(value: Any, limit: int = 400) -> str:
    """Return a value as safe JSON on one line, cut at about ``limit`` characters."""
    return one_line(json_text(_shortened(value, 4)), limit)


def json_text(value: Any) -> str:
    """Return a value as JSON text; lone surrogates, which no UTF-8 holds, stay escaped."""
    return dumps(value).decode("utf-8", "replace")


def _shortened(value: Any, depth: int) -> Any:
    """Return a copy of a value without what would not be seen of it: the cost is bounded for any value."""
    if isinstance(value, str):
        return value[:_LONGEST_COMPACT]
    if not isinstance(value, (dict, list)):
        return value
    if not depth:
        return "…"
    if isinstance(value, list):
        return [_shortened(item, depth - 1) for item in value[:_MOST_ITEMS]]
    return {key[:_LONGEST_COMPACT]: _shortened(value[key], depth - 1) for key in list(value)[:_MOST_ITEMS]}


def call_text(name: Any, arguments: Any, limit: int = 300) -> str:
    """Return a tool call as ``name(key="value", …)``, safe, on one line."""
    if isinstance(arguments, dict):
        shown = list(arguments.items())[:_MOST_ITEMS]
        inside = ", ".join(f"{one_line(key, 80)}={compact(value, 120)}" for key, value in shown)
    else:
        inside = "" if arguments is None else compact(arguments, 120)
    return one_line(f"{one_line(name or 'unknown tool', 120)}({inside})", limit)


count = counted
"""How many of something, as screens say it."""


def money(dollars: float | None) -> str:
    """Return an amount of US dollars, ``unknown`` when there is none."""
    number = as_number(dollars)
    return "unknown" if number is None else f"${number:.4f}"
