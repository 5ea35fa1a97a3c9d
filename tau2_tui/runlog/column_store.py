"""The growing columns of a run log: what the index writes and others take snapshots of."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tau2_tui.runlog.columns import (
    COLUMN_TYPES,
    NO_SCOPE,
    NONE,
    UNREADABLE,
    Array,
    Columns,
    Tables,
    columns_of,
    types_of,
)
from tau2_tui.runlog.envelope import LEVEL_CODES, Envelope


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
