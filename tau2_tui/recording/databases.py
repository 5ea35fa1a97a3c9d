"""The two databases of an environment, looked at together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tau2_tui.events.changes import Change
from tau2_tui.recording.state import DatabaseFingerprint

DATABASE = "database"
USER_DATABASE = "user_database"


class StateHashes(NamedTuple):
    """Hashes of the agent's and the user's database; None for one that is not there."""

    database: str | None = None
    user_database: str | None = None


@dataclass(frozen=True)
class StateDelta:
    """What differs between two looks.

    Attributes:
        before: hashes at the first look.
        after: hashes at the second.
        changes: the changes of each database that differs.
    """

    before: StateHashes
    after: StateHashes
    changes: dict[str, list[Change]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.changes)


@dataclass(frozen=True)
class StateFingerprint:
    """Both databases of an environment at one moment.

    The user's is not kept apart while both toolkits share one database object, as tau2 1.x arranges it for some tasks:
    then each of its changes is one change of the agent's.
    """

    database: DatabaseFingerprint | None = None
    user_database: DatabaseFingerprint | None = None
    shared: bool = False
    hashes: StateHashes = field(init=False, compare=False)
    """The hashes of both databases."""

    def __post_init__(self) -> None:
        database = self.database.hash if self.database is not None else None
        own = self.user_database.hash if self.user_database is not None else None
        object.__setattr__(self, "hashes", StateHashes(database, database if self.shared else own))

    @classmethod
    def of(cls, environment: Any, previous: StateFingerprint | None = None) -> StateFingerprint:
        """Return what the environment's databases hold now, sharing unchanged records with ``previous``."""
        database = _database(environment.tools)
        user_database = _database(environment.user_tools)
        shared = user_database is not None and user_database is database
        last = previous or _NOTHING
        now = _look(database, last.database)
        own = None if shared else _look(user_database, last.user_database)
        unchanged = now is last.database and own is last.user_database and shared == last.shared
        return last if unchanged else cls(now, own, shared)

    def delta_to(self, later: StateFingerprint) -> StateDelta:
        """Return what differs in ``later``; falsy when nothing does."""
        if later is self:
            return StateDelta(self.hashes, self.hashes)
        changes = {
            DATABASE: _changes(self.database, later.database),
            USER_DATABASE: [] if later.shared else _changes(self.user_database, later.user_database),
        }
        return StateDelta(self.hashes, later.hashes, {name: found for name, found in changes.items() if found})

    def content(self) -> dict[str, Any]:
        """Return what both databases hold, as JSON values."""
        found = {DATABASE: self.database, USER_DATABASE: self.database if self.shared else self.user_database}
        return {name: fingerprint.content() for name, fingerprint in found.items() if fingerprint is not None}


_NOTHING = StateFingerprint()


def _database(toolkit: Any) -> Any:
    return getattr(toolkit, "db", None)


def _look(database: Any, last: DatabaseFingerprint | None) -> DatabaseFingerprint | None:
    if database is None:
        return None
    return DatabaseFingerprint.of(database) if last is None else last.look_again(database)


def _changes(old: DatabaseFingerprint | None, new: DatabaseFingerprint | None) -> list[Change]:
    if old is None or new is None:
        if old is None and new is None:
            return []
        before = old.content() if old is not None else None
        after = new.content() if new is not None else None
        return [{"op": "replace", "path": "", "old": before, "value": after}]
    return old.changes_to(new)
