"""Environments used one after another: after each use, the records that were changed are put back.

Reading a large domain's files anew for each simulation takes far longer than the simulation's own calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tau2_tui.events.changes import parts
from tau2_tui.recording.databases import DATABASE, USER_DATABASE, StateFingerprint

_TOOLKITS = {DATABASE: "tools", USER_DATABASE: "user_tools"}

Collections = dict[str, dict[str, bytes]]
"""The records of a database as JSON, by collection and key."""


@dataclass
class _Kept:
    """An environment, and what its databases held when it was new.

    Attributes:
        environment: the environment.
        databases: its database objects.
        records: their records.
        state: what they held, as it is looked at.
    """

    environment: Any
    databases: dict[str, Any]
    records: dict[str, Collections]
    state: StateFingerprint


class RestoredEnvironments:
    """Keeps environments of one kind that nobody uses, as they were when they were new; for one thread."""

    def __init__(self) -> None:
        self._free: list[_Kept] = []
        self._used: dict[int, _Kept] = {}

    def take(self) -> Any:
        """Return an environment that is as new; None when none is kept."""
        if not self._free:
            return None
        kept = self._free.pop()
        self._used[id(kept.environment)] = kept
        return kept.environment

    def learn(self, environment: Any) -> bool:
        """Note what a new environment holds, so that it can be put back; false when it cannot be."""
        databases = _databases(environment)
        if databases is None:
            return False
        records = {name: _records(database) for name, database in databases.items()}
        self._used[id(environment)] = _Kept(environment, databases, records, StateFingerprint.of(environment))
        return True

    def give_back(self, environment: Any) -> None:
        """Put back what was changed in an environment, and keep it; let go of it when that cannot be done."""
        kept = self._used.pop(id(environment), None)
        if kept is not None and _restore(kept):
            self._free.append(kept)


def _databases(environment: Any) -> dict[str, Any] | None:
    """Return the databases of an environment that consist of nothing but collections of models by key."""
    found = {}
    for name, attribute in _TOOLKITS.items():
        toolkit = getattr(environment, attribute)
        if toolkit is None:
            continue
        if set(vars(toolkit)) != {"db"} or not _is_of_collections(toolkit.db):
            return None
        found[name] = toolkit.db
    return found


def _is_of_collections(database: Any) -> bool:
    fields = getattr(type(database), "model_fields", None)
    if not fields or getattr(database, "model_extra", None):
        return False
    collections = [getattr(database, name) for name in fields]
    return all(
        isinstance(collection, dict)
        and all(type(key) is str and hasattr(record, "model_dump_json") for key, record in collection.items())
        for collection in collections
    )


def _records(database: Any) -> Collections:
    return {
        name: {key: record.model_dump_json().encode() for key, record in getattr(database, name).items()}
        for name in type(database).model_fields
    }


def _restore(kept: _Kept) -> bool:
    environment = kept.environment
    for name, database in kept.databases.items():
        if getattr(environment, _TOOLKITS[name]).db is not database:
            return False
    for name, changes in kept.state.delta_to(StateFingerprint.of(environment, kept.state)).changes.items():
        touched = {tuple(parts(change["path"])[:2]) for change in changes}
        if not all(_put_back(kept.databases[name], kept.records[name], place) for place in touched):
            return False
    return True


def _put_back(database: Any, records: Collections, place: tuple[str, ...]) -> bool:
    """Put one record back; false when that cannot be done, or not so that nothing differs."""
    if len(place) < 2 or place[0] not in records:
        return False
    field, key = place
    collection, before = getattr(database, field), records[field].get(key)
    if before is None:
        del collection[key]
        return True
    if key not in collection:
        return False  # put back, it would stand at another place
    collection[key] = type(collection[key]).model_validate_json(before)
    return bool(collection[key].model_dump_json().encode() == before)
