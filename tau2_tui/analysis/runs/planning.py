"""How many tasks or trials it takes for an interval of a given width."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import variance

from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.runs.success import NOTHING
from tau2_tui.analysis.runs.variance import NEEDS_TRIALS
from tau2_tui.analysis.shared.estimate import Status
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, FEW_TASKS, critical_t
from tau2_tui.analysis.shared.task_scores import Scores, Source, scores_of

MOST = 10_000_000
"""More tasks or trials than this are not worth naming."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What it takes to know the success rate to plus or minus ``half_width``.

    Attributes:
        half_width: the wish, as a share: 0.05 is five points.
        current: the half width that the tasks and trials at hand give, None without one.
        n_tasks: tasks at hand.
        trials: trials a task at hand; the mean where they differ.
        tasks_needed: tasks in all, with as many trials each; None where that cannot be told.
        trials_needed: trials a task in all, on the same tasks; None where that cannot be told or cannot help.
        trials_help: whether more trials on the same tasks can do it; None where that cannot be told.
        between: variance of the tasks' true rates, None with single trials.
        within: variance of trials of a task, None with single trials.
        status: as for estimates; ``few`` marks a rough guess.
        note: one line for a person.
    """

    half_width: float
    current: float | None
    n_tasks: int
    trials: float
    tasks_needed: int | None
    trials_needed: int | None
    trials_help: bool | None
    between: float | None
    within: float | None
    status: Status = "ok"
    note: str = ""


def plan(source: Source, half_width: float = 0.05, *, level: float = DEFAULT_LEVEL) -> Plan:
    """Return how many tasks, or trials a task, give an interval of plus or minus ``half_width`` for new tasks.

    Args:
        source: a run or its simulations, taken as the pilot.
        half_width: the wish, above 0.
        level: coverage of the interval.

    Raises:
        ValueError: ``half_width`` is not above 0.
    """
    if not half_width > 0:
        raise ValueError("the half width must be above 0")
    scores = scores_of(source)
    tasks = len(scores.tasks)
    trials = scores.n / tasks if tasks else 0.0
    spread = variance(scores.means) if tasks > 1 else 0.0
    problem = _problem(scores, spread)
    if problem is not None:
        return Plan(half_width, None, tasks, trials, None, None, None, None, None, *problem)
    current = critical_t(tasks - 1, level) * math.sqrt(spread / tasks)
    between, within = _components(scores, spread)
    most_variance = tasks * (half_width / critical_t(tasks - 1, level)) ** 2
    trials_needed, trials_help = _trials(between, within, most_variance, scores, current <= half_width)
    notes = [_trials_note(trials_help, between)]
    informative = min(sum(mean > 0 for mean in scores.means), sum(mean < 1 for mean in scores.means))
    if informative < FEW_TASKS:
        notes.append(f"rough guess: tasks that tell: {informative}")
    return Plan(
        half_width=half_width,
        current=current,
        n_tasks=tasks,
        trials=trials,
        tasks_needed=_tasks(spread, half_width, level),
        trials_needed=trials_needed,
        trials_help=trials_help,
        between=between,
        within=within,
        status="few" if informative < FEW_TASKS else "ok",
        note="; ".join(note for note in notes if note),
    )


def _problem(scores: Scores, spread: float) -> tuple[Status, str] | None:
    if not scores.tasks:
        return "none", NOTHING
    if len(scores.tasks) == 1:
        return "none", "one task: nothing to plan from"
    if spread == 0:
        return "degenerate", "all tasks agree: nothing to plan from"
    return None


def _tasks(spread: float, half_width: float, level: float) -> int | None:
    """Return the least number of tasks whose t interval is narrow enough, by bisection."""

    def enough(tasks: int) -> bool:
        return critical_t(tasks - 1, level) * math.sqrt(spread / tasks) <= half_width

    if not enough(MOST):
        return None
    low, high = 1, MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _components(scores: Scores, spread: float) -> tuple[float | None, float | None]:
    """Return the variances of the tasks' true rates and of a task's trials, from tasks with two or more trials."""
    repeated = [task for task in scores.tasks if task.n >= 2]
    if not repeated:
        return None, None
    within = sum(task.n / (task.n - 1) * task.mean * (1 - task.mean) for task in repeated) / len(repeated)
    noise = within * sum(1 / task.n for task in scores.tasks) / len(scores.tasks)
    return max(0.0, spread - noise), within


def _trials(
    between: float | None, within: float | None, most_variance: float, scores: Scores, done: bool
) -> tuple[int | None, bool | None]:
    if done:
        return scores.most, True
    if between is None or within is None:
        return None, None
    room = most_variance - between
    if room <= 0 or within / room > MOST:
        return None, False
    return max(scores.most, math.ceil(within / room - 1e-9)), True


def _trials_note(trials_help: bool | None, between: float | None) -> str:
    if between is None:
        return f"{NEEDS_TRIALS} to tell what more trials would do"
    return "more trials cannot help: the tasks differ too much" if trials_help is False else ""


EXPLANATIONS = {
    "plan": Explanation(
        question="How many tasks or trials do I need for plus or minus 5 points?",
        formula="tasks: least G with t(G - 1) sqrt(s^2 / G) <= h, s^2 the variance of task means at these trials; "
        "trials: least K with (between + within / K) / G <= (h / t(G - 1))^2",
        assumption="the variances seen here hold for the tasks to come",
        source="Miller 2024 (arXiv 2411.00640), law of total variance",
        poor="rough guess under 6 tasks that tell; all tasks agree: nothing to plan from; more trials cannot help",
    ),
}
