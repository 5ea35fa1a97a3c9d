"""Logs in memory, and the plainest possible reading of them, to hold the reader against."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tau2_tui.events import ExecutionEvent, LogLevel, chain, decode, encode
from tau2_tui.events.codec import loads
from tau2_tui.runlog.columns import Columns
from tests.events.strategies import any_event

LEVELS = [level.value for level in LogLevel]


def sealed(bodies: Iterable[bytes]) -> bytes:
    """Return a log whose lines are these objects, each given without its closing brace."""
    previous, lines = chain.ZERO, []
    for body in bodies:
        line, previous = chain.seal(previous, body)
        lines.append(line)
    return b"".join(lines)


def log_of(events: Iterable[ExecutionEvent]) -> bytes:
    """Return the log of these events, numbered from 0."""
    bodies = []
    for number, event in enumerate(events):
        event.seq = number
        bodies.append(encode(event)[:-1])
    return sealed(bodies)


def split_lines(data: bytes) -> list[tuple[int, bytes]]:
    """Return every line with its offset, a last one without line feed included."""
    lines, offset = [], 0
    while offset < len(data):
        feed = data.find(b"\n", offset)
        end = len(data) if feed < 0 else feed
        lines.append((offset, data[offset:end]))
        offset = end + 1
    return lines


@dataclass(frozen=True)
class Row:
    """What the columns should say of a line."""

    offset: int
    seq: int = -1
    timestamp: float = math.nan
    type: str = "unreadable"
    simulation: str | None = None
    task: str | None = None
    trial: int = -1
    turn: int = -1
    level: str = "error"

    def key(self) -> tuple[Any, ...]:
        time = None if math.isnan(self.timestamp) else self.timestamp
        return (self.offset, self.seq, time, self.type, self.simulation, self.task, self.trial, self.turn, self.level)


def expected_rows(data: bytes) -> list[Row]:
    """Return the columns that a line-by-line JSON parser gives."""
    lines = split_lines(data)
    rows = [_row(offset, line) for offset, line in lines]
    if data and not data.endswith(b"\n"):
        rows[-1] = Row(lines[-1][0])
    return rows


def _row(offset: int, line: bytes) -> Row:
    try:
        event = decode(line)
        data = loads(line)
    except ValueError:
        return Row(offset)
    return Row(
        offset,
        _bounded(event.seq, 63),
        _float(data.get("timestamp")),
        event.event_type,
        event.simulation_id,
        event.task_id,
        _bounded(event.trial, 31),
        _bounded(event.turn_idx, 31),
        _level(data.get("level")),
    )


def _float(time: object) -> float:
    if isinstance(time, bool) or not isinstance(time, (int, float)):
        return math.nan
    try:
        return float(time)
    except OverflowError:
        return math.nan


def _bounded(value: int | None, bits: int) -> int:
    return -1 if value is None or not -(1 << bits) <= value < 1 << bits else value


def _level(value: object) -> str:
    return value if isinstance(value, str) and value in LEVELS else "info"


def actual_rows(columns: Columns) -> list[Row]:
    """Return what the columns say, decoded."""
    rows = []
    for line in range(len(columns)):
        simulation, task = int(columns.simulation[line]), int(columns.task[line])
        rows.append(
            Row(
                int(columns.offset[line]),
                int(columns.seq[line]),
                float(columns.timestamp[line]),
                columns.types[int(columns.type[line])],
                None if simulation < 0 else columns.simulations[simulation],
                None if task < 0 else columns.tasks[task],
                int(columns.trial[line]),
                int(columns.turn[line]),
                columns.levels[int(columns.level[line])],
            )
        )
    return rows


def same(actual: list[Row], expected: list[Row]) -> bool:
    """Return whether two readings are equal, NaN being equal to itself."""
    return [row.key() for row in actual] == [row.key() for row in expected]


ids = st.sampled_from(["sim-0", "sim-1", "[mobile_data]off[PERSONA:None]", 'q"uo,te', "ein,s", "日本", "\x1b[31m", ""])


@st.composite
def recorded_events(draw: st.DrawFn) -> list[ExecutionEvent]:
    """Events as a recorder writes them: present times, few simulations."""
    events = draw(st.lists(any_event(), min_size=1, max_size=12))
    for event in events:
        event.timestamp = draw(st.floats(1.7e9, 1.8e9) | st.sampled_from([1.75e9, 1234567890.5, 12.0, 1e10, 3e15]))
        event.simulation_id = draw(st.none() | ids)
        event.task_id = draw(st.none() | ids)
        event.trial = draw(st.none() | st.integers(0, 9) | st.sampled_from([-3, 2**31, 2**70]))
        event.turn_idx = draw(st.none() | st.integers(0, 300) | st.sampled_from([99999999, 100000000, -1]))
    return events


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """A log with some bytes changed, cut out, put in or torn off."""
    broken = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(broken) - 1)))
        kind = draw(st.sampled_from(["flip", "set", "insert", "cut", "deep", "end"]))
        if kind == "flip" and broken:
            broken[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "set" and broken:
            broken[at] = draw(st.sampled_from([0, 9, 10, 13, 34, 92, 255]))
        elif kind == "insert":
            broken[at:at] = draw(st.binary(max_size=30) | st.just(b"\n\n") | st.just(b"[1]\n") | st.just(b"\0" * 50))
        elif kind == "cut":
            del broken[at : at + draw(st.integers(0, 400))]
        elif kind == "deep":
            broken[at:at] = b"[" * draw(st.integers(1, 3000)) + draw(st.sampled_from([b"", b"\n"]))
        else:
            del broken[at:]
    return bytes(broken)
