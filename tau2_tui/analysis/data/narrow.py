"""A part of a run: what stands in some lines of its log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from tau2_tui.analysis.data.records import Call, Message, ModelCall, Run, StateChange
from tau2_tui.analysis.data.tables import UNKNOWN, Ints, Marks, Table

Row = TypeVar("Row", Call, StateChange)
Many = TypeVar("Many", Message, ModelCall)
Lines = npt.NDArray[np.int64] | npt.NDArray[np.bool_]


def narrowed(run: Run, lines: Lines, what: str = "", *, whole: bool = False) -> Run:
    """Return a run with only the calls, messages and changes of some lines, and the simulations that they belong to.

    A simulation stays when any line of it does, and keeps its outcome.

    Args:
        run: the whole run.
        lines: numbers of the lines, or a mark for each line.
        what: how the notes name the choice.
        whole: keep everything of the simulations that stay.
    """
    chosen: Ints = np.flatnonzero(lines) if lines.dtype == np.bool_ else np.unique(lines)
    kept = np.zeros(_lines(run), np.bool_)
    kept[chosen[chosen < len(kept)]] = True
    groups = (run.calls, run.messages, run.model_calls, run.state_changes)
    touched = {index for rows in groups for index in _simulations(rows, kept)}
    touched |= {
        s.index for s in run.simulations for line in (s.first_line, s.end_line) if line is not None and kept[line]
    }
    simulations = [simulation for simulation in run.simulations if simulation.index in touched]
    place = {simulation.index: index for index, simulation in enumerate(simulations)}
    tasks = {simulation.task_id for simulation in simulations}
    note = f"only {what}: {len(simulations)} of {len(run.simulations)} simulations" if what else ""
    return replace(
        run,
        simulations=tuple(replace(simulation, index=place[simulation.index]) for simulation in simulations),
        calls=_renumbered(run.calls, kept, place, whole),
        messages=_renumbered_table(Table.of(Message, run.messages), kept, place, whole),
        model_calls=_renumbered_table(Table.of(ModelCall, run.model_calls), kept, place, whole),
        state_changes=_renumbered(run.state_changes, kept, place, whole),
        tasks={task_id: task for task_id, task in run.tasks.items() if task_id in tasks},
        gold=tuple(action for action in run.gold if action.task_id in tasks),
        notes=(*run.notes, note) if note else run.notes,
    )


def _lines(run: Run) -> int:
    """Return a number above that of every line of a run."""
    most = [s.first_line if s.end_line is None else max(s.first_line, s.end_line) for s in run.simulations]
    most += [row.line for rows in (run.calls, run.state_changes) for row in rows]
    tables = (Table.of(Message, run.messages), Table.of(ModelCall, run.model_calls))
    most += [int(table.whole("line").max(initial=0)) for table in tables]
    return max(most, default=0) + 1


def _simulations(rows: Sequence[Call | Message | ModelCall | StateChange], kept: Marks) -> Iterator[int | None]:
    """Yield the indices of the simulations that kept lines belong to; None for lines of none."""
    if isinstance(rows, Table):
        for index in np.unique(rows.whole("simulation")[kept[rows.whole("line")]]).tolist():
            yield None if index == UNKNOWN else index
    else:
        yield from {row.simulation for row in rows if kept[row.line]}


def _renumbered(rows: tuple[Row, ...], kept: Marks, place: dict[int, int], whole: bool) -> tuple[Row, ...]:
    return tuple(
        row if row.simulation is None else replace(row, simulation=place[row.simulation])
        for row in rows
        if (row.simulation in place if whole and row.simulation is not None else kept[row.line])
    )


def _renumbered_table(table: Table[Many], kept: Marks, place: dict[int, int], whole: bool) -> Table[Many]:
    of = table.whole("simulation")
    new = np.full(max(int(of.max(initial=-1)), *place, -1) + 2, UNKNOWN)
    new[list(place)] = list(place.values())
    moved = np.where(of == UNKNOWN, UNKNOWN, new[np.where(of == UNKNOWN, -1, of)])
    lines = kept[table.whole("line")]
    rows = np.where(of == UNKNOWN, lines, moved != UNKNOWN) if whole else lines
    return table.taken(rows, simulation=moved[rows])
