"""Rows by the million, kept as columns: a row is made when somebody asks for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from enum import Enum
from typing import Any, Generic, TypeVar, overload

import numpy as np
import numpy.typing as npt

from tau2_tui.analysis.data.construct import constructor
from tau2_tui.analysis.data.records import Message, ModelCall
from tau2_tui.analysis.data.rows import zone_offset

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]

UNKNOWN = np.iinfo(np.int64).min
"""What a column of whole numbers holds for None; a column of other numbers holds NaN."""

_BLOCK = 4096

R = TypeVar("R", Message, ModelCall)

_MAKERS: Mapping[str, Callable[..., Any]] = {row.__name__: constructor(row) for row in (Message, ModelCall)}


class Kind(Enum):
    """How the column of a table holds a field of its rows; the value is the array's type."""

    NUMBER = np.float64
    WHOLE = np.int64
    NAME = np.int32
    DIGEST = np.uint64
    FLAG = np.bool_


KINDS: Mapping[str, Kind] = {
    "simulation": Kind.WHOLE,
    "turn": Kind.WHOLE,
    "role": Kind.NAME,
    "time": Kind.NUMBER,
    "generation_time": Kind.NUMBER,
    "tool_calls": Kind.WHOLE,
    "text_digest": Kind.DIGEST,
    "cost": Kind.NUMBER,
    "prompt_tokens": Kind.WHOLE,
    "completion_tokens": Kind.WHOLE,
    "line": Kind.WHOLE,
    "purpose": Kind.NAME,
    "model": Kind.NAME,
    "latency": Kind.NUMBER,
    "retries": Kind.WHOLE,
    "failed": Kind.FLAG,
}
"""By field, what its column holds: numbers, whole numbers, codes into names, digests (0 for none), true and false."""


class Names:
    """Texts and their codes, in order of first appearance."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.texts: list[str] = []
        self._codes: dict[str, int] = {}
        for text in texts:
            self.code(text)

    def code(self, text: str) -> int:
        """Return the code of a text, a new one for a new text."""
        code = self._codes.get(text)
        if code is None:
            code = self._codes[text] = len(self.texts)
            self.texts.append(text)
        return code


class Table(Sequence[R], Generic[R]):
    """Rows of one class as columns.

    Args:
        row: the class of the rows.
        columns: an array for each field, all of one length.
        names: the texts behind the codes, for each field that is a name.
    """

    def __init__(self, row: type[R], columns: Mapping[str, Array], names: Mapping[str, Sequence[str]]) -> None:
        self.row: type[R] = row
        self.columns = columns
        self.names = names
        self._make: Callable[..., R] = _MAKERS[row.__name__]

    @classmethod
    def of(cls, row: type[R], rows: Sequence[R]) -> Table[R]:
        """Return rows as a table; a table comes back as it is."""
        if isinstance(rows, Table):
            return rows
        columns, names = {}, {}
        for name in _fields(row):
            values = [getattr(one, name) for one in rows]
            columns[name], found = _column(KINDS[name], values)
            if found is not None:
                names[name] = found
        return Table(row, columns, names)

    def __len__(self) -> int:
        return len(self.columns["line"])

    @overload
    def __getitem__(self, place: int) -> R: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[R]: ...

    def __getitem__(self, place: int | slice) -> R | Sequence[R]:
        if isinstance(place, slice):
            return Table(self.row, {name: column[place] for name, column in self.columns.items()}, self.names)
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        place %= len(self)
        return next(self._rows(place, place + 1))

    def __iter__(self) -> Iterator[R]:
        for first in range(0, len(self), _BLOCK):
            yield from self._rows(first, min(first + _BLOCK, len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Table, tuple, list)):
            return NotImplemented
        return len(self) == len(other) and all(own == its for own, its in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def taken(self, places: Ints | Marks, **changed: Array) -> Table[R]:
        """Return some of the rows, in the order of their places.

        Args:
            places: which, as places or as a mark for each row.
            changed: columns of the new rows that differ.
        """
        columns = {name: column[places] for name, column in self.columns.items()}
        return Table(self.row, {**columns, **changed}, self.names)

    def number(self, name: str) -> Floats:
        """Return a column of numbers, NaN for None; of whole ones too."""
        column = self.columns[name]
        if KINDS[name] is Kind.NUMBER:
            return column
        values = column.astype(np.float64)
        values[column == UNKNOWN] = math.nan
        return values

    def whole(self, name: str) -> Ints:
        """Return a column of whole numbers, ``UNKNOWN`` for None; or the codes of one of names."""
        return self.columns[name]

    def flag(self, name: str) -> Marks:
        """Return a column of true and false."""
        return self.columns[name]

    def used(self, name: str, rows: Marks) -> list[str]:
        """Return the texts that some rows have in a column of names, in order of their appearance there."""
        codes, first = np.unique(self.columns[name][rows], return_index=True)
        return [self.names[name][code] for code in codes[np.argsort(first)].tolist()]

    def is_name(self, name: str, text: str) -> Marks:
        """Return which rows have that text in a column of names."""
        texts = self.names[name]
        rows: Marks = self.columns[name] == (texts.index(text) if text in texts else -1)
        return rows

    def _rows(self, first: int, stop: int) -> Iterator[R]:
        given = (_values(KINDS[name], column[first:stop], self.names.get(name)) for name, column in self._ordered())
        return map(self._make, *given)

    def _ordered(self) -> Iterator[tuple[str, Array]]:
        return ((name, self.columns[name]) for name in _fields(self.row))


def joined(
    row: type[R],
    parts: Sequence[tuple[Mapping[str, Array], Mapping[str, Sequence[str]]]],
    order: Ints | None = None,
    **known: Array,
) -> Table[R]:
    """Return one table of the columns and names of several, in their order.

    Args:
        row: the class of the rows.
        parts: columns and names.
        order: the places of the rows in the order that they shall have, by default as they come.
        known: columns of the table, for those that need no joining.
    """
    names = {name: Names() for name in _fields(row) if KINDS[name] is Kind.NAME}
    columns = {}
    for name in _fields(row):
        if name in known:
            columns[name] = known[name]
            continue
        pieces = [columns_of[name] for columns_of, _ in parts]
        if name in names:
            pieces = [
                np.array([names[name].code(text) for text in texts[name]], Kind.NAME.value)[piece]
                for piece, (_, texts) in zip(pieces, parts, strict=True)
            ]
        column = np.concatenate(pieces) if pieces else np.empty(0, KINDS[name].value)
        columns[name] = column if order is None else column[order]  # at once: columns by the million need room
    return Table(row, columns, {name: tuple(found.texts) for name, found in names.items()})


def message_table(parts: Sequence[tuple[Mapping[str, Array], Mapping[str, Sequence[str]]]]) -> Table[Message]:
    """Return the messages of parts by simulation and in their order.

    A message's time is tau2's own (the column ``own``) where that is known: the envelope's is that of its recording.
    tau2's times lack a zone; the first message of a simulation with both tells how far off they are.
    """
    simulation, written, own = (_whole(parts, name, kind) for name, kind in _OF_TIME.items())
    order = np.argsort(simulation, kind="stable")
    simulation, written, own = simulation[order], written[order], own[order]
    places = np.flatnonzero(~np.isnan(own) & ~np.isnan(written))
    found, first = np.unique(simulation[places], return_index=True)
    offsets = np.zeros(int(simulation.max(initial=-1)) + 1)
    for index, place in zip(found.tolist(), places[first].tolist(), strict=True):
        offsets[index] = zone_offset(float(own[place]), float(written[place]))
    time = np.where(np.isnan(own), written, own + offsets[simulation])
    return joined(Message, parts, order, simulation=simulation, time=time)


_OF_TIME = {"simulation": Kind.WHOLE, "time": Kind.NUMBER, "own": Kind.NUMBER}


def _whole(parts: Sequence[tuple[Mapping[str, Array], Mapping[str, Sequence[str]]]], name: str, kind: Kind) -> Array:
    """Return a column of several parts as one."""
    return np.concatenate([columns[name] for columns, _ in parts]) if parts else np.empty(0, kind.value)


def _fields(row: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(row))


def _column(kind: Kind, values: list[Any]) -> tuple[Array, tuple[str, ...] | None]:
    """Return the column of some fields' values, with the texts when they are names."""
    if kind is Kind.NAME:
        names = Names()
        return np.array([names.code(value) for value in values], kind.value), tuple(names.texts)
    if kind is Kind.WHOLE:
        values = [UNKNOWN if value is None else value for value in values]
    if kind is Kind.DIGEST:
        values = [value or 0 for value in values]
    return np.array(values, kind.value), None  # None as a number becomes NaN


def _values(kind: Kind, column: Array, names: Sequence[str] | None) -> list[Any]:
    """Return the values of some fields from their column."""
    values: list[Any] = column.tolist()
    if kind is Kind.NUMBER:
        return [None if value != value else value for value in values]
    if kind is Kind.WHOLE:
        return [None if value == UNKNOWN else value for value in values]
    if kind is Kind.DIGEST:
        return [value or None for value in values]
    if names is not None:
        return [names[code] for code in values]
    return values
