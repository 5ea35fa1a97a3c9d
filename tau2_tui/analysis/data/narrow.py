"""A part of a run: what stands in some lines of its log."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from tau2_tui.analysis.data.records import Call, Message, ModelCall, Run, StateChange

Row = TypeVar("Row", Call, Message, ModelCall, StateChange)
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
    chosen = np.flatnonzero(lines) if lines.dtype == np.bool_ else np.unique(lines)
    kept = set(chosen.tolist())
    rows = [row for group in (run.calls, run.messages, run.model_calls, run.state_changes) for row in group]
    touched = {row.simulation for row in rows if row.line in kept}
    touched |= {s.index for s in run.simulations if s.first_line in kept or s.end_line in kept}
    simulations = [simulation for simulation in run.simulations if simulation.index in touched]
    place = {simulation.index: index for index, simulation in enumerate(simulations)}
    tasks = {simulation.task_id for simulation in simulations}
    if whole:
        kept = {row.line for row in rows if row.simulation in touched}
    note = f"only {what}: {len(simulations)} of {len(run.simulations)} simulations" if what else ""
    return replace(
        run,
        simulations=tuple(replace(simulation, index=place[simulation.index]) for simulation in simulations),
        calls=_renumbered(run.calls, kept, place),
        messages=_renumbered(run.messages, kept, place),
        model_calls=_renumbered(run.model_calls, kept, place),
        state_changes=_renumbered(run.state_changes, kept, place),
        tasks={task_id: task for task_id, task in run.tasks.items() if task_id in tasks},
        gold=tuple(action for action in run.gold if action.task_id in tasks),
        notes=(*run.notes, note) if note else run.notes,
    )


def _renumbered(rows: tuple[Row, ...], kept: set[int], place: dict[int, int]) -> tuple[Row, ...]:
    return tuple(
        row if row.simulation is None else replace(row, simulation=place[row.simulation])
        for row in rows
        if row.line in kept
    )
