"""What a database holds, cheaply enough to look after every write.

A database (a pydantic model of collections) is kept as the JSON bytes of each record. Looking again means serialising
every record once and comparing bytes; only records that differ are parsed, and only they cost anything further: their
difference becomes RFC 6902 changes, their digests update the state's hash.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from typing import Any

from tau2_tui.events.changes import Change, diff, join
from tau2_tui.events.codec import dumps, loads

Records = bytes | dict[str, bytes] | list[bytes]
"""A field of a database: one value, or a collection by key or by position."""

_DIGEST_BYTES = 16
_MODULUS = 1 << (8 * _DIGEST_BYTES)
_EMPTY_OBJECT = b"{}"
_EMPTY_LIST = b"[]"


@dataclass(frozen=True)
class DatabaseFingerprint:
    """The content of one database at one moment, shared as far as possible with the moment before.

    Attributes:
        fields: the records of each field of the database.
        total: sum of the records' digests; the same content gives the same sum in whatever order it was reached.
    """

    fields: Mapping[str, Records]
    total: int

    @classmethod
    def of(cls, database: Any) -> DatabaseFingerprint:
        """Return the fingerprint of a database: a pydantic model, a dataclass, a mapping, or any single value."""
        return cls({}, 0).look_again(database)

    def look_again(self, database: Any) -> DatabaseFingerprint:
        """Return the fingerprint of the database as it is now; ``self`` when nothing differs."""
        fields: dict[str, Records] = {}
        total = self.total
        for name, value in _fields(database):
            fields[name], difference = _look(_path(name), self.fields.get(name), value)
            total += difference
        total -= sum(_weight(_path(name), self.fields[name]) for name in self.fields if name not in fields)
        if fields.keys() == self.fields.keys() and all(fields[name] is self.fields[name] for name in fields):
            return self
        return DatabaseFingerprint(fields, total % _MODULUS)

    @property
    def hash(self) -> str:
        """The state's hash: 32 hex digits, equal for equal content."""
        return f"{self.total:032x}"

    def changes_to(self, later: DatabaseFingerprint) -> list[Change]:
        """Return the changes that lead from this content to ``later``'s; empty when they are equal."""
        if later is self:
            return []
        changes: list[Change] = []
        for name in {**self.fields, **later.fields}:
            changes.extend(_field_changes(_path(name), self.fields.get(name), later.fields.get(name)))
        return changes

    def content(self) -> Any:
        """Return the whole content as a JSON value."""
        if set(self.fields) == {""}:
            return _parsed(self.fields[""])
        return {name: _parsed(records) for name, records in self.fields.items()}


@functools.lru_cache(maxsize=1024)
def _path(field: str) -> str:
    """Return the JSON pointer of a field; the empty name is the whole."""
    return join(field) if field else ""


def _fields(database: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and value of each field; the whole under the empty name for what has no fields."""
    declared = getattr(type(database), "model_fields", None)
    if isinstance(declared, Mapping):
        for name in declared:
            yield name, getattr(database, name, None)
        yield from (getattr(database, "model_extra", None) or {}).items()
    elif dataclasses.is_dataclass(database) and not isinstance(database, type):
        for field in dataclasses.fields(database):
            yield field.name, getattr(database, field.name, None)
    elif isinstance(database, Mapping):
        for key, value in database.items():
            yield _name(key), value
    else:
        yield "", database


def _look(path: str, old: Records | None, value: Any) -> tuple[Records, int]:
    """Return a field's records, the old objects where they are equal, and by how much the sum of digests differs."""
    if isinstance(value, dict):
        return _look_at_keys(path, old, value)
    if isinstance(value, (list, tuple)):
        return _look_at_places(path, old, value)
    record = _record(value)
    if old == record:
        return old, 0
    return record, _digest(path, record) - _weight(path, old)


def _look_at_keys(path: str, old: Records | None, value: dict[Any, Any]) -> tuple[Records, int]:
    records = {key if type(key) is str else _name(key): _record(item) for key, item in value.items()}
    if not isinstance(old, dict):
        return records, _weight(path, records) - _weight(path, old)
    if records == old:
        return old, 0
    difference = 0
    for name, record in records.items():
        known = old.get(name)
        if known == record:
            records[name] = known
        else:
            difference += _digest(path + join(name), record)
            difference -= 0 if known is None else _digest(path + join(name), known)
    difference -= sum(_digest(path + join(name), old[name]) for name in old if name not in records)
    return records, difference


def _look_at_places(path: str, old: Records | None, value: Sequence[Any]) -> tuple[Records, int]:
    records = [_record(item) for item in value]
    if not isinstance(old, list):
        return records, _weight(path, records) - _weight(path, old)
    if records == old:
        return old, 0
    difference = 0
    for place, record in enumerate(records):
        known = old[place] if place < len(old) else None
        if known == record:
            records[place] = known
        else:
            difference += _digest(path + join(place), record)
            difference -= 0 if known is None else _digest(path + join(place), known)
    difference -= sum(_digest(path + join(place), old[place]) for place in range(len(records), len(old)))
    return records, difference


def _weight(path: str, records: Records | None) -> int:
    """Return what a field adds to the sum of digests; an entry of its own tells an empty collection from none."""
    if records is None:
        return 0
    if isinstance(records, bytes):
        return _digest(path, records)
    if isinstance(records, dict):
        return _digest(path, _EMPTY_OBJECT) + sum(_digest(path + join(key), item) for key, item in records.items())
    return _digest(path, _EMPTY_LIST) + sum(_digest(path + join(place), item) for place, item in enumerate(records))


def _record(value: Any) -> bytes:
    try:
        encoded: bytes = type(value).__pydantic_serializer__.to_json(value)
    except AttributeError:
        return dumps(value)
    except (ValueError, TypeError):
        return dumps(vars(value))  # a value that pydantic has no JSON for; ours writes anything
    return encoded


def _name(key: Any) -> str:
    return str(key.value if isinstance(key, Enum) else key)


def _digest(path: str, record: bytes) -> int:
    """Return the digest of a record at its place; the order of its keys does not matter."""
    canonical = dumps(loads(record), sort_keys=True)
    data = path.encode("utf-8", "surrogatepass") + b"\0" + canonical
    return int.from_bytes(blake2b(data, digest_size=_DIGEST_BYTES).digest(), "big")


def _field_changes(path: str, old: Records | None, new: Records | None) -> list[Change]:
    if old is new or old == new:
        return []
    if old is None and new is not None:
        return [{"op": "add", "path": path, "value": _parsed(new)}]
    if new is None and old is not None:
        return [{"op": "remove", "path": path, "old": _parsed(old)}]
    if isinstance(old, dict) and isinstance(new, dict):
        return _keyed_changes(path, old, new)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [change for place, (a, b) in pairs if a != b for change in diff(loads(a), loads(b), path + join(place))]
    return diff(_parsed(old), _parsed(new), path)


def _keyed_changes(path: str, old: dict[str, bytes], new: dict[str, bytes]) -> list[Change]:
    changes: list[Change] = []
    for key, before in old.items():
        after = new.get(key)
        if after is None:
            changes.append({"op": "remove", "path": path + join(key), "old": loads(before)})
        elif after is not before and after != before:
            changes.extend(diff(loads(before), loads(after), path + join(key)))
    added = (key for key in new if key not in old)
    changes.extend({"op": "add", "path": path + join(key), "value": loads(new[key])} for key in added)
    return changes


def _parsed(records: Records | None) -> Any:
    if isinstance(records, dict):
        return {key: loads(record) for key, record in records.items()}
    if isinstance(records, list):
        return [loads(record) for record in records]
    return None if records is None else loads(records)
