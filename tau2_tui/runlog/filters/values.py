"""Values of events held against what a filter asks for."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from tau2_tui.events.codec import dumps
from tau2_tui.runlog.envelope import LEVEL_CODES

Test = Callable[[Any], bool]
"""Whether one value, neither null nor a list, is what is asked for."""

ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def found(fields: Mapping[str, Any], keys: tuple[str, ...], rest: tuple[str, ...]) -> Iterator[Any]:
    """Yield what stands at a path, each element of lists by itself, nothing for null and for what is not there.

    Args:
        fields: an event or a row.
        keys: names that the first part of the path stands for.
        rest: the path's further parts.
    """
    for key in keys:
        if key in fields:
            yield from _within(fields[key], rest)


def _within(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    pending = [(value, 0)]
    while pending:
        value, depth = pending.pop()
        if isinstance(value, (list, tuple)):
            if depth < len(path) and path[depth].isdecimal():
                number = int(path[depth]) if len(path[depth]) < 10 else len(value)
                pending += [(value[number], depth + 1)] if number < len(value) else []
            else:
                pending += [(item, depth) for item in reversed(value)]
        elif depth < len(path):
            if isinstance(value, Mapping) and path[depth] in value:
                pending.append((value[path[depth]], depth + 1))
        elif value is not None:
            yield value


def text_of(value: Any) -> str:
    """Return a value as a filter sees it: text as it is, anything else as compact JSON."""
    if isinstance(value, str):
        return value
    return dumps(value).decode("utf-8", "replace")


def glob(pattern: str) -> Test:
    """Return the test for being ``pattern``, in which ``*`` stands for any text."""
    if "*" not in pattern:
        return equal(pattern)
    first, *middle, last = re.split(r"\*+", pattern)

    def test(value: Any) -> bool:
        text = text_of(value)
        at, end = len(first), len(text) - len(last)
        if at > end or not (text.startswith(first) and text.endswith(last)):
            return False
        for part in middle:  # the first place of each leaves most room for those after it
            place = text.find(part, at, end)
            if place < 0:
                return False
            at = place + len(part)
        return True

    return test


def equal(text: str) -> Test:
    """Return the test for being the text, or the number that it stands for."""
    number = number_of(text)
    if number is None:
        return lambda value: text_of(value) == text
    return lambda value: value == number if is_number(value) else text_of(value) == text


def ordered(sign: str, text: str) -> Test:
    """Return the test for standing before or behind a number, or a text when it is none."""
    compare, number = ORDERS[sign], number_of(text)
    if number is not None:
        return lambda value: is_number(value) and compare(value, number)
    return lambda value: isinstance(value, str) and compare(value, text)


def level_ordered(sign: str, text: str) -> Test:
    """Return the test for being graver or less grave than a level."""
    compare, limit = ORDERS[sign], LEVEL_CODES[text]
    return lambda value: isinstance(value, str) and value in LEVEL_CODES and compare(LEVEL_CODES[value], limit)


def is_number(value: Any) -> bool:
    """Return whether a value is a number; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def number_of(text: str) -> int | float | None:
    """Return the number that a text is, None when it is none."""
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", text, re.ASCII):
        return None
    if re.fullmatch(r"[+-]?\d{1,40}", text, re.ASCII):
        return int(text)
    number = float(text)
    return number if math.isfinite(number) else None


def seconds_of(text: str) -> float | None:
    """Return the seconds since the epoch of a date, or a time on a date, UTC unless it says otherwise."""
    try:
        moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    try:
        return moment.timestamp()
    except (OverflowError, ValueError):
        return None


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a value, also deep inside, without the keys of objects."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            pending += reversed(list(item.values()))
        elif isinstance(item, (list, tuple)):
            pending += reversed(item)
