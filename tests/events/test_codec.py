from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import math
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui import events
from tau2_tui.events import ENVELOPE, ExecutionEvent, LogLevel, decode, encode
from tau2_tui.events.codec import dumps, encode_after_timestamp, loads, to_dict
from tests.events.strategies import OWN_TYPES, any_event, json_objects, json_values, texts


@dataclass
class OwnAnalysisEvent(ExecutionEvent):
    analysis_type: str = ""
    metrics: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.source = f"analysis:{self.analysis_type}"


@given(any_event())
def test_any_event_comes_back_as_it_was(event: ExecutionEvent) -> None:
    read = decode(encode(event))
    assert type(read) is type(event)
    assert read == event
    assert encode(read) == encode(event)


@given(any_event())
def test_the_envelope_comes_first_in_the_documented_order(event: ExecutionEvent) -> None:
    assert tuple(json.loads(encode(event)))[: len(ENVELOPE)] == ENVELOPE


@given(any_event(), st.dictionaries(texts.map("new_".__add__), json_values, max_size=3))
def test_unknown_keys_survive(event: ExecutionEvent, unknown: dict[str, Any]) -> None:
    data = {**to_dict(event), **unknown}
    assert loads(encode(decode(dumps(data)))) == loads(dumps(data))


@given(json_objects, texts.map("Unknown".__add__))
def test_unknown_types_survive(fields: dict[str, Any], name: str) -> None:
    data = {**fields, "timestamp": 5.0, "event_type": name}
    data.pop("chain", None)
    event = decode(dumps(data))
    assert (type(event), event.event_type) == (ExecutionEvent, name)
    written = loads(encode(event))
    assert {key: written[key] for key in data} == loads(dumps(data))


@given(st.sampled_from(OWN_TYPES), st.data())
def test_values_of_a_wrong_type_are_kept_apart_and_written_back(cls: type[ExecutionEvent], data: st.DataObject) -> None:
    names = [f.name for f in dataclasses.fields(cls) if f.name != "extra"]
    line = {"event_type": cls.__name__, **data.draw(st.dictionaries(st.sampled_from(names), json_values))}
    written = loads(encode(decode(dumps(line))))
    assert {key: written[key] for key in line} == loads(dumps(line))


def test_a_wrong_type_leaves_the_attribute_usable() -> None:
    event = decode(b'{"event_type":"ToolExecutionEvent","timestamp":"noon","tool_args":7,"trial":true,"level":"loud"}')
    assert isinstance(event, events.ToolExecutionEvent)
    assert (event.tool_args, event.trial, event.level, event.timestamp) == ({}, None, LogLevel.INFO, 0.0)
    assert event.extra == {"timestamp": "noon", "tool_args": 7, "trial": True, "level": "loud"}


def test_a_users_subclass_is_written_whole_and_read_back_as_itself() -> None:
    event = OwnAnalysisEvent(analysis_type="loops", metrics={"longest": 4, "deep": [{"a": None}]})
    read = decode(encode(event))
    assert isinstance(read, OwnAnalysisEvent)
    assert (read.source, read.metrics, read.event_type) == ("analysis:loops", event.metrics, "OwnAnalysisEvent")
    assert read == event


def test_a_users_subclass_with_slots_is_registered_as_the_class_its_user_holds() -> None:
    @dataclass(slots=True)
    class SlottedEvent(ExecutionEvent):
        size: int = 0

    read = decode(encode(SlottedEvent(size=3)))
    assert type(read) is SlottedEvent
    assert read.size == 3


def test_a_users_class_with_types_that_cannot_be_resolved_keeps_a_sound_envelope() -> None:
    class Finding:
        """Known in here only, so that nobody can resolve the annotation below."""

    @dataclass
    class FindingEvent(ExecutionEvent):
        finding: Finding | None = None

    read = decode({"event_type": "FindingEvent", "level": [], "seq": "\x1f", "timestamp": None, "finding": {"a": 1}})
    assert isinstance(read, FindingEvent)
    assert (read.level, read.seq, read.timestamp, read.finding) == (LogLevel.INFO, None, 0.0, {"a": 1})
    assert read.extra == {"level": [], "seq": "\x1f", "timestamp": None}


def test_a_users_class_that_fails_to_build_is_shown_as_a_plain_event() -> None:
    @dataclass
    class PickyEvent(ExecutionEvent):
        share: float = 0.5

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.share > 1:
                raise ZeroDivisionError("share over 1")

    read = decode(b'{"event_type":"PickyEvent","timestamp":1.5,"share":2.0}')
    assert type(read) is ExecutionEvent
    assert (read.event_type, read.extra) == ("PickyEvent", {"share": 2.0})


@pytest.mark.parametrize("name", ["chain", "extra"])
def test_reserved_names_are_refused_when_the_class_is_defined(name: str) -> None:
    with pytest.raises(TypeError, match=f"'{name}' is reserved"):
        type("BadEvent", (ExecutionEvent,), {"__annotations__": {name: "str"}, name: ""})


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"3",
        b"{",
        b'{"a":1',
        b'{"a":1}}',
        b"\xff\xfe{}",
        b"\x00" * 20,
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b'{"a":' * 5000,
        b"[" * 100_000,
    ],
)
def test_what_is_no_object_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError):
        decode(line)


def test_lone_surrogates_huge_integers_and_nan_are_read_and_written() -> None:
    event = decode(b'{"event_type":"MessageEvent","timestamp":1,"content":"\\ud800!","metadata":{"n":%d}}' % 10**40)
    assert isinstance(event, events.MessageEvent)
    assert event.content == "\ud800!"
    assert event.metadata == {"n": 10**40}
    assert decode(encode(event)) == event
    assert math.isnan(loads(b'{"a":NaN}')["a"])
    assert loads(dumps({"a": math.nan, "b": [math.inf]})) == {"a": None, "b": [None]}


def test_odd_python_values_have_a_json_form() -> None:
    class Colour(enum.Enum):
        RED = "red"

    @dataclass
    class Point:
        x: int

    class Opaque:
        def __repr__(self) -> str:
            return "<opaque>"

    odd = {
        "date": datetime.date(2026, 1, 2),
        "set": {2, 1},
        "bytes": b"a\xff",
        "enum": Colour.RED,
        "point": Point(3),
        "opaque": Opaque(),
        "decimal": decimal.Decimal("1.5"),
        "tuple": (1, 2),
        7: "seven",
    }
    expected = {
        "date": "2026-01-02",
        "set": [1, 2],
        "bytes": "a\\xff",
        "enum": "red",
        "point": {"x": 3},
        "opaque": "<opaque>",
        "decimal": "Decimal('1.5')",
        "tuple": [1, 2],
        "7": "seven",
    }
    assert loads(dumps(odd)) == expected
    assert loads(dumps({**odd, "huge": 2**100, "lone": "\udc80"})) == {**expected, "huge": 2**100, "lone": "\udc80"}


def test_values_whose_own_code_raises_have_a_json_form_too() -> None:
    class Silent:
        def __repr__(self) -> str:
            raise RuntimeError("says nothing")

        __str__ = __repr__

    silent = "<Silent, its text cannot be had: RuntimeError>"
    odd = {"value": Silent(), "set": {Silent()}, "long": [10**5000, -(10**5000)], 10**5000: 1, Silent(): 2}
    written = loads(dumps(odd))
    assert (written["value"], written["set"], written[silent], written[hex(10**5000)]) == (silent, [silent], 2, 1)
    assert [int(number, 16) for number in written["long"]] == [10**5000, -(10**5000)]


def test_a_model_that_holds_what_pydantic_cannot_write_is_written_all_the_same() -> None:
    pydantic = pytest.importorskip("pydantic")

    class Holder(pydantic.BaseModel):  # type: ignore[misc,name-defined]
        model_config = pydantic.ConfigDict(extra="allow")
        held: Any = None

    written = loads(dumps([Holder(held=Holder(held=object()), more=1)]))
    assert written[0]["more"] == 1 and "object at" in written[0]["held"]["held"]


def test_nesting_beyond_what_json_readers_take_is_written_as_text() -> None:
    deep: Any = "bottom"
    for _ in range(5000):
        deep = [deep]
    assert loads(dumps({"deep": deep}))["deep"] is not None


@given(any_event())
def test_the_loggers_half_encoding_is_the_rest_of_the_whole(event: ExecutionEvent) -> None:
    rest = b"{" + encode_after_timestamp(to_dict(event)) + b"}"
    whole = loads(encode(event))
    del whole["seq"], whole["timestamp"]
    assert loads(rest) == whole


def test_a_line_without_a_time_is_given_none_by_reading_it() -> None:
    event = decode(b'{"event_type":"ExecutionEvent","message":"m"}')
    assert event.timestamp == 0.0 and event.stamped_on_creation


def test_an_event_gets_its_time_and_type_when_none_are_given() -> None:
    event = ExecutionEvent()
    assert event.timestamp > 1_600_000_000
    assert event.event_type == "ExecutionEvent"
    assert ExecutionEvent(timestamp=3.0).timestamp == 3.0
    assert ExecutionEvent.from_dict(event.to_dict()) == event
