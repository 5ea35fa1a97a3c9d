"""Any bytes as a line of a log: an event, or a ValueError; and what was read is written and read again as it is."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tau2_tui.events import ExecutionEvent, decode, encode
from tau2_tui.events.codec import dumps, loads
from tests.events.strategies import OWN_TYPES, json_values
from tests.runlog.damages import WRONG_VALUES

KEYS = sorted({name for cls in OWN_TYPES for name in cls.__dataclass_fields__} | {"chain", "extra", "é"})

wrong = st.sampled_from(WRONG_VALUES) | json_values.map(dumps)
lines = st.builds(
    lambda name, fields: (
        b'{"event_type":' + name + b"".join(b",%b:%b" % (dumps(key), fields[key]) for key in fields) + b"}"
    ),
    st.sampled_from([dumps(cls.__name__) for cls in OWN_TYPES]) | wrong,
    st.dictionaries(st.sampled_from(KEYS), wrong, max_size=6),
)


def read(line: bytes) -> ExecutionEvent | None:
    try:
        return decode(line)
    except ValueError:
        return None


@settings(max_examples=300)
@given(st.binary(max_size=60) | lines)
@example(b"")
@example(b"{}")
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b'{"event_type":"MessageEvent","content":' + b"9" * 5000 + b"}")
@example(b'{"event_type":"ContextReductionEvent","original_tokens":1,"reduced_tokens":1' + b"0" * 400 + b"}")
def test_any_bytes_are_an_event_or_none(line: bytes) -> None:
    event = read(line)
    if event is not None:
        written = encode(event)
        assert b"\n" not in written and isinstance(json.loads(written), dict)
        again = decode(written)
        assert type(again) is type(event) and loads(encode(again)) == loads(written)


@given(lines, st.data())
def test_a_damaged_line_too(line: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(line) - 1))
    broken = line[:place] + data.draw(st.binary(max_size=3)) + line[place + data.draw(st.integers(0, 3)) :]
    event = read(broken[:5000])
    assert event is None or loads(encode(decode(encode(event)))) == loads(encode(event))


@given(json_values)
def test_any_value_is_written_as_json_and_read_again(value: Any) -> None:
    assert dumps(loads(dumps(value))) == dumps(value)
