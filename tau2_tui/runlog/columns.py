"""The columns of a run log: the envelope of every line as arrays, texts as codes into tables."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

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

Key = TypeVar("Key")

COLUMN_TYPES: dict[str, Any] = {
    "offset": np.int64,
    "seq": np.int64,
    "timestamp": np.float64,
    "scope": np.int32,
    "turn": np.int32,
    "type": np.uint16,
    "level": np.uint8,
}
"""The type of each column, wide enough for whatever a line may say."""

_NARROW_TYPES: dict[str, Any] = {
    "offset": np.uint32,
    "seq": np.int32,
    "scope": np.uint16,
    "turn": np.int16,
    "type": np.uint8,
}
"""The types of columns as long as their values permit, which spares a third of the memory of nearly all indexes."""

_INT32 = 1 << 31


def types_of(name: str) -> tuple[np.dtype[Any], ...]:
    """Return the types that a column can have, the widest one last."""
    narrow = _NARROW_TYPES.get(name)
    return tuple(np.dtype(one) for one in (narrow, COLUMN_TYPES[name]) if one is not None)


class Tables:
    """The texts behind the codes. Codes are given in order of first appearance and never change.

    A scope is the combination of simulation, task and trial that a line belongs to.
    """

    def __init__(self) -> None:
        self.types: list[str] = ["unreadable"]
        self.simulations: list[str] = []
        self.tasks: list[str] = []
        self.scopes: list[tuple[int, int, int]] = [(NONE, NONE, NONE)]
        self._codes: _Codes | None = None

    def restore(
        self, types: list[str], simulations: list[str], tasks: list[str], scopes: list[tuple[int, int, int]]
    ) -> None:
        """Take over texts with the codes that they had in other tables."""
        self.types, self.simulations, self.tasks, self.scopes = types, simulations, tasks, scopes
        self._codes = None

    def add(
        self, types: list[str], simulations: list[str], tasks: list[str], scopes: list[tuple[int, int, int]]
    ) -> None:
        """Add texts behind those that there are, whose codes continue theirs."""
        if not (types or simulations or tasks or scopes):
            return
        self.types += types
        self.simulations += simulations
        self.tasks += tasks
        self.scopes += scopes
        self._codes = None

    def tidy(self) -> None:
        """Forget by what codes are found, which is found out again when it is needed."""
        self._codes = None

    def type_code(self, name: str) -> int:
        """Return the code of an event type."""
        return _code(self.types, self._known.types, name)

    def scope_code(self, simulation_id: str | None, task_id: str | None, trial: int | None) -> int:
        """Return the code of a combination of simulation, task and trial."""
        known = self._known
        scope = (
            NONE if simulation_id is None else _code(self.simulations, known.simulations, simulation_id),
            NONE if task_id is None else _code(self.tasks, known.tasks, task_id),
            NONE if trial is None else trial,
        )
        return _code(self.scopes, known.scopes, scope)

    @property
    def _known(self) -> _Codes:
        if self._codes is None:
            types = {name: code for code, name in enumerate(self.types) if code != UNREADABLE}
            self._codes = _Codes(types, _places(self.simulations), _places(self.tasks), _places(self.scopes))
        return self._codes

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


@dataclass(frozen=True)
class _Codes:
    """The codes of what is in the tables."""

    types: dict[str, int]
    simulations: dict[str, int]
    tasks: dict[str, int]
    scopes: dict[tuple[int, int, int], int]


def _places(known: list[Key]) -> dict[Key, int]:
    return {key: code for code, key in enumerate(known)}


def _code(known: list[Key], codes: dict[Key, int], key: Key) -> int:
    code = codes.get(key)
    if code is None:
        code = len(known)
        known.append(key)
        codes[key] = code
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
    torn last one that turns out to go on, changes in place. Integers are no wider than their values need: what is
    computed from them may not fit into their type.

    Attributes:
        starts: byte at which the line starts, uint32 or int64.
        seq: number of the event, int32 or int64, -1 when it has none.
        timestamp: seconds since the epoch, float64, NaN when it has none.
        type: code into ``types``, uint8 or uint16; 0 for unreadable lines.
        scope: code of the combination of simulation, task and trial, uint16 or int32.
        turn: index of the message in the conversation, int16 or int32, -1 for null.
        level: code into ``levels``, uint8, rising with severity.
        types: names of the event types by code.
        simulations: simulation ids by code.
        tasks: task ids by code.
        scopes: simulation code, task code and trial by scope code, int32, of shape (scopes, 3).
    """

    starts: Array
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
        return len(self.starts)

    @cached_property
    def offset(self) -> Array:
        """The first byte of each line, int64."""
        offsets = self.starts.astype(np.int64, copy=False)
        offsets.flags.writeable = False
        return offsets

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
        self._arrays = _empty(capacity)

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

    def spans(self, lines: Sequence[int]) -> list[tuple[int, int]]:
        """Return :meth:`span` of several lines.

        Raises:
            IndexError: one of them is not there, or not yet.
        """
        if not lines:
            return []
        with self._lock:
            if not 0 <= min(lines) <= max(lines) < self._count:
                raise IndexError(f"lines {min(lines)} to {max(lines)} of {self._count}")
            offsets = self._arrays["offset"]
            starts, ends = offsets[lines].tolist(), offsets[np.minimum(np.add(lines, 1), self._count - 1)].tolist()
            return [
                (start, self._end if line + 1 == self._count else end)
                for line, start, end in zip(lines, starts, ends, strict=True)
            ]

    def lines_at(self, offsets: list[int]) -> list[int]:
        """Return the numbers of the lines in which bytes of the file stand."""
        with self._lock:
            starts = self._arrays["offset"][: self._count]
            limit = int(np.iinfo(starts.dtype).max)
            wanted = np.array([min(offset, limit) for offset in offsets], starts.dtype)  # another type: all are copied
            lines: list[int] = (np.searchsorted(starts, wanted, "right") - 1).tolist()
        return lines

    def reserve(self, count: int) -> None:
        """Make room for so many lines and no more, when nothing is stored yet."""
        if not self._count:
            arrays = _empty(count)
            with self._lock:
                self._arrays = arrays

    def are_unreadable(self, first: int, stop: int) -> bool:
        """Return whether the lines from ``first`` to ``stop`` are all known to be no events."""
        return bool(np.equal(self._arrays["type"][first:stop], UNREADABLE).all())

    def arrays(self, count: int) -> dict[str, Array]:
        """Return the columns of the first lines as they are stored."""
        with self._lock:
            return {name: array[:count] for name, array in self._arrays.items()}

    def write(self, row: int, values: dict[str, Array], end: int) -> None:
        """Store lines from ``row`` on, over what may be there, and forget lines behind them.

        Args:
            row: number of the first of them, at most the number of lines stored.
            values: an array for each column, of equal lengths.
            end: the byte after the last of them.
        """
        count, arrays = row + len(values["offset"]), dict(self._arrays)
        for name, array in self._arrays.items():
            room = len(array) if count <= len(array) else max(count, 2 * len(array))
            dtype = array.dtype if _fits(values[name], array.dtype) else COLUMN_TYPES[name]
            if room > len(array) or dtype != array.dtype:
                arrays[name] = _copied(array[:row], room, dtype)  # readers go on with the former one
            arrays[name][row:count] = values[name]
        with self._lock:
            self._arrays, self._count, self._end = arrays, count, end

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
            return columns_of(arrays, self.tables, self._scopes)


def columns_of(arrays: dict[str, Array], tables: Tables, scopes: Array | None = None) -> Columns:
    """Return columns, which nobody can change; ``scopes`` is the table of that name, when it is an array already."""
    scopes = np.array(tables.scopes, np.int32) if scopes is None else scopes
    for array in (*arrays.values(), scopes):
        array.flags.writeable = False
    return Columns(
        starts=arrays["offset"],
        seq=arrays["seq"],
        timestamp=arrays["timestamp"],
        type=arrays["type"],
        scope=arrays["scope"],
        turn=arrays["turn"],
        level=arrays["level"],
        types=tables.types,
        simulations=tables.simulations,
        tasks=tables.tasks,
        scopes=scopes,
    )


def _empty(count: int) -> dict[str, Array]:
    return {name: np.empty(count, types_of(name)[0]) for name in COLUMN_TYPES}


def _fits(values: Array, dtype: np.dtype[Any]) -> bool:
    """Return whether integers of a column are such as a type can hold; it holds all other values."""
    if values.dtype.itemsize <= dtype.itemsize or not len(values):
        return True
    limits = np.iinfo(dtype)
    return bool(values.min() >= limits.min and values.max() <= limits.max)


def _copied(array: Array, capacity: int, dtype: npt.DTypeLike) -> Array:
    copied = np.empty(capacity, dtype)
    copied[: len(array)] = array
    return copied


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
