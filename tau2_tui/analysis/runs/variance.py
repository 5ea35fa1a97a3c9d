"""Hard tasks or a moody agent: how a run's variation splits between tasks and trials, and which tasks flip."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.runs.success import NOTHING, proportion
from tau2_tui.analysis.shared.estimate import Estimate, Status, Test
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL
from tau2_tui.analysis.shared.permutation import Stratum, permute_within
from tau2_tui.analysis.shared.quiet import quiet
from tau2_tui.analysis.shared.task_scores import Scores, Source, TaskScore, scores_of
from tau2_tui.counting import counted
from tau2_tui.natural import natural

NEEDS_TRIALS = "needs 2+ trials per task"


@dataclass(frozen=True, slots=True)
class VarianceSplit:
    """The variance of success, split into tasks and trials.

    Attributes:
        icc: share of the variance of one simulation that its task explains, with the F interval when every task has
            equally many trials.
        icc_k: the same for the mean of a task's trials: how far the tasks' rates would come out alike again.
        between: variance of the tasks' true rates.
        within: variance of trials of the same task.
        ms_between: mean square between tasks, None without one.
        ms_within: mean square within tasks, None without one.
        trials: trials a task; the equivalent number when tasks differ.
        status: as for estimates.
        note: one line for a person.
    """

    icc: Estimate
    icc_k: Estimate
    between: float | None
    within: float | None
    ms_between: float | None
    ms_within: float | None
    trials: float | None
    status: Status = "ok"
    note: str = ""


def variance_split(source: Source, *, level: float = DEFAULT_LEVEL) -> VarianceSplit:
    """Split the variance of success into tasks and trials, by one-way analysis of variance."""
    scores = scores_of(source)
    tasks, n = len(scores.tasks), scores.n
    problem = _no_split(scores)
    if problem is not None:
        none = Estimate(None, n=n, n_tasks=tasks, method="ANOVA", status=problem[0], note=problem[1], level=level)
        return VarianceSplit(none, none, None, None, None, None, None, *problem)
    mean = scores.successes / n
    ms_between = math.fsum(task.n * (task.mean - mean) ** 2 for task in scores.tasks) / (tasks - 1)
    ms_within = math.fsum(task.n * task.mean * (1 - task.mean) for task in scores.tasks) / (n - tasks)
    if ms_between + ms_within == 0:
        note = "all tasks agree: ICC undefined"
        none = Estimate(None, n=n, n_tasks=tasks, method="ANOVA", status="degenerate", note=note, level=level)
        return VarianceSplit(none, none, 0.0, 0.0, 0.0, 0.0, None, "degenerate", note)
    trials = (n - sum(task.n**2 for task in scores.tasks) / n) / (tasks - 1)
    icc = _icc(scores, ms_between, ms_within, trials, level)
    return VarianceSplit(
        icc=icc,
        icc_k=_icc_of_means(icc, ms_between, ms_within, scores, level),
        between=max(0.0, (ms_between - ms_within) / trials),
        within=ms_within,
        ms_between=ms_between,
        ms_within=ms_within,
        trials=trials,
        status=icc.status,
        note=icc.note,
    )


def _no_split(scores: Scores) -> tuple[Status, str] | None:
    if not scores.tasks:
        return "none", NOTHING
    if scores.most < 2:
        return "none", NEEDS_TRIALS
    if len(scores.tasks) < 2:
        return "none", "one task: nothing to compare it with"
    return None


def _icc(scores: Scores, between: float, within: float, trials: float, level: float) -> Estimate:
    tasks, n = len(scores.tasks), scores.n
    value = (between - within) / (between + (trials - 1) * within)
    status: Status = "ok"
    notes = []
    low: float | None = None
    high: float | None = None
    if within == 0:
        status = "degenerate"
        notes.append("no task flipped: no interval")
    elif scores.fewest != scores.most:
        notes.append(f"no interval: tasks have {scores.fewest} to {scores.most} trials")
    else:
        low, high = _icc_interval(between / within, tasks, scores.fewest, level)
        if high == 0.0:
            low = high = None
            notes.append("no interval: all of it would lie below 0")
    if value < 0:
        notes.append(f"estimated {value:.2f}, shown as 0: trials differ more than tasks")
        value, status = 0.0, "degenerate"
    return Estimate(value, low, high, n, tasks, None, "ICC(1,1), ANOVA, F interval", status, "; ".join(notes), level)


def _icc_interval(ratio: float, tasks: int, trials: int, level: float) -> tuple[float, float]:
    """Return the exact interval of the intraclass correlation for normal data, from 0 up."""
    from scipy.special import fdtri

    freedom = tasks * (trials - 1)
    tail = 0.5 + level / 2
    low = ratio / float(fdtri(tasks - 1, freedom, tail))
    high = ratio * float(fdtri(freedom, tasks - 1, tail))
    return max(0.0, (low - 1) / (low + trials - 1)), max(0.0, (high - 1) / (high + trials - 1))


def _icc_of_means(icc: Estimate, between: float, within: float, scores: Scores, level: float) -> Estimate:
    value = 0.0 if between == 0 else max(0.0, 1 - within / between)
    low, high = (None if icc.low is None else _stepped_up(end, scores.fewest) for end in (icc.low, icc.high))
    name = "ICC(1,K), ANOVA, F interval"
    return Estimate(value, low, high, scores.n, len(scores.tasks), None, name, icc.status, icc.note, level)


def _stepped_up(icc: float | None, trials: int) -> float | None:
    return None if icc is None else trials * icc / (1 + (trials - 1) * icc)


@dataclass(frozen=True, slots=True)
class FlakyTask:
    """A task that sometimes succeeds and sometimes fails.

    Attributes:
        task_id: the task.
        n: trials that count.
        successes: how many of them succeeded.
        rate: the share, with Wilson's interval.
        disagreement: chance that two different trials of it disagree.
        outcomes: whether each trial succeeded, in order.
    """

    task_id: str
    n: int
    successes: int
    rate: Estimate
    disagreement: float
    outcomes: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Flaky:
    """The tasks that flip.

    Attributes:
        tasks: those tasks, the most even first, equally even ones by id.
        n_tasks: tasks with two or more trials.
        share: share of those that flip, with Wilson's interval.
        disagreement: chance that two trials of a task disagree, mean over tasks with two or more trials.
        status: as for estimates.
        note: one line for a person.
    """

    tasks: tuple[FlakyTask, ...]
    n_tasks: int
    share: Estimate
    disagreement: float | None
    status: Status = "ok"
    note: str = ""


def flaky(source: Source, *, level: float = DEFAULT_LEVEL) -> Flaky:
    """Return the tasks with both outcomes among their trials."""
    repeated = [task for task in scores_of(source).tasks if task.n >= 2]
    if not repeated:
        none = Estimate(None, method="Wilson", status="none", note=NEEDS_TRIALS, level=level)
        return Flaky((), 0, none, None, "none", NEEDS_TRIALS)
    tasks = [
        FlakyTask(
            task_id=task.task_id,
            n=task.n,
            successes=task.successes,
            rate=proportion(task.successes, task.n, level=level),
            disagreement=_disagreement(task),
            outcomes=task.outcomes,
        )
        for task in repeated
        if 0 < task.successes < task.n
    ]
    return Flaky(
        tasks=tuple(sorted(tasks, key=lambda task: (-task.disagreement, natural(task.task_id)))),
        n_tasks=len(repeated),
        share=proportion(len(tasks), len(repeated), level=level),
        disagreement=fmean(_disagreement(task) for task in repeated),
        note="" if tasks else "no task flipped",
    )


def _disagreement(task: TaskScore) -> float:
    return 2 * task.successes * (task.n - task.successes) / (task.n * (task.n - 1))


def agreement(source: Source, *, level: float = DEFAULT_LEVEL) -> Estimate:
    """Return Fleiss' kappa: how far trials of a task agree beyond chance; no interval."""
    scores = scores_of(source)
    tasks, n, method = len(scores.tasks), scores.n, "Fleiss' kappa"
    problem = _no_split(scores)
    if problem is None and scores.fewest != scores.most:
        problem = ("none", f"needs equally many trials (have {scores.fewest} to {scores.most})")
    if problem is None and scores.successes in (0, n):
        problem = ("degenerate", "agreement perfect, kappa undefined")
    if problem is not None:
        return Estimate(None, n=n, n_tasks=tasks, method=method, status=problem[0], note=problem[1], level=level)
    from statsmodels.stats.inter_rater import fleiss_kappa

    with quiet():
        value = float(fleiss_kappa([[task.n - task.successes, task.successes] for task in scores.tasks]))
    return Estimate(value, n=n, n_tasks=tasks, method=method, level=level)


@dataclass(frozen=True, slots=True)
class TrialRow:
    """The simulations of one trial number.

    Attributes:
        trial: the number; the place among the task's trials where the log does not say.
        n: simulations that count.
        successes: how many of them succeeded.
        rate: the share, with Wilson's interval.
    """

    trial: int
    n: int
    successes: int
    rate: Estimate


@dataclass(frozen=True, slots=True)
class TrialEffect:
    """Whether success depends on the number of the trial.

    Attributes:
        cochran_q: test that all trials succeed equally often, over the tasks that have every trial.
        trend: exact test that success neither rises nor falls with the trial's number inside tasks.
        trials: one row a trial.
    """

    cochran_q: Test
    trend: Test
    trials: tuple[TrialRow, ...]


def trial_effect(source: Source, *, level: float = DEFAULT_LEVEL) -> TrialEffect:
    """Test whether later trials do better or worse, comparing each task only with itself."""
    placed = [_placed(task) for task in scores_of(source).tasks]
    numbers = sorted({number for task in placed for number in task})
    rows = []
    for number in numbers:
        outcomes = [outcome for task in placed for outcome in task.get(number, ())]
        rate = proportion(sum(outcomes), len(outcomes), level=level)
        rows.append(TrialRow(number, len(outcomes), sum(outcomes), rate))
    return TrialEffect(_cochran_q(placed, numbers), _trend(placed, numbers), tuple(rows))


Placed = dict[int, tuple[bool, ...]]


def _placed(task: TaskScore) -> Placed:
    """Return a task's outcomes by trial number; by their order when a number is missing in the log."""
    numbered = [trial for trial in task.trials if trial is not None]
    numbers = numbered if len(numbered) == task.n else list(range(task.n))
    placed: dict[int, list[bool]] = {}
    for number, outcome in zip(numbers, task.outcomes, strict=True):
        placed.setdefault(number, []).append(outcome)
    return {number: tuple(outcomes) for number, outcomes in placed.items()}


def _cochran_q(placed: Sequence[Placed], numbers: Sequence[int]) -> Test:
    method = "Cochran's Q"
    if len(numbers) < 2:
        return Test(None, method=method, status="none", note="needs 2+ trials")
    whole = [[task[number][0] for number in numbers] for task in placed if all(number in task for number in numbers)]
    telling = sum(0 < sum(row) < len(row) for row in whole)
    if not whole:
        return Test(None, method=method, status="none", note="no task has every trial")
    if telling == 0:
        return Test(1.0, 0.0, 0, 1.0, method=method, status="degenerate", note="no task changed between trials")
    from statsmodels.stats.contingency_tables import cochrans_q

    with quiet():
        result = cochrans_q([[int(outcome) for outcome in row] for row in whole])
    status: Status = "few" if telling * len(numbers) < Q_CELLS else "ok"
    note = f"only {counted(telling, 'task')} changed between trials: the p-value is rough" if status == "few" else ""
    return Test(float(result.pvalue), float(result.statistic), telling, method=method, status=status, note=note)


Q_CELLS = 24
"""Tate and Brown 1970: Cochran's Q is close to chi-square from so many cells of changing tasks on."""


def _trend(placed: Sequence[Placed], numbers: Sequence[int]) -> Test:
    place = {number: rank for rank, number in enumerate(numbers)}
    strata = []
    for task in placed:
        pairs = [(place[number], outcome) for number, outcomes in task.items() for outcome in outcomes]
        strata.append(Stratum(tuple(rank for rank, _ in pairs), tuple(outcome for _, outcome in pairs)))
    test = permute_within(strata)
    if test.p is not None:
        return test
    trials = max((sum(map(len, task.values())) for task in placed), default=0)
    note = "no task changed between trials" if trials >= 2 else "one trial: order and task cannot be separated"
    return Test(None, method=test.method, status="none", note=note)


EXPLANATIONS = {
    "variance_split": Explanation(
        question="Is the noise from hard tasks or from a moody agent?",
        formula="one-way analysis of variance: ICC = (MSB - MSW) / (MSB + (k0 - 1) MSW), k0 = (N - sum n^2 / N) "
        "/ (G - 1); ICC(1,K) = 1 - MSW / MSB; between = (MSB - MSW) / k0; F interval when trials are equal",
        assumption="tasks are a sample; the F interval assumes normal data and is rough for 0/1 outcomes",
        source="Shrout and Fleiss 1979; Mustahsan et al. 2025 (arXiv 2512.06710)",
        poor="needs 2+ trials per task; all tasks agree: ICC undefined; a negative estimate is shown as 0 and said, "
        "with no interval when that lies below 0 as well",
    ),
    "flaky": Explanation(
        question="Which tasks flip?",
        formula="tasks with 0 < c < n; disagreement 2 c (n - c) / (n (n - 1)), averaged over tasks",
        assumption="none for the list; trials independent for the intervals",
        source="tau-bench issue #57, tau2-bench issue #540",
        poor="needs 2+ trials per task; no task flipped",
    ),
    "agreement": Explanation(
        question="Do trials of a task agree beyond chance?",
        formula="Fleiss' kappa over tasks, each trial a rater",
        assumption="equally many trials a task",
        source="Fleiss 1971, statsmodels fleiss_kappa",
        poor="agreement perfect, kappa undefined",
    ),
    "trial_effect": Explanation(
        question="Does it get better or worse in later trials?",
        formula="Cochran's Q over tasks with every trial; exact permutation test inside tasks of the sum of the trial "
        "numbers of successes",
        assumption="without an effect, a task's outcomes are exchangeable over its trials",
        source="Cochran 1950, statsmodels cochrans_q; conditional exact trend test (Cox 1958)",
        poor="no task changed between trials; one trial: order and task cannot be separated",
    ),
}
