"""The envelope of one line, read through the JSON parser: what the block scanner cannot take comes here."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import orjson

from tau2_tui.events import ExecutionEvent, LogLevel
from tau2_tui.events.codec import loads

LINE_LIMIT = 32 << 20
"""Bytes of the longest line that is parsed; longer ones are shown as unreadable."""

LEVELS = tuple(level.value for level in LogLevel)
"""The levels in rising order; a level's code in the columns is its place here."""

LEVEL_CODES = {name: code for code, name in enumerate(LEVELS)}

_INT32 = 1 << 31
_INT64 = 1 << 63


class Envelope(NamedTuple):
    """The fixed keys of a line; a value that is missing or of another type is None."""

    seq: int | None
    timestamp: float | None
    event_type: str
    simulation_id: str | None
    task_id: str | None
    trial: int | None
    turn_idx: int | None
    level: int


def read_envelope(line: bytes) -> Envelope:
    """Return the envelope of a line.

    Raises:
        ValueError: the line is no event; its message says why.
    """
    return envelope_of(parse_object(line))


def parse_object(line: bytes) -> dict[str, Any]:
    """Return the object that a line holds.

    Raises:
        ValueError: it holds none; its message says why, for a person.
    """
    if len(line) > LINE_LIMIT:
        raise ValueError(f"longer than {LINE_LIMIT >> 20} MiB")
    if not line.strip():
        raise ValueError("empty line")
    try:
        value = loads(line)
    except ValueError as error:
        raise ValueError(_why_not_json(line, error)) from error
    if not isinstance(value, dict):
        raise ValueError(f"not an object but {_JSON_NAMES.get(type(value).__name__, 'a number')}")
    return value


_JSON_NAMES = {"list": "an array", "str": "a text", "NoneType": "null", "bool": "true or false"}


def is_object(line: bytes) -> bool:
    """Return whether a line holds one JSON object, as fast as that can be told."""
    try:
        return isinstance(orjson.loads(line), dict)
    except ValueError:
        try:
            return isinstance(loads(line), dict)
        except ValueError:
            return False


def envelope_of(data: dict[str, Any]) -> Envelope:
    """Return the envelope of a line's object, by the same rules by which events are decoded."""
    event_type = data.get("event_type")
    return Envelope(
        _integer(data.get("seq"), _INT64),
        float_of(data.get("timestamp")),
        event_type if isinstance(event_type, str) and event_type else ExecutionEvent.__name__,
        _text(data.get("simulation_id")),
        _text(data.get("task_id")),
        _integer(data.get("trial"), _INT32),
        _integer(data.get("turn_idx"), _INT32),
        _level(data.get("level")),
    )


def _level(value: Any) -> int:
    default = LEVEL_CODES[LogLevel.INFO.value]
    return LEVEL_CODES.get(value, default) if isinstance(value, str) else default


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _integer(value: Any, limit: int) -> int | None:
    return value if type(value) is int and -limit <= value < limit else None


def float_of(value: object) -> float | None:
    """Return a number of JSON as a float, None for anything else and for one that no float holds."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def finite_of(value: object) -> float | None:
    """Return a finite number of JSON as a float, None for anything else."""
    number = float_of(value)
    return None if number is None or not math.isfinite(number) else number


def _why_not_json(line: bytes, error: ValueError) -> str:
    if "too deep" in str(error) or "recursion" in str(error).lower():
        return "nested too deep"
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as broken:
        return f"not UTF-8 at byte {broken.start}"
    if b"\0" in line:
        return "not JSON: it holds NUL bytes"
    if line.lstrip().startswith(b"{") and not line.rstrip().endswith(b"}"):
        return "not JSON: it breaks off"
    return "not JSON"
