from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.events.changes import apply, same, undo
from tau2_tui.recording.databases import StateFingerprint
from tau2_tui.recording.state import DatabaseFingerprint

keys = st.text(max_size=5)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | keys
values = st.recursive(scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(keys, v, max_size=3), max_leaves=8)
databases = st.dictionaries(keys.filter(bool), values, max_size=4)


def reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reordered(item) for key, item in reversed(value.items())}
    return [reordered(item) for item in value] if isinstance(value, list) else value


@given(databases, databases)
def test_changes_lead_from_one_content_to_the_other_and_back(old: dict[str, Any], new: dict[str, Any]) -> None:
    before = DatabaseFingerprint.of(old)
    after = before.look_again(new)
    changes = before.changes_to(after)
    assert same(before.content(), old) and same(after.content(), new)
    assert same(apply(old, changes), new)
    assert same(undo(new, changes), old)
    assert bool(changes) == (not same(old, new))


@given(databases, databases, databases)
def test_the_hash_depends_on_the_content_alone(a: dict[str, Any], b: dict[str, Any], c: dict[str, Any]) -> None:
    reached = DatabaseFingerprint.of(a).look_again(b).look_again(c)
    assert reached.hash == DatabaseFingerprint.of(c).hash == DatabaseFingerprint.of(reordered(c)).hash
    assert (DatabaseFingerprint.of(a).hash == DatabaseFingerprint.of(b).hash) == same(a, b)


def test_a_look_that_finds_nothing_returns_the_very_same_object() -> None:
    database = {"users": {"a": {"name": "x"}}, "lines": [{"id": 1}], "count": 3}
    first = DatabaseFingerprint.of(database)
    assert first.look_again(copy.deepcopy(database)) is first


def test_unchanged_records_are_shared_between_looks() -> None:
    database = {"users": {str(n): {"name": "x" * 100} for n in range(50)}}
    first = DatabaseFingerprint.of(database)
    database["users"]["7"]["name"] = "y"
    second = first.look_again(database)
    old, new = first.fields["users"], second.fields["users"]
    assert isinstance(old, dict) and isinstance(new, dict)
    assert [key for key in new if new[key] is not old[key]] == ["7"]


def test_a_change_of_one_field_deep_in_a_record_is_one_change_with_old_and_value() -> None:
    database = {"orders": {"#1/a": {"items": [{"price": 1}, {"price": 2}]}}}
    first = DatabaseFingerprint.of(database)
    database["orders"]["#1/a"]["items"][1]["price"] = 3
    changes = first.changes_to(first.look_again(database))
    assert changes == [{"op": "replace", "path": "/orders/#1~1a/items/1/price", "old": 2, "value": 3}]


def test_pydantic_databases_are_read_record_by_record() -> None:
    pydantic = pytest.importorskip("pydantic")

    class User(pydantic.BaseModel):  # type: ignore[misc,name-defined]
        name: str

    class Database(pydantic.BaseModel):  # type: ignore[misc,name-defined]
        users: dict[int, User]
        lines: list[User]
        owner: User
        total: int = 0

    database = Database(users={1: User(name="a")}, lines=[User(name="b")], owner=User(name="c"))
    first = DatabaseFingerprint.of(database)
    assert first.content() == json.loads(database.model_dump_json())
    database.users[2] = User(name="d")
    database.lines.clear()
    database.owner.name = "e"
    changes = first.changes_to(first.look_again(database))
    assert {(change["op"], change["path"]) for change in changes} == {
        ("add", "/users/2"),
        ("remove", "/lines/0"),
        ("replace", "/owner/name"),
    }


def test_values_that_json_does_not_know_are_still_told_apart() -> None:
    first = DatabaseFingerprint.of({"a": {"x": {1, 2}}, "b": float("nan"), "c": "\udc80", "d": 10**30})
    assert first.look_again({"a": {"x": {2, 1}}, "b": float("nan"), "c": "\udc80", "d": 10**30}) is first
    assert first.look_again({"a": {"x": {1, 3}}, "b": float("nan"), "c": "\udc80", "d": 10**30}).hash != first.hash


class Toolkit:
    def __init__(self, db: Any) -> None:
        self.db = db


class Environment:
    def __init__(self, db: Any, user_db: Any) -> None:
        self.tools = Toolkit(db)
        self.user_tools = Toolkit(user_db)


def test_a_database_that_both_toolkits_share_changes_once() -> None:
    shared = {"a": 1}
    environment = Environment(shared, shared)
    first = StateFingerprint.of(environment)
    shared["a"] = 2
    delta = first.delta_to(StateFingerprint.of(environment, first))
    assert list(delta.changes) == ["database"]
    assert delta.after.database == delta.after.user_database != delta.before.database


def test_a_database_that_appears_or_goes_is_a_change() -> None:
    first = StateFingerprint.of(Environment({"a": 1}, None))
    second = StateFingerprint.of(Environment({"a": 1}, {"b": 2}), first)
    assert first.delta_to(second).changes == {
        "user_database": [{"op": "replace", "path": "", "old": None, "value": {"b": 2}}]
    }
    assert first.hashes.user_database is None
