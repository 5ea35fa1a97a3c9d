"""What a database holds, cheaply enough to look after every write.

A database (a pydantic model of collections) is kept as the JSON bytes of each record. Looking again means comparing
a quick sight of every record with the one before; only records in which it differs are serialised and parsed, and only
they cost anything further: their difference becomes RFC 6902 changes, their digests update the state's hash.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import operator
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from hashlib import blake2b
from typing import Any

from tau2_tui.events.changes import Change, diff, join
from tau2_tui.events.codec import dumps, loads
from tau2_tui.recording.sight import sight


@dataclass(slots=True)
class Record:
    """One value of a database at one moment, at the place where it stands.

    Attributes:
        sight: see :func:`~tau2_tui.recording.sight.sight`; None when there is none.
        json: the value as JSON.
        digest: what it adds to the sum of digests at its place; None while nobody has asked.
    """

    sight: bytes | None
    json: bytes
    digest: int | None = field(default=None, compare=False)


Records = Record | dict[str, Record] | list[Record]
"""A field of a database: one value, or a collection by key or by position."""

_DIGEST_BYTES = 16
_MODULUS = 1 << (8 * _DIGEST_BYTES)
_EMPTY_OBJECT = b"{}"
_EMPTY_LIST = b"[]"

_FEW = 100
"""Records of a collection that is seen as a whole at first; in a longer one a change would have it all seen twice."""


@dataclass(frozen=True)
class DatabaseFingerprint:
    """The content of one database at one moment, shared as far as possible with the moment before.

    Attributes:
        fields: the records of each field of the database.
        sights: a sight of each whole field; None where there is none, or too many records for one.
        total: sum of the records' digests; the same content gives the same sum in whatever order it was reached.
    """

    fields: Mapping[str, Records]
    sights: Mapping[str, bytes | None]
    total: int

    @classmethod
    def of(cls, database: Any) -> DatabaseFingerprint:
        """Return the fingerprint of a database: a pydantic model, a dataclass, a mapping, or any single value."""
        return cls({}, {}, 0).look_again(database)

    def look_again(self, database: Any) -> DatabaseFingerprint:
        """Return the fingerprint of the database as it is now; ``self`` when nothing differs."""
        fields: dict[str, Records] = {}
        sights: dict[str, bytes | None] = {}
        total, unchanged = self.total, True
        for name, value in _fields(database):
            known = self.fields.get(name)
            many = isinstance(value, (dict, list)) and len(value) > _FEW
            seen = sights[name] = None if many else sight(value)
            if known is not None and seen is not None and seen == self.sights[name]:
                fields[name] = known
                continue
            fields[name], difference = _look(_path(name), known, value, seen)
            total += difference
            unchanged = unchanged and fields[name] is known
        if unchanged and len(fields) == len(self.fields):
            return self
        total -= sum(_weight(_path(name), self.fields[name]) for name in self.fields if name not in fields)
        return DatabaseFingerprint(fields, sights, total % _MODULUS)

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
            before, after = self.fields.get(name), later.fields.get(name)
            if before is not after:
                changes.extend(_field_changes(_path(name), before, after))
        return changes

    def content(self) -> Any:
        """Return the whole content as a JSON value."""
        if set(self.fields) == {""}:
            return _parsed(self.fields[""])
        return {name: _parsed(records) for name, records in self.fields.items()}


@functools.lru_cache(maxsize=1024)
def _path(name: str) -> str:
    """Return the JSON pointer of a field; the empty name is the whole."""
    return join(name) if name else ""


def _fields(database: Any) -> Iterable[tuple[str, Any]]:
    """Return name and value of each field; the whole under the empty name for what has no fields."""
    declared = _declared(type(database))
    if declared is None:
        return _other_fields(database)
    fields = [(name, getattr(database, name, None)) for name in declared]
    more = getattr(database, "__pydantic_extra__", None)
    return [*fields, *more.items()] if more else fields


def _other_fields(database: Any) -> Iterator[tuple[str, Any]]:
    if dataclasses.is_dataclass(database) and not isinstance(database, type):
        for item in dataclasses.fields(database):
            yield item.name, getattr(database, item.name, None)
    elif isinstance(database, Mapping):
        for key, value in database.items():
            yield _name(key), value
    else:
        yield "", database


_names_by_class: dict[type, tuple[str, ...] | None] = {}
"""What :func:`_declared` returned: asking pydantic takes longer than a look at a field."""


def _declared(kind: type) -> tuple[str, ...] | None:
    """Return the names of a model's fields; None for what is no pydantic model."""
    if kind not in _names_by_class:
        declared = getattr(kind, "model_fields", None)
        _names_by_class[kind] = tuple(declared) if isinstance(declared, Mapping) else None
    return _names_by_class[kind]


def _look(path: str, old: Records | None, value: Any, seen: bytes | None) -> tuple[Records, int]:
    """Return a field's records, the old objects where they are equal, and by how much the sum of digests differs."""
    records: Records
    if isinstance(value, dict):
        named = old if isinstance(old, dict) else {}
        names = [key if type(key) is str else _name(key) for key in value]
        records = dict(zip(names, map(_record, map(named.get, names), value.values()), strict=True))
        unchanged = len(records) == len(named) and all(map(operator.is_, records.values(), map(named.get, records)))
    elif isinstance(value, (list, tuple)):
        placed = old if isinstance(old, list) else []
        records = list(map(_record, itertools.chain(placed, itertools.repeat(None)), value))
        unchanged = len(records) == len(placed) and all(map(operator.is_, records, placed))
    else:
        records = _written_record(old if isinstance(old, Record) else None, value, seen)
        unchanged = records is old
    if unchanged and old is not None and type(records) is type(old):
        return old, 0
    return records, _difference(path, old, records)


def _difference(path: str, old: Records | None, new: Records) -> int:
    """Return by how much the sum of digests differs; records that are the same objects cost nothing."""
    if isinstance(new, Record) or isinstance(old, Record) or type(old) is not type(new):
        return _weight(path, new) - _weight(path, old)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        differing = [(f"{path}/{place}", a, b) for place, (a, b) in enumerate(zip(old, new, strict=True)) if a is not b]
        return sum(_digest(at, b) - _digest(at, a) for at, a, b in differing)
    before, after = _entries(old), _entries(new)
    come = (_digest(path + join(key), item) for key, item in after.items() if before.get(key) is not item)
    gone = (_digest(path + join(key), item) for key, item in before.items() if after.get(key) is not item)
    return sum(come) - sum(gone)


def _entries(records: dict[str, Record] | list[Record]) -> Mapping[str | int, Record]:
    """Return the records of a collection by key or place."""
    entries: Iterable[tuple[str | int, Record]] = records.items() if isinstance(records, dict) else enumerate(records)
    return dict(entries)


def _weight(path: str, records: Records | None) -> int:
    """Return what a field adds to the sum of digests; an entry of its own tells an empty collection from none."""
    if records is None:
        return 0
    if isinstance(records, Record):
        return _digest(path, records)
    empty = _EMPTY_OBJECT if isinstance(records, dict) else _EMPTY_LIST
    held = (_digest(path + join(key), item) for key, item in _entries(records).items())
    return _digest_of(path, empty) + sum(held)


def _record(known: Record | None, value: Any) -> Record:
    """Return a value's record: the known one when the value is what it was."""
    seen = sight(value)
    if known is not None and seen is not None and known.sight == seen:
        return known
    return _written_record(known, value, seen)


def _written_record(known: Record | None, value: Any, seen: bytes | None) -> Record:
    """Return the record of a value that does not look as it did, or of which there is no sight."""
    written = _json(value)
    if known is not None and known.json == written:
        return known
    return Record(seen, written)


def _json(value: Any) -> bytes:
    try:
        encoded: bytes = type(value).__pydantic_serializer__.to_json(value)
    except (AttributeError, ValueError, TypeError):  # no model, or one that pydantic has no JSON for
        return dumps(value)
    return encoded


def _name(key: Any) -> str:
    return str(key.value if isinstance(key, Enum) else key)


def _digest(path: str, record: Record) -> int:
    """Return the digest of a record at its place, which is always the same one; computed once."""
    if record.digest is None:
        record.digest = _digest_of(path, record.json)
    return record.digest


def _digest_of(path: str, json: bytes) -> int:
    """Return the digest of a value at a place; the order of its keys does not matter."""
    canonical = dumps(loads(json), sort_keys=True)
    data = path.encode("utf-8", "surrogatepass") + b"\0" + canonical
    return int.from_bytes(blake2b(data, digest_size=_DIGEST_BYTES).digest(), "big")


def _field_changes(path: str, old: Records | None, new: Records | None) -> list[Change]:
    if old == new:
        return []
    if old is None and new is not None:
        return [{"op": "add", "path": path, "value": _parsed(new)}]
    if new is None and old is not None:
        return [{"op": "remove", "path": path, "old": _parsed(old)}]
    if isinstance(old, dict) and isinstance(new, dict):
        return _keyed_changes(path, old, new)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = [(place, a, b) for place, (a, b) in enumerate(zip(old, new, strict=True)) if a is not b]
        return [change for place, a, b in pairs for change in _record_changes(path + join(place), a, b)]
    return diff(_parsed(old), _parsed(new), path)


def _keyed_changes(path: str, old: dict[str, Record], new: dict[str, Record]) -> list[Change]:
    changes: list[Change] = []
    for key, before in old.items():
        after = new.get(key)
        if after is None:
            changes.append({"op": "remove", "path": path + join(key), "old": loads(before.json)})
        elif after is not before:
            changes.extend(_record_changes(path + join(key), before, after))
    added = (key for key in new if key not in old)
    changes.extend({"op": "add", "path": path + join(key), "value": loads(new[key].json)} for key in added)
    return changes


def _record_changes(path: str, old: Record, new: Record) -> list[Change]:
    return [] if old.json == new.json else diff(loads(old.json), loads(new.json), path)


def _parsed(records: Records | None) -> Any:
    if isinstance(records, Record):
        return loads(records.json)
    if isinstance(records, dict):
        return {key: loads(record.json) for key, record in records.items()}
    return None if records is None else [loads(record.json) for record in records]
