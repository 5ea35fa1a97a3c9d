"""Values that are wrong in the way in which a language model gets them wrong: near the right one, and of its kind."""

from __future__ import annotations

import datetime
import re
import string
from collections.abc import Mapping
from random import Random
from typing import Any

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"\d+")
_CODE = re.compile(r"(?=.*[A-Z])(?=.*\d)[A-Z0-9]{5,}")
_NEW_DIGITS = 3
_CODE_TAIL = 4


def is_id_name(name: str) -> bool:
    """Return whether a parameter of this name identifies something."""
    return name in ("id", "ids", "flight_number") or name.endswith(("_id", "_ids"))


def wrong_value(value: Any, schema: Mapping[str, Any], numbers: Random) -> Any:
    """Return another value of the same kind.

    Args:
        value: the right value, a JSON value.
        schema: the parameter's JSON schema; one of its other allowed values is taken when it lists them.
        numbers: what is drawn from.
    """
    allowed = [item for item in _allowed(schema) if item != value]
    if allowed:
        return numbers.choice(allowed)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + numbers.choice([1, 2]) if value < 2 else value + numbers.choice([-1, 1])
    if isinstance(value, float):
        return round(value + numbers.choice([0.5, 1.0]), 2)
    if isinstance(value, str):
        return _wrong_text(value, numbers)
    if isinstance(value, Mapping) and value:
        name = numbers.choice(sorted(value))
        return {**value, name: wrong_value(value[name], {}, numbers)}
    if isinstance(value, (list, tuple)) and value:
        if len(value) > 1 and numbers.random() < 0.5:
            return list(value[:-1])
        place = numbers.randrange(len(value))
        return [wrong_value(item, {}, numbers) if index == place else item for index, item in enumerate(value)]
    return value


def unknown_id(value: Any, numbers: Random) -> Any:
    """Return an id of the same form that, as good as surely, nothing has."""
    if isinstance(value, (list, tuple)) and value:
        place = numbers.randrange(len(value))
        return [unknown_id(item, numbers) if index == place else item for index, item in enumerate(value)]
    if not isinstance(value, str) or not value:
        return value
    if _CODE.fullmatch(value):
        return value[:-_CODE_TAIL] + "".join(_other(letter, numbers) for letter in value[-_CODE_TAIL:])
    runs = list(_NUMBER.finditer(value))
    if not runs:
        return f"{value}_{numbers.randrange(900, 1000)}"
    run = runs[-1]
    length = max(len(run.group()), _NEW_DIGITS)
    drawn = "9" + "".join(numbers.choice(string.digits) for _ in range(length - 2))
    last = _other(run.group()[-1], numbers)
    return f"{value[: run.start()]}{drawn}{last}{value[run.end() :]}"


def _allowed(schema: Mapping[str, Any]) -> list[Any]:
    """Return the values that a schema lists, through ``anyOf`` as well."""
    listed = list(schema.get("enum") or ())
    for part in schema.get("anyOf") or ():
        listed += part.get("enum") or ()
    return listed


def _wrong_text(text: str, numbers: Random) -> str:
    if _DATE.fullmatch(text):
        try:
            day = datetime.date.fromisoformat(text) + datetime.timedelta(days=numbers.choice([-1, 1, 7]))
        except (ValueError, OverflowError):
            return text + " 00:00"
        return day.isoformat()
    digits = [place for place, letter in enumerate(text) if letter in string.digits]
    if digits:
        place = numbers.choice(digits)
        return text[:place] + _other(text[place], numbers) + text[place + 1 :]
    swaps = [place for place in range(1, len(text) - 1) if text[place] != text[place + 1]]
    if not swaps:
        return text + "s"
    place = numbers.choice(swaps)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _other(letter: str, numbers: Random) -> str:
    """Return another character of the same class."""
    alphabet = string.digits if letter.isdigit() else string.ascii_uppercase
    return numbers.choice([other for other in alphabet if other != letter])
