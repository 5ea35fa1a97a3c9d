"""Task by trial: what happened where, which tasks are hard, and which trials only repeat each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

import numpy as np

from tau2_tui.analysis.data.records import Call, Message, Run, Simulation
from tau2_tui.analysis.data.tables import Table
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.runs.success import proportion
from tau2_tui.analysis.runs.variance import NEEDS_TRIALS, variance_split
from tau2_tui.analysis.shared.estimate import Estimate, Status
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL
from tau2_tui.analysis.shared.task_scores import Source, simulations_of, trial_order
from tau2_tui.counting import counted
from tau2_tui.events.codec import dumps
from tau2_tui.natural import natural

CellState = Literal["passed", "failed", "undecided", "infrastructure", "unevaluated", "running"]
RowKind = Literal["always", "never", "flips", "one trial", "nothing"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One simulation in the grid.

    Attributes:
        simulation: index of the simulation.
        state: what became of it; ``undecided``: a judge was needed and not asked; ``unevaluated``: it has no reward.
        reward: tau2's reward, None without one.
    """

    simulation: int
    state: CellState
    reward: float | None


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One task of the grid.

    Attributes:
        task_id: the task.
        cells: one a trial of the grid, None where the task lacks it: a missing one is no failure.
        n: simulations that count.
        successes: how many of them succeeded.
        rate: the share, with Wilson's interval.
        shrunken: the rate drawn towards that of all tasks, as far as their spread tells; the plain rate without it.
        kind: ``always`` or ``never`` succeeds, ``flips``, has ``one trial``, or ``nothing`` that counts.
    """

    task_id: str
    cells: tuple[Cell | None, ...]
    n: int
    successes: int
    rate: Estimate
    shrunken: float | None
    kind: RowKind


@dataclass(frozen=True, slots=True)
class Matrix:
    """The grid of tasks and trials.

    Attributes:
        trials: the numbers of the trials, one a column; places in order of start where the log has no numbers.
        rows: one a task, by id, numbers in it as numbers.
        shrinkage: parameters a and b of the beta distribution of the tasks' rates; None without shrinkage.
        status: as for estimates.
        note: why there is no shrinkage, empty when there is.
    """

    trials: tuple[int, ...]
    rows: tuple[MatrixRow, ...]
    shrinkage: tuple[float, float] | None = None
    status: Status = "ok"
    note: str = ""


def task_matrix(source: Source, *, level: float = DEFAULT_LEVEL) -> Matrix:
    """Return what happened in each trial of each task; two simulations of one trial take the later one."""
    groups: dict[str, list[Simulation]] = defaultdict(list)
    for simulation in simulations_of(source):
        groups[simulation.task_id].append(simulation)
    if not groups:
        return Matrix((), (), None, "none", "no simulations")
    placed = {task_id: _by_trial(group) for task_id, group in groups.items()}
    trials = tuple(sorted({trial for cells in placed.values() for trial in cells}))
    shrinkage, note = _shrinkage(source)
    rows = tuple(
        _row(task_id, groups[task_id], tuple(cells.get(trial) for trial in trials), shrinkage, level)
        for task_id, cells in sorted(placed.items(), key=lambda one: natural(one[0]))
    )
    return Matrix(trials, rows, shrinkage, "ok", note)


def _by_trial(simulations: list[Simulation]) -> dict[int, Cell]:
    ordered = sorted(simulations, key=trial_order)
    numbered = all(simulation.trial is not None for simulation in ordered)
    cells = {}
    for place, simulation in enumerate(ordered):
        number = simulation.trial if numbered and simulation.trial is not None else place
        cells[number] = Cell(simulation.index, state_of(simulation), simulation.reward)
    return cells


def state_of(simulation: Simulation) -> CellState:
    """Return what became of a simulation."""
    if simulation.infrastructure:
        return "infrastructure"
    if simulation.success is not None:
        return "passed" if simulation.success else "failed"
    if not simulation.ended:
        return "running"
    return "undecided" if simulation.judge_skipped else "unevaluated"


def _row(
    task_id: str,
    simulations: list[Simulation],
    cells: tuple[Cell | None, ...],
    shrinkage: tuple[float, float] | None,
    level: float,
) -> MatrixRow:
    outcomes = [simulation.success is True for simulation in simulations if simulation.counted]
    n, successes = len(outcomes), sum(outcomes)
    rate = proportion(successes, n, level=level)
    shrunken = rate.value
    if shrinkage is not None:
        a, b = shrinkage
        shrunken = (successes + a) / (n + a + b)
    return MatrixRow(task_id, cells, n, successes, rate, shrunken, _kind(n, successes))


def _kind(n: int, successes: int) -> RowKind:
    if n < 2:
        return "one trial" if n else "nothing"
    if successes in (0, n):
        return "always" if successes else "never"
    return "flips"


def _shrinkage(source: Source) -> tuple[tuple[float, float] | None, str]:
    """Return the beta distribution of the tasks' rates by the method of moments, or why there is none."""
    split = variance_split(source)
    icc = split.icc.value
    if icc is None:
        return None, f"no shrinkage: {split.note}"
    if icc <= 0:
        return None, "no shrinkage: trials differ as much as tasks"
    if icc >= 1:
        return None, "no shrinkage: no task flipped"
    outcomes = [simulation.success is True for simulation in simulations_of(source) if simulation.counted]
    mean = sum(outcomes) / len(outcomes)
    weight = (1 - icc) / icc
    return (mean * weight, (1 - mean) * weight), ""


@dataclass(frozen=True, slots=True)
class IdenticalTask:
    """A task with trials that repeat each other.

    Attributes:
        task_id: the task.
        trials: how many trials were compared.
        same_calls: groups of simulations (their indices) with the same calls, arguments included.
        same_messages: groups of simulations with the same messages throughout.
    """

    task_id: str
    trials: int
    same_calls: tuple[tuple[int, ...], ...]
    same_messages: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class IdenticalTrials:
    """Trials that only repeat each other: they are no evidence of their own.

    Attributes:
        tasks: the tasks that have any, by id.
        n_tasks: how many tasks were looked at: those with two or more trials.
        status: as for estimates.
        note: one line for a person.
    """

    tasks: tuple[IdenticalTask, ...]
    n_tasks: int
    status: Status = "ok"
    note: str = ""


def identical_trials(run: Run) -> IdenticalTrials:
    """Return the tasks some of whose trials made the same calls, or exchanged the same messages.

    Simulations without any call, or without any message, are not taken as the same for that.
    """
    groups: dict[str, list[Simulation]] = defaultdict(list)
    for simulation in run.simulations:
        if simulation.ended:
            groups[simulation.task_id].append(simulation)
    repeated = {task_id: group for task_id, group in groups.items() if len(group) >= 2}
    if not repeated:
        return IdenticalTrials((), 0, "none", NEEDS_TRIALS)
    looked_at = {simulation.index for group in repeated.values() for simulation in group}
    calls, messages = _call_keys(run.calls), _message_keys(run.messages, looked_at)
    tasks = []
    for task_id, group in sorted(repeated.items(), key=lambda one: natural(one[0])):
        indices = [simulation.index for simulation in group]
        row = IdenticalTask(task_id, len(group), _alike(indices, calls), _alike(indices, messages))
        if row.same_calls or row.same_messages:
            tasks.append(row)
    note = "no identical trials"
    if tasks:
        note = f"{counted(len(tasks), 'task')} gave identical trials: trials are not independent"
    return IdenticalTrials(tuple(tasks), len(repeated), "ok", note)


def _call_keys(calls: Iterable[Call]) -> dict[int, bytes]:
    parts = ((one.simulation, dumps((one.requestor, one.name, one.args), sort_keys=True)) for one in calls)
    return _digests(parts)


def _message_keys(messages: Sequence[Message], wanted: set[int]) -> dict[int, bytes]:
    """Return what was said in some simulations: the columns that tell, as bytes."""
    table = Table.of(Message, messages)
    told = np.stack([table.whole("role"), table.whole("text_digest").view(np.int64), table.whole("tool_calls")], axis=1)
    simulations = table.whole("simulation")
    starts = np.flatnonzero(np.diff(simulations, prepend=-1))
    stops = np.append(starts[1:], len(simulations))[: len(starts)]
    found = zip(simulations[starts].tolist(), starts.tolist(), stops.tolist(), strict=True)
    return {index: told[start:stop].tobytes() for index, start, stop in found if index in wanted}


def _digests(parts: Iterable[tuple[int, bytes]]) -> dict[int, bytes]:
    """Return, for each simulation, a digest of its parts in their order: a run may have a million of them."""
    running: dict[int, Any] = defaultdict(lambda: blake2b(digest_size=16))
    for simulation, part in parts:
        running[simulation].update(part + b"\n")
    return {simulation: digest.digest() for simulation, digest in running.items()}


def _alike(indices: list[int], keys: dict[int, bytes]) -> tuple[tuple[int, ...], ...]:
    groups: dict[bytes, list[int]] = defaultdict(list)
    for index in indices:
        if index in keys:
            groups[keys[index]].append(index)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


EXPLANATIONS = {
    "task_matrix": Explanation(
        question="What happened where, and is a task really hard or was it unlucky?",
        formula="one cell a task and trial; c / n with Wilson's interval; shrunken rate (c + a) / (n + a + b), a "
        "and b of a beta distribution with the mean and intraclass correlation of the run",
        assumption="tasks' rates follow a beta distribution (for the shrunken rate only)",
        source="beta-binomial method of moments (Kleinman 1973)",
        poor="a missing cell is no failure; no shrinkage without 2+ trials per task or when no task flips",
    ),
    "identical_trials": Explanation(
        question="Did the trials really differ?",
        formula="trials of a task with the same calls and arguments in the same order; with the same messages",
        assumption="none",
        source="temperature 0 repeats itself; Bjarnason et al. 2026 (arXiv 2602.07150)",
        poor="needs 2+ trials per task",
    ),
}
