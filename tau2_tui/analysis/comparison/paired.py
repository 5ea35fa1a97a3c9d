"""Two runs on the same tasks: the pairs that a comparison rests on."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from statistics import fmean

from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.data.rows import mapping
from tau2_tui.analysis.shared.task_scores import Source, TaskScore, scores_of
from tau2_tui.events.codec import dumps
from tau2_tui.natural import natural

TASKS_DIFFER = "the runs are of different domains: nothing to compare"


@dataclass(frozen=True, slots=True)
class Pair:
    """One task in both runs.

    Attributes:
        task_id: the task.
        a: its outcomes in the first run.
        b: its outcomes in the second.
    """

    task_id: str
    a: TaskScore
    b: TaskScore

    @property
    def difference(self) -> Fraction:
        """The second run's rate less the first's, exactly."""
        return Fraction(self.b.successes, self.b.n) - Fraction(self.a.successes, self.a.n)


@dataclass(frozen=True, slots=True)
class Pairs:
    """The tasks of two runs, by id, numbers in it as numbers.

    Attributes:
        common: those with simulations that count in both.
        only_a: those that count in the first only.
        only_b: those that count in the second only.
        problem: why the runs cannot be compared at all, empty when they can.
        warnings: what a reader should know of the pairing.
    """

    common: tuple[Pair, ...]
    only_a: tuple[str, ...] = ()
    only_b: tuple[str, ...] = ()
    problem: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def differences(self) -> list[Fraction]:
        """The second run's rate less the first's, task by task."""
        return [pair.difference for pair in self.common]

    @property
    def trials(self) -> float:
        """Trials a task; the harmonic mean over the tasks of both runs where they differ."""
        return 1 / fmean(1 / side.n for pair in self.common for side in (pair.a, pair.b))

    @property
    def single(self) -> bool:
        """Whether every task has one trial in each run."""
        return all(pair.a.n == pair.b.n == 1 for pair in self.common)


def paired(a: Source, b: Source) -> Pairs:
    """Pair the tasks of two runs by their id."""
    if isinstance(a, Run) and isinstance(b, Run) and a.domain and b.domain and a.domain != b.domain:
        return Pairs((), problem=f"{TASKS_DIFFER} ({a.domain}, {b.domain})")
    left, right = scores_of(a).by_id, scores_of(b).by_id
    first, second = sorted(left, key=natural), sorted(right, key=natural)
    common = tuple(Pair(task_id, left[task_id], right[task_id]) for task_id in first if task_id in right)
    return Pairs(
        common=common,
        only_a=tuple(task_id for task_id in first if task_id not in right),
        only_b=tuple(task_id for task_id in second if task_id not in left),
        warnings=_warnings(a, b, [pair.task_id for pair in common]),
    )


def _warnings(a: Source, b: Source, common: list[str]) -> tuple[str, ...]:
    if not isinstance(a, Run) or not isinstance(b, Run):
        return ()
    notes = []
    if _holds_all_of(a, b) or _holds_all_of(b, a):
        notes.append("every simulation of one log is in the other as well: these are no independent runs")
    both = [task_id for task_id in common if task_id in a.tasks and task_id in b.tasks]
    changed = sum(_criteria(a, task_id) != _criteria(b, task_id) for task_id in both)
    if changed:
        notes.append(f"common tasks that the two logs evaluate by other criteria: {changed}")
    return tuple(notes)


def _holds_all_of(a: Run, b: Run) -> bool:
    """Return whether the first run has every simulation of the second: a copy of its log, or one that goes on."""
    first, second = ({(s.simulation_id, s.start, s.duration, s.reward) for s in run.simulations} for run in (a, b))
    return bool(second) and second <= first


def _criteria(run: Run, task_id: str) -> bytes:
    """Return what of a task's definition decides over success; keys without a value do not count."""
    criteria = mapping(run.tasks[task_id].get("evaluation_criteria"))
    return dumps({key: value for key, value in criteria.items() if value}, sort_keys=True)
