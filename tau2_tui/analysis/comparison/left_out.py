"""Which tasks a comparison leaves out, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from tau2_tui.analysis.data.records import Simulation
from tau2_tui.analysis.shared.task_scores import Source, scores_of, simulations_of
from tau2_tui.natural import natural

Side = Literal["a", "b", "neither"]


@dataclass(frozen=True, slots=True)
class LeftOutTask:
    """A task that is not compared.

    Attributes:
        task_id: the task.
        counts_in: the run in which it has simulations that count: ``a``, ``b`` or ``neither``.
        reason: why it does not count in the other one, for a person.
    """

    task_id: str
    counts_in: Side
    reason: str


def left_out_tasks(
    a: Source, b: Source, common: Collection[str], *, labels: tuple[str, str] = ("A", "B")
) -> tuple[LeftOutTask, ...]:
    """Return the tasks of two runs that are not compared: those of the first run, then the others, each by id.

    Args:
        a: the first run.
        b: the second.
        common: the tasks that are compared.
        labels: what the runs are called in the reasons.
    """
    left, right = _by_task(a), _by_task(b)
    return tuple(
        _left_out(task_id, left.get(task_id, []), right.get(task_id, []), labels)
        for task_id in dict.fromkeys([*sorted(left, key=natural), *sorted(right, key=natural)])
        if task_id not in common
    )


def by_reason(left_out: Iterable[LeftOutTask]) -> dict[str, list[str]]:
    """Return the names of tasks that are not compared, by the reason, in their order."""
    found: dict[str, list[str]] = {}
    for one in left_out:
        found.setdefault(one.reason, []).append(one.task_id)
    return found


def _by_task(source: Source) -> dict[str, list[Simulation]]:
    found: dict[str, list[Simulation]] = {}
    for simulation in simulations_of(source):
        found.setdefault(simulation.task_id, []).append(simulation)
    return found


def _left_out(task_id: str, left: list[Simulation], right: list[Simulation], labels: tuple[str, str]) -> LeftOutTask:
    in_a, in_b = _counts(left), _counts(right)
    if in_a and in_b:
        return LeftOutTask(task_id, "a", "the runs are of different domains")
    sides = zip((left, right), labels, strict=True)
    reasons = [_reason(side, label) for side, label in sides if not _counts(side)]
    return LeftOutTask(task_id, "a" if in_a else "b" if in_b else "neither", "; ".join(reasons))


def _counts(simulations: list[Simulation]) -> bool:
    return any(one.counted for one in simulations)


def _reason(simulations: list[Simulation], label: str) -> str:
    if not simulations:
        return f"not in {label}"
    why = scores_of(simulations).left_out.note.removeprefix("left out: ")
    return f"no simulation of it counts in {label}: {why}"
