"""Events to bytes and back: one JSON object an event, unknown keys and types kept."""

from __future__ import annotations

import dataclasses
import gc
import json
import math
import operator
import types
import typing
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

import orjson

from tau2_tui.events.base import ENVELOPE, ExecutionEvent, LogLevel, event_class

_MAX_DEPTH = 200
"""Deeper values are written as text: JSON readers, ours included, refuse them."""

_MANY_OBJECTS = 1 << 20
"""Bytes of JSON that can hold so many objects that making them has Python look for garbage several times."""

_MOST_BITS = 14_000
"""Longer integers are written as text, in hexadecimal: Python neither writes nor reads so many digits."""

_DIGITS_AS_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 19
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
_NOT_WRITTEN = frozenset({"extra"})


def dumps(value: Any, *, sort_keys: bool = False) -> bytes:
    """Return ``value`` as compact JSON, whatever it is.

    Pydantic models, dataclasses, enums, dates, sets and bytes become what JSON has for them; NaN and infinities become
    null; integers of up to 4,000 digits stay exact; what has no JSON form is written as its ``repr``.
    """
    options = _OPTIONS | (orjson.OPT_SORT_KEYS if sort_keys else 0)
    try:
        return orjson.dumps(value, default=_plain_object, option=options)
    except TypeError:
        plain = to_plain(value)
        return json.dumps(plain, separators=(",", ":"), sort_keys=sort_keys, allow_nan=False).encode("ascii")


def dumps_for_tau2(value: Any) -> bytes:
    """Return JSON that pydantic loads: halves of surrogate pairs, which a model can produce, become question marks."""
    data = dumps(value)
    if b"\\ud" in data or b"\\uD" in data:
        data = json.dumps(json.loads(data), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return data


def _plain_object(value: Any) -> Any:
    if hasattr(value, "model_dump") and not isinstance(value, type):
        return json_of_model(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=_repr)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "backslashreplace")
    if isinstance(value, (str, int, float, list, tuple, dict)):
        raise TypeError(f"needs the slow path: {type(value).__name__}")
    return _repr(value)


def json_of_model(model: Any) -> Any:
    """Return what a pydantic model holds as a JSON value; what pydantic has no JSON for as :func:`dumps` writes it."""
    try:
        return model.model_dump(mode="json")
    except Exception:  # pydantic's own errors, and whatever a model's own serializers raise
        return to_plain({**getattr(model, "__dict__", {}), **(getattr(model, "model_extra", None) or {})})


def _repr(value: Any, write: Callable[[Any], str] = repr) -> str:
    try:
        return write(value)
    except Exception as failure:  # whatever the code of the value's class raises
        return f"<{type(value).__name__}, its text cannot be had: {type(failure).__name__}>"


def to_plain(value: Any, depth: int = 0) -> Any:
    """Return ``value`` as dictionaries, lists, text, numbers, booleans and None only."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return to_plain(value.value, depth)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value) if value.bit_length() <= _MOST_BITS else hex(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if depth > _MAX_DEPTH:
        return f"<{type(value).__name__} nested deeper than {_MAX_DEPTH} levels>"
    if isinstance(value, dict):
        return {_plain_key(key): to_plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item, depth + 1) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name), depth + 1) for f in dataclasses.fields(value)}
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if hasattr(value, "tolist"):
        return to_plain(value.tolist(), depth + 1)
    return to_plain(_plain_object(value), depth + 1)


def _plain_key(key: Any) -> str:
    if isinstance(key, Enum):
        key = key.value
    if isinstance(key, str):
        return str(key)
    if key is not None and not isinstance(key, (bool, int, float)):
        return _repr(key, str)
    plain = to_plain(key)
    return plain if isinstance(plain, str) else json.dumps(plain)


def loads(data: bytes) -> Any:
    """Return the JSON value in ``data``.

    Integers are exact, lone surrogates and NaN are accepted.

    Raises:
        ValueError: it is no JSON, no UTF-8, nests too deep, or holds an integer of more than 4,300 digits.
    """
    if _LONG_NUMBER not in data.translate(_DIGITS_AS_ZEROS):  # orjson makes larger integers floats
        try:
            return _parsed(data)
        except ValueError:
            pass  # the standard library accepts more: NaN, lone surrogates
    try:
        return json.loads(data.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _parsed(data: bytes) -> Any:
    """Return the value; of a big one without looking for garbage meanwhile, which takes most of the time."""
    if len(data) < _MANY_OBJECTS or not gc.isenabled():
        return orjson.loads(data)
    gc.disable()
    try:
        return orjson.loads(data)
    finally:
        gc.enable()


def to_dict(event: ExecutionEvent) -> dict[str, Any]:
    """Return the event as the object that its line holds, envelope first, without the chain."""
    names, values_of = _written_fields(type(event))
    values: dict[str, Any] = dict(zip(names, values_of(event), strict=True))
    values["level"] = event.level._value_  # its property ``value`` takes several times as long
    if event.extra:
        values.update(event.extra)
    return values


def encode(event: ExecutionEvent) -> bytes:
    """Return the event as one compact JSON object, without chain and line feed."""
    return dumps(to_dict(event))


def encode_after_timestamp(values: dict[str, Any]) -> bytes:
    """Return an event's bytes from its third key on, without the closing brace.

    The logger puts ``seq`` and ``timestamp`` before it under its lock, so that this, the long part, runs outside it.

    Args:
        values: the event as :func:`to_dict` gives it.
    """
    rest = dict(values)
    rest.pop("seq", None)
    rest.pop("timestamp", None)
    return dumps(rest)[1:-1]


def decode(line: bytes | dict[str, Any]) -> ExecutionEvent:
    """Return the event that a line holds, as the class registered for its type.

    Unknown keys, and values of another type than the class declares, go to ``extra`` and are written back from there.
    An event without a usable timestamp has 0.0; a logger stamps it when it is written.

    Raises:
        ValueError: the line is no JSON object.
    """
    data = loads(line) if isinstance(line, bytes) else dict(line)
    if not isinstance(data, dict):
        raise ValueError(f"not an object but {type(data).__name__}")
    data.pop("chain", None)
    name = data.get("event_type")
    return _build(event_class(name) if isinstance(name, str) else ExecutionEvent, data)


def _build(cls: type[ExecutionEvent], data: dict[str, Any]) -> ExecutionEvent:
    accepted = _accepted_types(cls)
    known: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for key, value in data.items():
        if key in accepted and _fits(value, accepted[key]):
            known[key] = value
        else:
            extra[key] = value
    if not _is_level(known.get("level", "info")):
        extra["level"] = known.pop("level")
    try:
        event = cls(**known, extra=extra)
    except Exception:  # whatever a user's own class raises
        if cls is ExecutionEvent:
            raise
        return _build(ExecutionEvent, data)
    for name, value in known.items():  # the file's word stands, whatever the class makes of it when new
        setattr(event, name, LogLevel(value) if name == "level" else value)
    if "timestamp" not in known:
        event.timestamp = 0.0
    event.stamped_on_creation = "timestamp" not in data
    return event


def _is_level(value: Any) -> bool:
    return value in LogLevel._value2member_map_


def _fits(value: Any, accepted: tuple[type, ...] | None) -> bool:
    if accepted is None:
        return True
    if isinstance(value, bool):
        return bool in accepted
    return isinstance(value, accepted)


_written_fields_of: dict[type, tuple[tuple[str, ...], Callable[[ExecutionEvent], tuple[Any, ...]]]] = {}
_accepted_types_of: dict[type, dict[str, tuple[type, ...] | None]] = {}


def _written_fields(cls: type[ExecutionEvent]) -> tuple[tuple[str, ...], Callable[[ExecutionEvent], tuple[Any, ...]]]:
    """Return the names of a class's fields in the order in which they are written, and what gets their values."""
    found = _written_fields_of.get(cls)
    if found is None:
        own = (f.name for f in dataclasses.fields(cls) if f.name not in ENVELOPE and f.name not in _NOT_WRITTEN)
        names = (*ENVELOPE, *own)
        found = _written_fields_of[cls] = names, operator.attrgetter(*names)
    return found


def _accepted_types(cls: type[ExecutionEvent]) -> dict[str, tuple[type, ...] | None]:
    """Return what each field of a class accepts from JSON; None for anything."""
    accepted = _accepted_types_of.get(cls)
    if accepted is None:
        try:
            hints = typing.get_type_hints(cls)
        except (NameError, TypeError, AttributeError):
            hints = typing.get_type_hints(ExecutionEvent)  # of a class's own what cannot be resolved takes any value
        fields = [f for f in dataclasses.fields(cls) if f.init and f.name not in _NOT_WRITTEN]
        accepted = _accepted_types_of[cls] = {f.name: _json_types(hints.get(f.name, Any)) for f in fields}
    return accepted


def _json_types(hint: Any) -> tuple[type, ...] | None:
    origin = typing.get_origin(hint)
    if origin is typing.Union or origin is types.UnionType:
        members = [_json_types(member) for member in typing.get_args(hint)]
        return None if any(m is None for m in members) else tuple(_flat(m for m in members if m is not None))
    plain = origin or hint
    if plain is float:
        return (float, int)
    if plain in (int, str, bool, dict, list):
        return (plain,)
    if plain is type(None) or plain is None:
        return (type(None),)
    if isinstance(plain, type) and issubclass(plain, str) and issubclass(plain, Enum):
        return (str,)
    return None


def _flat(groups: Iterable[tuple[type, ...]]) -> list[type]:
    return [member for group in groups for member in group]
