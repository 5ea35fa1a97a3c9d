from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau2_tui.analysis.data.records import Message, ModelCall
from tau2_tui.analysis.data.tables import UNKNOWN, Table, joined, message_table

NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
WHOLES = st.none() | st.integers(-(2**62), 2**62)

MESSAGES = st.builds(
    Message,
    simulation=st.integers(0, 5),
    turn=WHOLES,
    role=st.sampled_from(["user", "assistant", "tool", ""]),
    time=NUMBERS,
    generation_time=NUMBERS,
    tool_calls=st.integers(0, 9),
    text_digest=st.none() | st.integers(1, 2**64 - 1),
    cost=NUMBERS,
    prompt_tokens=WHOLES,
    completion_tokens=WHOLES,
    line=st.integers(0, 2**40),
)
MODEL_CALLS = st.builds(
    ModelCall,
    simulation=st.none() | st.integers(0, 5),
    purpose=st.sampled_from(["agent", "judge"]),
    model=st.text(max_size=3),
    latency=NUMBERS,
    cost=NUMBERS,
    prompt_tokens=WHOLES,
    completion_tokens=WHOLES,
    retries=st.integers(0, 3),
    failed=st.booleans(),
    line=st.integers(0, 2**40),
)


@given(st.lists(MESSAGES, max_size=20), st.lists(MODEL_CALLS, max_size=20))
def test_rows_come_back_as_they_were(messages: list[Message], requests: list[ModelCall]) -> None:
    table = Table.of(Message, messages)
    assert list(table) == messages and table == messages and len(table) == len(messages)
    assert [table[place] for place in range(-len(messages), len(messages))] == messages + messages
    assert list(table[1:]) == messages[1:] and list(table[::-2]) == messages[::-2]
    assert list(Table.of(ModelCall, requests)) == requests
    with pytest.raises(IndexError):
        table[len(messages)]


@given(st.lists(st.lists(MODEL_CALLS, max_size=6), max_size=4))
def test_joined_tables_are_all_rows_in_order(groups: list[list[ModelCall]]) -> None:
    tables = [Table.of(ModelCall, group) for group in groups]
    whole = joined(ModelCall, [(table.columns, table.names) for table in tables])
    assert list(whole) == [row for group in groups for row in group]


def test_a_table_is_not_made_twice() -> None:
    table = Table.of(Message, [Message(0, 1, "user")])
    assert Table.of(Message, table) is table


def test_columns() -> None:
    rows = [Message(0, None, "user", 1.0), Message(1, 3, "tool"), Message(1, 4, "user", 2.0, tool_calls=2)]
    table = Table.of(Message, rows)
    assert table.whole("turn").tolist() == [UNKNOWN, 3, 4]
    assert np.array_equal(table.number("turn"), [math.nan, 3, 4], equal_nan=True)
    assert np.array_equal(table.number("time"), [1.0, math.nan, 2.0], equal_nan=True)
    assert table.is_name("role", "user").tolist() == [True, False, True]
    assert not table.is_name("role", "nobody").any()
    assert table.used("role", np.array([False, True, True])) == ["tool", "user"]
    assert list(table.taken(np.array([2, 0]))) == [rows[2], rows[0]]


def part(*rows: tuple[int, float, float]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return columns of messages of a simulation each with the envelope's time and tau2's own."""
    messages = [Message(simulation, None, "user", written) for simulation, written, _ in rows]
    table = Table.of(Message, messages)
    return {**table.columns, "own": np.array([own for *_, own in rows], np.float64)}, dict(table.names)


def test_messages_are_put_together_by_simulation_on_tau2s_own_clock() -> None:
    zone = 7200.0
    first = part((1, 10_000.4, math.nan), (0, 10_000.0, 9_999.0 - zone), (1, 10_002.0, 10_001.5 - zone))
    second = part((0, 10_003.0, 10_002.5 - zone), (1, 10_004.0, math.nan))
    table = message_table([first, second])
    assert table.whole("simulation").tolist() == [0, 0, 1, 1, 1]
    assert table.number("time").tolist() == [9_999.0, 10_002.5, 10_000.4, 10_001.5, 10_004.0]
    assert len(message_table([])) == 0
