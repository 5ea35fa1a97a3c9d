from __future__ import annotations

import datetime
import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tau2_tui.recording.sight import sight
from tau2_tui.recording.state import DatabaseFingerprint

pydantic = pytest.importorskip("pydantic")


class Colour(str, enum.Enum):
    RED = "red"
    BLUE = "blue"


class Point(pydantic.BaseModel):  # type: ignore[misc,name-defined]
    x: Any = 0


class Open(pydantic.BaseModel):  # type: ignore[misc,name-defined]
    model_config = pydantic.ConfigDict(extra="allow")


class Hiding(pydantic.BaseModel):  # type: ignore[misc,name-defined]
    _hidden: int = pydantic.PrivateAttr(default=1)

    @pydantic.computed_field  # type: ignore[prop-decorator]
    @property
    def shown(self) -> int:
        return self._hidden


class Masked(pydantic.BaseModel):  # type: ignore[misc,name-defined]
    inner: Point

    @pydantic.field_serializer("inner")
    def write(self, inner: Point) -> str:
        return f"<{inner.x}>"


@dataclass
class Plain:
    x: int = 0


def deeper(holder: Any) -> None:
    holder.x["a"][0].x = 2


def hide(holder: Any) -> None:
    holder._hidden = 2


def recolour(holder: Any) -> None:
    holder.x = {Colour.BLUE: 1}


def put(value: Any) -> Callable[[Any], None]:
    return lambda holder: setattr(holder, "x", value)


MOMENT = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)

CHANGES = {
    "an attribute": (Point(x=1), put(2)),
    "a number's type": (Point(x=1), put(1.0)),
    "null to nothing said": (Point(x=None), put(False)),
    "deep in a model in a list": (Point(x={"a": [Point(x=1)]}), deeper),
    "an attribute that no field declares": (Open(x=1), put(2)),
    "a hidden attribute that a computed field shows": (Hiding(), hide),
    "what a serializer of one's own writes": (Masked(inner=Point(x=1)), lambda holder: setattr(holder.inner, "x", 2)),
    "a moment": (Point(x=MOMENT), put(MOMENT + datetime.timedelta(microseconds=1))),
    "a member of an enumeration": (Point(x=Colour.RED), put(Colour.BLUE)),
    "a key that is a member of one": (Point(x={Colour.RED: 1}), recolour),
    "a set": (Point(x={1}), put({2})),
    "a dataclass": (Point(x=Plain(1)), put(Plain(2))),
    "a lone surrogate": (Point(x="a"), put("\udc80")),
    "a number that no machine word holds": (Point(x=10**30), put(10**30 + 1)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_of_what_pydantic_writes_is_seen(name: str) -> None:
    value, change = CHANGES[name]
    value = value.model_copy(deep=True)
    database = {"records": {"a": value}}
    first = DatabaseFingerprint.of(database)
    assert first.look_again(database) is first
    change(value)
    second = first.look_again(database)
    assert second.hash != first.hash == DatabaseFingerprint.of({"records": {"a": CHANGES[name][0]}}).hash
    assert second.hash == DatabaseFingerprint.of(database).hash
    assert first.changes_to(second)


def test_a_long_collection_is_seen_record_by_record() -> None:
    database = {"records": {str(number): Point(x=number) for number in range(300)}}
    first = DatabaseFingerprint.of(database)
    database["records"]["7"].x = "new"
    second = first.look_again(database)
    assert first.changes_to(second) == [{"op": "replace", "path": "/records/7/x", "old": 7, "value": "new"}]
    old, new = first.fields["records"], second.fields["records"]
    assert isinstance(old, dict) and isinstance(new, dict)
    assert [key for key in new if new[key] is not old[key]] == ["7"]


def test_what_is_only_remembered_beside_the_fields_is_no_change() -> None:
    holder = Point(x=1)
    first = DatabaseFingerprint.of({"records": {"a": holder}})
    holder.__dict__["cached"] = 5
    assert first.look_again({"records": {"a": holder}}) is first


def test_pydantic_is_not_asked_about_a_record_that_looks_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def count(value: Any) -> bytes:
        asked.append(value)
        return b"{}"

    database = {"records": {str(number): Point(x=number) for number in range(300)}, "few": [Point(), Point()]}
    first = DatabaseFingerprint.of(database)
    monkeypatch.setattr("tau2_tui.recording.state._json", count)
    assert first.look_again(database) is first
    assert asked == []


def test_there_is_no_sight_of_what_has_no_json() -> None:
    assert sight({1, 2}) is None
    assert sight(object()) is None
