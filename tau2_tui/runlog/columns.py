"""The columns of a run log: the envelope of every line as arrays, texts as codes into tables."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from tau2_tui.runlog.envelope import LEVEL_CODES, LEVELS, Envelope

UNREADABLE = 0
"""The type code of lines that are no event."""

NONE = -1
"""What integer columns hold for null and for unreadable lines."""

NO_SCOPE = 0
"""The scope code of lines that belong to no simulation, task or trial."""

Array = npt.NDArray[Any]

COLUMN_TYPES: dict[str, Any] = {
    "offset": np.int64,
    "seq": np.int64,
    "timestamp": np.float64,
    "scope": np.int32,
    "turn": np.int32,
    "type": np.uint16,
    "level": np.uint8,
}
"""The type of each column."""

_INT32 = 1 << 31


class Tables:
    """The texts behind the codes. Codes are given in order of first appearance and never change.

    A scope is the combination of simulation, task and trial that a line belongs to.
    """

    def __init__(self) -> None:
        self.types: list[str] = ["unreadable"]
        self.simulations: list[str] = []
        self.tasks: list[str] = []
        self.scopes: list[tuple[int, int, int]] = [(NONE, NONE, NONE)]
        self._type_codes: dict[str, int] = {}
        self._simulation_codes: dict[str, int] = {}
        self._task_codes: dict[str, int] = {}
        self._scope_codes = {self.scopes[0]: NO_SCOPE}

    def restore(
        self, types: list[str], simulations: list[str], tasks: list[str], scopes: list[tuple[int, int, int]]
    ) -> None:
        """Take over texts with the codes that they had in other tables."""
        self.types, self._type_codes = types, {name: code for code, name in enumerate(types) if code != UNREADABLE}
        self.simulations, self._simulation_codes = simulations, _places(simulations)
        self.tasks, self._task_codes = tasks, _places(tasks)
        self.scopes, self._scope_codes = scopes, {scope: code for code, scope in enumerate(scopes)}

    def type_code(self, name: str) -> int:
        """Return the code of an event type."""
        return _code(self.types, self._type_codes, name)

    def scope_code(self, simulation_id: str | None, task_id: str | None, trial: int | None) -> int:
        """Return the code of a combination of simulation, task and trial."""
        scope = (
            NONE if simulation_id is None else _code(self.simulations, self._simulation_codes, simulation_id),
            NONE if task_id is None else _code(self.tasks, self._task_codes, task_id),
            NONE if trial is None else trial,
        )
        code = self._scope_codes.get(scope)
        if code is None:
            code = len(self.scopes)
            self.scopes.append(scope)
            self._scope_codes[scope] = code
        return code

    def parse_type(self, text: bytes) -> int:
        """Return the code for the bytes of a line's ``event_type`` key and value, -1 when they are not usable."""
        match _parsed(text):
            case {"event_type": str(name)} if name:
                return self.type_code(name)
        return -1

    def parse_scope(self, text: bytes) -> int:
        """Return the code for the bytes from ``simulation_id`` to ``trial``, -1 when they are not usable."""
        data = _parsed(text)
        if list(data) != ["simulation_id", "task_id", "trial"]:
            return -1
        simulation_id, task_id, trial = data.values()
        for value in (simulation_id, task_id):
            if value is not None and not isinstance(value, str):
                return -1
        if trial is not None and (type(trial) is not int or not -_INT32 <= trial < _INT32):
            return -1
        return self.scope_code(simulation_id, task_id, trial)

    def parse_level(self, text: bytes) -> int:
        """Return the code for the bytes of a line's ``level``, -1 when they are not usable."""
        match _parsed(text):
            case {"level": str(name)}:
                return LEVEL_CODES.get(name, -1)
        return -1


def _places(names: list[str]) -> dict[str, int]:
    return {name: code for code, name in enumerate(names)}


def _code(names: list[str], codes: dict[str, int], name: str) -> int:
    code = codes.get(name)
    if code is None:
        code = len(names)
        names.append(name)
        codes[name] = code
    return code


def _parsed(members: bytes) -> Mapping[str, Any]:
    try:
        data = orjson.loads(b"{%b}" % members)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


@dataclass(frozen=True, eq=False)
class Columns:
    """The envelopes of the lines indexed when this was asked for, one array element a line.

    The arrays cannot be written to. Lines are added to later ones only; but a line that turns out to be no event, or a
    torn last one that turns out to go on, changes in place.

    Attributes:
        offset: byte at which the line starts, int64.
        seq: number of the event, int64, -1 when it has none.
        timestamp: seconds since the epoch, float64, NaN when it has none.
        type: code into ``types``, uint16; 0 for unreadable lines.
        scope: code of the combination of simulation, task and trial, int32.
        turn: index of the message in the conversation, int32, -1 for null.
        level: code into ``levels``, uint8, rising with severity.
        types: names of the event types by code.
        simulations: simulation ids by code.
        tasks: task ids by code.
        scopes: simulation code, task code and trial by scope code, int32, of shape (scopes, 3).
    """

    offset: Array
    seq: Array
    timestamp: Array
    type: Array
    scope: Array
    turn: Array
    level: Array
    types: list[str]
    simulations: list[str]
    tasks: list[str]
    scopes: Array
    levels: tuple[str, ...] = field(default=LEVELS)

    def __len__(self) -> int:
        return len(self.offset)

    @cached_property
    def simulation(self) -> Array:
        """Code into ``simulations``, int32, -1 for events of the whole run."""
        return self._of_scope(0)

    @cached_property
    def task(self) -> Array:
        """Code into ``tasks``, int32, -1 for null."""
        return self._of_scope(1)

    @cached_property
    def trial(self) -> Array:
        """Number of the trial, int32, -1 for null."""
        return self._of_scope(2)

    def of_type(self, name: str) -> Array:
        """Return whether each line is an event of that type, as booleans."""
        codes = [code for code, known in enumerate(self.types) if known == name and code != UNREADABLE]
        return np.isin(self.type, codes)

    def unreadable(self) -> Array:
        """Return whether each line is no event, as booleans."""
        return np.equal(self.type, UNREADABLE)

    def at_least(self, level: str) -> Array:
        """Return whether each line is of that level or a graver one, as booleans."""
        return np.greater_equal(self.level, LEVEL_CODES[level])

    def _of_scope(self, part: int) -> Array:
        values = self.scopes[:, part].take(self.scope)
        values.flags.writeable = False
        return values


class ColumnStore:
    """The growing arrays behind :class:`Columns`: one thread writes, any thread takes snapshots."""

    def __init__(self, capacity: int) -> None:
        self.tables = Tables()
        self._lock = threading.Lock()
        self._count = 0
        self._end = 0
        self._scopes: Array = np.empty((0, 3), np.int32)
        self._arrays = {name: np.empty(capacity, dtype) for name, dtype in COLUMN_TYPES.items()}

    def __len__(self) -> int:
        return self._count

    @property
    def end(self) -> int:
        """The byte after the last line that is stored."""
        return self._end

    def span(self, line: int) -> tuple[int, int]:
        """Return the first byte of a line and the byte after it.

        Raises:
            IndexError: there is no such line, or not yet.
        """
        with self._lock:
            if not 0 <= line < self._count:
                raise IndexError(f"line {line} of {self._count}")
            offsets = self._arrays["offset"]
            return int(offsets[line]), int(offsets[line + 1]) if line + 1 < self._count else self._end

    def lines_at(self, offsets: list[int]) -> list[int]:
        """Return the numbers of the lines in which bytes of the file stand."""
        with self._lock:
            lines: list[int] = (np.searchsorted(self._arrays["offset"][: self._count], offsets, "right") - 1).tolist()
        return lines

    def write(self, row: int, values: dict[str, Array], end: int) -> None:
        """Store lines from ``row`` on, over what may be there, and forget lines behind them.

        Args:
            row: number of the first of them, at most the number of lines stored.
            values: an array for each column, of equal lengths.
            end: the byte after the last of them.
        """
        count = row + len(values["offset"])
        if count > len(self._arrays["offset"]):
            grown = {name: _grown(array, max(count, 2 * len(array))) for name, array in self._arrays.items()}
        else:
            grown = self._arrays
        for name, array in grown.items():
            array[row:count] = values[name]
        with self._lock:
            self._arrays, self._count, self._end = grown, count, end

    def adopt(self, arrays: dict[str, Array], end: int) -> None:
        """Take over arrays, one for each column, in place of what is stored; ``end`` is the byte after their lines."""
        with self._lock:
            self._arrays, self._count, self._end = arrays, len(arrays["offset"]), end

    def mark_unreadable(self, lines: list[int]) -> None:
        """Record that lines whose envelope was taken for good are no events after all."""
        with self._lock:
            for name, values in unreadable_rows(self._arrays["offset"][lines]).items():
                self._arrays[name][lines] = values

    def keep(self, count: int, end: int) -> None:
        """Forget the lines from ``count`` on; ``end`` is the byte after the last one kept."""
        with self._lock:
            self._count, self._end = count, end

    def snapshot(self) -> Columns:
        """Return the columns as they are now."""
        with self._lock:
            arrays = {name: array[: self._count] for name, array in self._arrays.items()}
            if len(self._scopes) < len(self.tables.scopes):
                self._scopes = np.array(self.tables.scopes, np.int32)
                self._scopes.flags.writeable = False
            scopes = self._scopes
        for array in arrays.values():
            array.flags.writeable = False
        return Columns(
            offset=arrays["offset"],
            seq=arrays["seq"],
            timestamp=arrays["timestamp"],
            type=arrays["type"],
            scope=arrays["scope"],
            turn=arrays["turn"],
            level=arrays["level"],
            types=self.tables.types,
            simulations=self.tables.simulations,
            tasks=self.tables.tasks,
            scopes=scopes,
        )


def _grown(array: Array, capacity: int) -> Array:
    larger = np.empty(capacity, array.dtype)
    larger[: len(array)] = array
    return larger


def unreadable_rows(offsets: Array) -> dict[str, Array]:
    """Return column values for lines at those offsets as long as nothing of them was read."""
    count = len(offsets)
    return {
        "offset": offsets,
        "seq": np.full(count, NONE, np.int64),
        "timestamp": np.full(count, np.nan),
        "scope": np.full(count, NO_SCOPE, np.int32),
        "turn": np.full(count, NONE, np.int32),
        "type": np.full(count, UNREADABLE, np.uint16),
        "level": np.full(count, LEVEL_CODES["error"], np.uint8),
    }


def put_envelope(values: dict[str, Array], row: int, envelope: Envelope, tables: Tables) -> None:
    """Write a line's envelope into column values."""
    values["seq"][row] = NONE if envelope.seq is None else envelope.seq
    values["timestamp"][row] = np.nan if envelope.timestamp is None else envelope.timestamp
    values["scope"][row] = tables.scope_code(envelope.simulation_id, envelope.task_id, envelope.trial)
    values["turn"][row] = NONE if envelope.turn_idx is None else envelope.turn_idx
    values["type"][row] = tables.type_code(envelope.event_type)
    values["level"][row] = envelope.level
