"""What a database holds, cheaply enough to look after every write.

A database (a pydantic model of collections) is kept as the JSON bytes of each record. Looking again means serialising
every record once and comparing bytes; only records that differ are parsed, and only they cost anything further: their
difference becomes RFC 6902 changes, their digests update the state's hash.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from typing import Any, Union

from tau2_tui.events.changes import Change, diff, join
from tau2_tui.events.codec import dumps, loads

Records = Union[bytes, dict[str, bytes], list[bytes]]
"""A field of a database: one value, or a collection by key or by position."""

_DIGEST_BYTES = 16
_MODULUS = 1 << (8 * _DIGEST_BYTES)


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
        fields = {name: _records(value) for name, value in _fields(database)}
        return cls(fields, sum(_digests(fields)) % _MODULUS)

    def look_again(self, database: Any) -> DatabaseFingerprint:
        """Return the fingerprint of the database as it is now; ``self`` when nothing differs."""
        fields = {name: _shared(self.fields.get(name), _records(value)) for name, value in _fields(database)}
        if fields.keys() == self.fields.keys() and all(fields[name] is self.fields[name] for name in fields):
            return self
        total = self.total
        for name in {**self.fields, **fields}:
            before, after = _by_path(self.fields, name), _by_path(fields, name)
            for path in before.keys() | after.keys():
                old, new = before.get(path), after.get(path)
                if old is not new and old != new:
                    total += (_digest(path, new) if new is not None else 0) - (
                        _digest(path, old) if old is not None else 0
                    )
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
            changes.extend(_field_changes(join(name) if name else "", self.fields.get(name), later.fields.get(name)))
        return changes

    def content(self) -> Any:
        """Return the whole content as a JSON value."""
        if set(self.fields) == {""}:
            return _parsed(self.fields[""])
        return {name: _parsed(records) for name, records in self.fields.items()}


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


def _records(value: Any) -> Records:
    if isinstance(value, dict):
        return {_name(key): _record(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_record(item) for item in value]
    return _record(value)


def _record(value: Any) -> bytes:
    serializer = getattr(type(value), "__pydantic_serializer__", None)
    if serializer is None:
        return dumps(value)
    try:
        encoded: bytes = serializer.to_json(value)
    except (ValueError, TypeError):
        return dumps(vars(value))  # a value that pydantic has no JSON for; ours writes anything
    return encoded


def _name(key: Any) -> str:
    return str(key.value if isinstance(key, Enum) else key)


def _shared(old: Records | None, new: Records) -> Records:
    """Return ``new`` with the objects of ``old`` wherever they are equal, ``old`` itself when all are."""
    if isinstance(old, dict) and isinstance(new, dict):
        if old == new:
            return old
        return {key: _older(old.get(key), record) for key, record in new.items()}
    if isinstance(old, list) and isinstance(new, list):
        if old == new:
            return old
        return [_older(old[place] if place < len(old) else None, record) for place, record in enumerate(new)]
    return old if old is not None and old == new else new


def _older(old: bytes | None, new: bytes) -> bytes:
    return old if old is not None and old == new else new


def _by_path(fields: Mapping[str, Records], name: str) -> dict[str, bytes]:
    """Return a field's records by JSON pointer, with an entry that tells an empty collection from none."""
    if name not in fields:
        return {}
    records = fields[name]
    path = join(name) if name else ""
    if isinstance(records, bytes):
        return {path: records}
    items: Iterable[tuple[str | int, bytes]] = records.items() if isinstance(records, dict) else enumerate(records)
    return {path: b"{}" if isinstance(records, dict) else b"[]", **{path + join(key): record for key, record in items}}


def _digests(fields: Mapping[str, Records]) -> Iterator[int]:
    for name in fields:
        for path, record in _by_path(fields, name).items():
            yield _digest(path, record)


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
