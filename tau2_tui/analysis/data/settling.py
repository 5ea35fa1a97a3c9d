"""From what was collected to what counts: codes become places among the simulations, lines get their numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tau2_tui.analysis.data.collecting import Part
from tau2_tui.analysis.data.construct import constructor
from tau2_tui.analysis.data.gathered import Pieces
from tau2_tui.analysis.data.records import StateChange
from tau2_tui.analysis.data.tables import UNKNOWN, Ints, Marks

_NOWHERE = -1
"""The index of lines that belong to no simulation."""

_LEFT_OUT = -2
"""The index of lines of a simulation that does not count."""

_state_change = constructor(StateChange)


@dataclass(slots=True)
class Kept:
    """What counts of all lines; simulations stand as their index, lines as their number in the log.

    Attributes:
        messages: columns of messages, part by part.
        model_calls: columns of model calls, likewise.
        calls: by simulation its calls in their order: the fields of each from ``turn`` on.
        state_changes: the rows.
        tasks: the first definition of each task.
        starts: the first start of each simulation.
        ends: the last end of each simulation with its line.
        stray_calls: tool calls outside of any simulation.
        unreadable: lines that are no JSON object, of those that the index takes for wanted events.
    """

    messages: list[Pieces] = field(default_factory=list)
    model_calls: list[Pieces] = field(default_factory=list)
    calls: dict[int, list[tuple[Any, ...]]] = field(default_factory=dict)
    state_changes: list[StateChange] = field(default_factory=list)
    tasks: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    starts: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    ends: dict[int, tuple[int, Mapping[str, Any]]] = field(default_factory=dict)
    stray_calls: int = 0
    unreadable: int = 0


class Settling:
    """Brings parts together, in the order of their lines.

    Args:
        index_of: the index of each simulation that counts, by id.
        left_out: the ids of those that do not.
        skipped: numbers of lines that are no events by the log's index, rising.
        wanted: by line, whether it holds something to keep, by that index: processes look at the others too.
    """

    def __init__(self, index_of: Mapping[str, int], left_out: Collection[str], skipped: Ints, wanted: Marks) -> None:
        self.kept = Kept()
        self._index_of = index_of
        self._left_out = left_out
        self._skipped = skipped
        self._wanted = wanted
        self._skipped_lines = frozenset(skipped.tolist())

    def take(self, parts: list[Part], first: int = 0) -> None:
        """Take the parts of lines that one collector counted.

        Args:
            parts: what it kept, in order; emptied, for there need not be room for both.
            first: the number of its line 0.
        """
        indices: list[int] = []
        while parts:
            part = parts.pop(0)
            indices += map(self._index, part.names)
            self._take(part, [*indices, _NOWHERE], first)  # NONE, which is -1, picks the last

    def _index(self, name: str) -> int:
        return self._index_of.get(name, _LEFT_OUT if name in self._left_out else _NOWHERE)

    def _take(self, part: Part, indices: Sequence[int], first: int) -> None:
        kept = self.kept
        index_of = np.array(indices, np.int64)
        kept.messages.append(self._columns(part.messages, index_of, first, least=0))
        kept.model_calls.append(self._columns(part.model_calls, index_of, first, least=_NOWHERE))
        for index, fields in self._placed(part.calls, indices, first):
            if index >= 0:
                kept.calls.setdefault(index, []).append(fields)
            else:
                kept.stray_calls += 1
        for index, fields in self._placed(part.state_changes, indices, first):
            kept.state_changes.append(_state_change(index if index >= 0 else None, *fields))
        for code, task_id, task in part.tasks:
            if indices[code] != _LEFT_OUT:
                kept.tasks.setdefault(task_id, task)
        for code, start in part.starts.items():
            if indices[code] >= 0:
                kept.starts.setdefault(indices[code], start)
        for code, (line, end) in part.ends.items():
            if indices[code] >= 0:
                kept.ends[indices[code]] = (line + first, end)
        kept.unreadable += sum(bool(self._wanted[line + first]) for line in part.unreadable)

    def _columns(self, given: Pieces, index_of: Ints, first: int, *, least: int) -> Pieces:
        """Return columns with the rows of what counts; those of no simulation have ``UNKNOWN`` for it."""
        columns, names = given
        simulation, line = index_of[columns["simulation"]], columns["line"] + first
        keep = simulation >= least
        if len(self._skipped):
            keep &= ~np.isin(line, self._skipped)
        simulation[simulation == _NOWHERE] = UNKNOWN
        columns = {**columns, "simulation": simulation, "line": line}
        return (columns if keep.all() else {name: column[keep] for name, column in columns.items()}), names

    def _placed(
        self, rows: Sequence[tuple[Any, ...]], indices: Sequence[int], first: int
    ) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Yield the index and the fields, of which the line is the last, of each row that counts."""
        skipped = self._skipped_lines
        for code, *fields in rows:
            index = indices[code]
            line = fields[-1] + first
            if index != _LEFT_OUT and line not in skipped:
                fields[-1] = line
                yield index, tuple(fields)
