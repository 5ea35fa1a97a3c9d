"""Outcomes by task: the task is the unit of every statement about a run's success."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tau2_tui.analysis.data.records import Run, Simulation
from tau2_tui.counting import counted

Source = Run | Iterable[Simulation]
"""A run, or simulations of one."""


@dataclass(frozen=True, slots=True)
class TaskScore:
    """The outcomes of one task.

    Attributes:
        task_id: the task.
        outcomes: whether each simulation that counts succeeded, by trial and start.
        trials: the number of the trial of each, None where the log does not say.
    """

    task_id: str
    outcomes: tuple[bool, ...]
    trials: tuple[int | None, ...] = ()

    @property
    def n(self) -> int:
        """How many simulations count."""
        return len(self.outcomes)

    @property
    def successes(self) -> int:
        """How many of them succeeded."""
        return sum(self.outcomes)

    @property
    def mean(self) -> float:
        """The share that succeeded."""
        return self.successes / self.n


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Simulations that do not enter a success rate.

    Attributes:
        infrastructure: failed outside agent and user.
        undecided: a judge was needed and not asked.
        unevaluated: other ones without a reward: still running, cut off or failed before their evaluation.
    """

    infrastructure: int = 0
    undecided: int = 0
    unevaluated: int = 0

    @property
    def note(self) -> str:
        """One line for a person, empty when every simulation counts."""
        found = [counted(self.infrastructure, "infrastructure failure")] if self.infrastructure else []
        found += [f"{self.undecided} undecided (judge not asked)"] if self.undecided else []
        found += [f"{self.unevaluated} without a reward"] if self.unevaluated else []
        return f"left out: {', '.join(found)}" if found else ""


@dataclass(frozen=True, slots=True)
class Scores:
    """A run's outcomes by task.

    Attributes:
        tasks: those with at least one simulation that counts, in the order in which they begin.
        left_out: the simulations that do not count.
    """

    tasks: tuple[TaskScore, ...] = ()
    left_out: LeftOut = field(default_factory=LeftOut)

    @property
    def means(self) -> list[float]:
        """Each task's share of successes."""
        return [task.mean for task in self.tasks]

    @property
    def n(self) -> int:
        """How many simulations count."""
        return sum(task.n for task in self.tasks)

    @property
    def successes(self) -> int:
        """How many of them succeeded."""
        return sum(task.successes for task in self.tasks)

    @property
    def fewest(self) -> int:
        """The smallest number of simulations of a task, 0 without tasks."""
        return min((task.n for task in self.tasks), default=0)

    @property
    def most(self) -> int:
        """The largest number of simulations of a task, 0 without tasks."""
        return max((task.n for task in self.tasks), default=0)

    @property
    def by_id(self) -> Mapping[str, TaskScore]:
        """The tasks by their id."""
        return {task.task_id: task for task in self.tasks}


def simulations_of(source: Source) -> tuple[Simulation, ...]:
    """Return the simulations of a run, or those given."""
    return source.simulations if isinstance(source, Run) else tuple(source)


def scores_of(source: Source) -> Scores:
    """Return the outcomes by task of all simulations that count."""
    groups: dict[str, list[Simulation]] = {}
    infrastructure = undecided = unevaluated = 0
    for simulation in simulations_of(source):
        if simulation.counted:
            groups.setdefault(simulation.task_id, []).append(simulation)
        elif simulation.infrastructure:
            infrastructure += 1
        elif simulation.judge_skipped:
            undecided += 1
        else:
            unevaluated += 1
    tasks = tuple(_score(task_id, group) for task_id, group in groups.items())
    return Scores(tasks, LeftOut(infrastructure, undecided, unevaluated))


def _score(task_id: str, simulations: list[Simulation]) -> TaskScore:
    ordered = sorted(simulations, key=trial_order)
    return TaskScore(
        task_id,
        tuple(simulation.success is True for simulation in ordered),
        tuple(simulation.trial for simulation in ordered),
    )


def trial_order(simulation: Simulation) -> tuple[float, float, int]:
    """Return a key that sorts the simulations of one task by trial, then by start."""
    trial = float("inf") if simulation.trial is None else simulation.trial
    return trial, simulation.start or 0.0, simulation.index
