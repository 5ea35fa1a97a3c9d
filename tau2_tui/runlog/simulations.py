"""The simulations of a log: which lines are theirs, and how they ended."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tau2_tui.events import SimulationEndEvent, SimulationStartEvent
from tau2_tui.runlog.columns import NONE, Array, Columns
from tau2_tui.runlog.envelope import finite_of
from tau2_tui.runlog.refs import SimulationOutcome, SimulationRef, repeated_by

_TWO_BYTES = (1 << 16) - 1


@dataclass(frozen=True, eq=False)
class SimulationLines:
    """The lines of each simulation, though they interleave in the file.

    Attributes:
        columns: what this was computed from.
        order: all line numbers, sorted by simulation and within one by place in the file, int32 or int64.
        bounds: where each simulation's lines begin in ``order``, by simulation code; one more element ends the last.
    """

    columns: Columns
    order: Array
    bounds: Array

    @classmethod
    def of(cls, columns: Columns) -> SimulationLines:
        """Sort the lines of ``columns`` by simulation."""
        # numpy sorts integers of two bytes in linear time, wider ones not.
        small = np.uint16 if len(columns.simulations) < _TWO_BYTES else np.int32
        codes = (columns.scopes[:, 0] + 1).astype(small).take(columns.scope)
        order = np.argsort(codes, kind="stable")
        if len(order) < 1 << 31:
            order = order.astype(np.int32)
        order.flags.writeable = False
        counts = np.bincount(codes, minlength=len(columns.simulations) + 1)
        return cls(columns, order, np.cumsum(counts))

    def of_code(self, code: int) -> Array:
        """Return the line numbers of the simulation with that code, rising."""
        lines: Array = self.order[self.bounds[code] : self.bounds[code + 1]]
        return lines

    def refs(self) -> list[SimulationRef]:
        """Return the simulations in the order in which they begin."""
        columns, starts, ends = self.columns, self.bounds[:-1], self.bounds[1:]
        present = np.flatnonzero(starts < ends)
        firsts = self.order[starts[present]]
        present = present[np.argsort(firsts)]
        firsts, lasts = self.order[starts[present]], self.order[ends[present] - 1]
        _, tasks, trials = columns.scopes[columns.scope[firsts]].T.tolist()
        counts = (ends - starts)[present].tolist()
        rows = zip(present.tolist(), tasks, trials, firsts.tolist(), lasts.tolist(), counts, strict=True)
        return [
            SimulationRef(
                simulation_id=columns.simulations[code],
                task_id=None if task == NONE else columns.tasks[task],
                trial=None if trial == NONE else trial,
                first_line=first,
                last_line=last,
                line_count=count,
            )
            for code, task, trial, first, last, count in rows
        ]


def lines_of(columns: Columns, simulation_id: str, groups: SimulationLines | None = None) -> Array:
    """Return the numbers of a simulation's lines, rising; none for an unknown one.

    Args:
        columns: of the log.
        simulation_id: the simulation.
        groups: its lines sorted by simulation, when they are at hand.
    """
    if simulation_id not in columns.simulations:
        return np.empty(0, np.int64)
    code = columns.simulations.index(simulation_id)
    if groups is not None:
        return groups.of_code(code)
    scopes = np.flatnonzero(columns.scopes[:, 0] == code)
    return np.flatnonzero(columns.scope == scopes[0] if len(scopes) == 1 else np.isin(columns.scope, scopes))


def replaced_by(start: object) -> object:
    """Return which simulation the one that begins with an event says that it repeats, None for none."""
    return repeated_by(start) if isinstance(start, SimulationStartEvent) else None


def marked(refs: list[SimulationRef], replaced: Callable[[int], object]) -> list[SimulationRef]:
    """Return the simulations, those marked that do not count because a later one says that it repeats them.

    Only where a task and trial occurs more than once, the starts of its simulations are read.

    Args:
        refs: the simulations.
        replaced: returns which simulation is repeated by the one that begins in a line, None for none.
    """
    groups: dict[tuple[str | None, int | None], list[SimulationRef]] = {}
    for ref in refs:
        groups.setdefault((ref.task_id, ref.trial), []).append(ref)
    if len(groups) == len(refs):
        return refs
    repeated = {replaced(ref.first_line) for group in groups.values() for ref in group[1:]}
    return [replace(ref, repeated=True) if ref.simulation_id in repeated else ref for ref in refs]


def end_lines(columns: Columns) -> dict[str, int]:
    """Return, by simulation id, the line of its last SimulationEndEvent; running simulations have none."""
    lines = np.flatnonzero(columns.of_type(SimulationEndEvent.__name__))
    codes = columns.scopes[columns.scope[lines], 0].tolist()
    return {columns.simulations[code]: line for code, line in zip(codes, lines.tolist(), strict=True) if code != NONE}


def outcome(simulation_id: str, line: int, end: object) -> SimulationOutcome | None:
    """Return how a simulation ended by the event at its end line; None when that cannot be read."""
    if not isinstance(end, SimulationEndEvent):
        return None
    reward = finite_of(end.reward)
    if reward is None and end.reward_info is not None:
        reward = finite_of(end.reward_info.get("reward"))
    return SimulationOutcome(
        simulation_id=simulation_id,
        line=line,
        reward=reward,
        termination_reason=_shared(end.termination_reason),
        duration=finite_of(end.duration),
        agent_cost=finite_of(end.agent_cost),
        user_cost=finite_of(end.user_cost),
        judge_skipped=end.judge_skipped,
        error=end.error is not None,
    )


def _shared(reason: str | None) -> str | None:
    """Return a reason of which each simulation has its own copy as one object for all."""
    return sys.intern(reason) if type(reason) is str else reason
