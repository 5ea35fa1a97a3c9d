"""Success in parts of a run, with a rate only where there are tasks enough for one."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from tau2_tui.analysis.data.records import Simulation
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.runs.success import NOTHING, success_new_tasks
from tau2_tui.analysis.shared.estimate import Estimate, Status
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL
from tau2_tui.analysis.shared.task_scores import Source, scores_of, simulations_of
from tau2_tui.counting import counted

LEAST_TASKS = 3
"""A group of fewer tasks gets its counts, but no rate."""

Key = Callable[[Simulation], Hashable]

KEYS: dict[str, Key] = {
    "trial": lambda simulation: simulation.trial,
    "termination": lambda simulation: simulation.termination,
    "seed": lambda simulation: simulation.seed,
    "kind": lambda simulation: kind_of_task(simulation.task_id),
}
"""Named ways to divide a run's simulations."""


@dataclass(frozen=True, slots=True)
class Subgroup:
    """One part of a run.

    Attributes:
        key: what its simulations have in common, as text.
        n_tasks: tasks in it.
        n: simulations in it that count.
        successes: how many of them succeeded.
        rate: the success rate for new tasks of this kind; no value under three tasks.
    """

    key: str
    n_tasks: int
    n: int
    successes: int
    rate: Estimate


@dataclass(frozen=True, slots=True)
class Subgroups:
    """A run in parts.

    Attributes:
        groups: those with a simulation that counts, in the order in which they begin.
        without_key: simulations that belong to no group.
        status: as for estimates.
        note: one line for a person.
    """

    groups: tuple[Subgroup, ...]
    without_key: int = 0
    status: Status = "ok"
    note: str = ""


def kind_of_task(task_id: str) -> str | None:
    """Return the kind that a task's id names in front, as telecom's do (``[mobile_data_issue]…``), None without one."""
    end = task_id.find("]")
    return task_id[1:end] if task_id.startswith("[") and end > 1 else None


def subgroup(source: Source, key: str | Key, *, level: float = DEFAULT_LEVEL) -> Subgroups:
    """Divide a run's simulations and return the success rate of each part.

    Args:
        source: a run or its simulations.
        key: one of ``KEYS``, or a function from a simulation to its group; None leaves it out.
        level: coverage of the intervals.

    Raises:
        ValueError: there is no such named key.
    """
    if isinstance(key, str):
        if key not in KEYS:
            raise ValueError(f"no such key: {key}; there are {', '.join(KEYS)}")
        key = KEYS[key]
    members: dict[Hashable, list[Simulation]] = {}
    for simulation in simulations_of(source):
        members.setdefault(key(simulation), []).append(simulation)
    without_key = len(members.pop(None, []))
    groups = tuple(_group(str(name), group, level) for name, group in members.items())
    groups = tuple(group for group in groups if group.n)
    if not groups:
        return Subgroups((), without_key, "none", NOTHING if not without_key else "no simulation has this property")
    small = sum(group.n_tasks < LEAST_TASKS for group in groups)
    note = f"{counted(small, 'group')} of fewer than {LEAST_TASKS} tasks: counts only" if small else ""
    return Subgroups(groups, without_key, "few" if small == len(groups) else "ok", note)


def _group(key: str, simulations: list[Simulation], level: float) -> Subgroup:
    scores = scores_of(simulations)
    tasks = len(scores.tasks)
    if tasks >= LEAST_TASKS:
        rate = success_new_tasks(simulations, level=level)
    else:
        note = f"{counted(tasks, 'task')}: counts only"
        rate = Estimate(None, n=scores.n, n_tasks=tasks, method="counts", status="few", note=note, level=level)
    return Subgroup(key, tasks, scores.n, scores.successes, rate)


EXPLANATIONS = {
    "subgroup": Explanation(
        question="How does it do on one kind of task?",
        formula="success_new_tasks in each part",
        assumption="as for success_new_tasks; parts were not chosen after seeing their rates",
        source="as for success_new_tasks",
        poor="parts under 3 tasks: counts only",
    ),
}
