"""The columns of a run log: the envelope of every line as arrays, texts as codes into tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import orjson

from tau2_tui.runlog.envelope import LEVEL_CODES, LEVELS

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
