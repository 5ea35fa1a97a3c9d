"""Whether something drifts or breaks during a run, with each task compared only with itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tau2_tui.analysis.data.records import Simulation
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Estimate, Status, Test
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, critical_z, measured
from tau2_tui.analysis.shared.permutation import permute_rows
from tau2_tui.analysis.shared.quiet import quiet
from tau2_tui.analysis.shared.ranks import midranks_within, settled
from tau2_tui.analysis.shared.slope import Floats, Groups, cluster_slope, group_codes, slope_test

Value = Callable[[Simulation], float | None]

CONFOUNDED = "order and task cannot be separated"
MIN_POINTS = 8
MIN_POINTS_CHANGE = 12
SEED = 20_240_924
RESAMPLES = 1_999
_LEAST_RESAMPLES = 199
_DRAWN = 4_000_000
_CURVE_POINTS = 60
_PAIRWISE_POINTS = 2_000
"""Theil and Sen's slope takes all pairs: of more points it and the smooth curve are left out."""


@dataclass(frozen=True, slots=True)
class Trend:
    """How a value moves in the course of a run, inside tasks.

    Attributes:
        value: what is looked at, such as ``success`` or ``duration``.
        unit: what time is measured in: ``hour``, ``minute`` or ``second`` of start, by the length of the run, or
            ``trial`` when the starts are not known.
        n: simulations with the value.
        n_tasks: their tasks.
        slope: change of the value per unit of time, of task-demeaned values, CRV3 by task.
        test: test that it is 0.
        exact: for values 0 and 1, the exact test that moves them inside tasks over the order of start.
        mann_kendall: Mann and Kendall's test on the task-demeaned values (takes them as independent).
        theil_sen: Theil and Sen's slope of the same.
        curve: a smooth picture: time since the first start and the smoothed value around its mean.
        status: how much to make of it.
        note: why there is none.
    """

    value: str
    unit: str
    n: int
    n_tasks: int
    slope: Estimate
    test: Test
    exact: Test | None = None
    mann_kendall: Test | None = None
    theil_sen: Estimate | None = None
    curve: tuple[tuple[float, float], ...] = ()
    status: Status = "ok"
    note: str = ""


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The moment at which a value may have jumped.

    Attributes:
        value: what is looked at.
        n: simulations with the value.
        position: how many simulations lie before the jump; None unless p < 0.05.
        simulation: index of the first simulation after it; None likewise.
        before: mean before it, less the tasks' own means.
        after: mean after it, likewise.
        test: permutation inside tasks of the largest standardised jump.
        cusum: recursive-residual check of the same series; takes the values as independent and normal.
        seed: seed of the generator that drew the permutations.
        resamples: how many were drawn.
        status: how much to make of it.
        note: why there is none.
    """

    value: str
    n: int
    position: int | None
    simulation: int | None
    before: float | None
    after: float | None
    test: Test
    cusum: Test | None = None
    seed: int | None = None
    resamples: int | None = None
    status: Status = "ok"
    note: str = ""


def _cost(simulation: Simulation) -> float | None:
    known = [price for price in (simulation.agent_cost, simulation.user_cost) if price is not None and measured(price)]
    return math.fsum(known) if known else None


VALUES: dict[str, Value] = {
    "success": lambda simulation: (
        float(simulation.success) if simulation.counted and simulation.success is not None else None
    ),
    "reward": lambda simulation: simulation.reward if simulation.counted else None,
    "duration": lambda simulation: simulation.duration,
    "messages": lambda simulation: float(simulation.messages) if simulation.messages else None,
    "cost": _cost,
}
"""What a trend can be taken of, by name."""


@dataclass(frozen=True, slots=True)
class _Series:
    """Values in their order of time; ``y`` and ``x`` have their task's mean taken off."""

    simulations: tuple[Simulation, ...]
    raw: Floats
    clock: Floats
    codes: Groups
    x: Floats
    y: Floats
    unit: str

    @property
    def n_tasks(self) -> int:
        """How many tasks there are."""
        return int(self.codes.max()) + 1 if len(self.codes) else 0


def _series(sims: Sequence[Simulation], value: str | Value) -> _Series:
    of = VALUES[value] if isinstance(value, str) else value
    rows = [(simulation, own) for simulation in sims if (own := of(simulation)) is not None and measured(own)]
    starts = {simulation.start if measured(simulation.start) else None for simulation, _ in rows}
    unit = _unit([start for start in starts if start is not None]) if None not in starts else "trial"
    if unit == "trial":
        rows = [row for row in rows if row[0].trial is not None]
    times = [float(s.trial or 0) if unit == "trial" else (s.start or 0.0) / _SECONDS[unit] for s, _ in rows]
    order = sorted(range(len(rows)), key=lambda place: (times[place], rows[place][0].index))
    clock: Floats = np.array([times[place] for place in order], np.float64)
    raw: Floats = np.array([rows[place][1] for place in order], np.float64)
    simulations = tuple(rows[place][0] for place in order)
    codes = group_codes([simulation.task_id for simulation in simulations])
    if len(clock):
        clock = clock - clock[0]
    return _Series(simulations, raw, clock, codes, _demeaned(clock, codes), _demeaned(raw, codes), unit)


_SECONDS = {"hour": 3600.0, "minute": 60.0, "second": 1.0}


def _unit(starts: Sequence[float]) -> str:
    """Return the largest unit of time that the starts span; ``trial`` when they are all the same."""
    span = max(starts, default=0.0) - min(starts, default=0.0)
    if span <= 0:
        return "trial"
    return next((unit for unit, seconds in _SECONDS.items() if span >= seconds), "second")


def _demeaned(values: Floats, codes: Groups) -> Floats:
    """Return values less their task's mean; equal ones stay equal, whatever the last digits of the means are."""
    if not len(values):
        return values
    means = np.bincount(codes, weights=values) / np.bincount(codes)
    return settled(values - means[codes])


def _unfit(series: _Series, least: int) -> str:
    n = len(series.raw)
    if n < least:
        return f"fewer than {least} simulations"
    if series.n_tasks == n or not np.any(np.abs(series.x) > 0):
        return CONFOUNDED
    if not np.any(np.abs(series.y) > 1e-12 * max(1.0, float(np.abs(series.raw).max()))):
        return "no task changed between trials"
    return ""


def trend(sims: Sequence[Simulation], value: str | Value = "success", *, level: float = DEFAULT_LEVEL) -> Trend:
    """Return how a value moves in the course of a run, inside tasks.

    Args:
        sims: the run's simulations.
        value: a name of :data:`VALUES`, or a function of a simulation; None and NaN are left out.
        level: coverage of the intervals.
    """
    name = value if isinstance(value, str) else getattr(value, "__name__", "value")
    series = _series(sims, value)
    n, reason = len(series.raw), _unfit(series, MIN_POINTS)
    if reason:
        none = Estimate(None, n=n, n_tasks=series.n_tasks, status="none", note=reason, level=level)
        test = Test(None, n=series.n_tasks, status="none", note=reason)
        return Trend(name, series.unit, n, series.n_tasks, none, test, status="none", note=reason)
    slope = cluster_slope(series.x, series.y, series.codes, level=level)
    small = n <= _PAIRWISE_POINTS
    return Trend(
        value=name,
        unit=series.unit,
        n=n,
        n_tasks=series.n_tasks,
        slope=slope,
        test=slope_test(series.x, series.y, series.codes),
        exact=_exact(series),
        mann_kendall=_mann_kendall(series) if small else None,
        theil_sen=_theil_sen(series, level) if small else None,
        curve=_curve(series) if small else (),
        status=slope.status,
        note=slope.note,
    )


def _exact(series: _Series) -> Test | None:
    """Return the exact within-task test over the order of start (or the trial) for values 0 and 1."""
    if not np.isin(series.raw, (0.0, 1.0)).all():
        return None
    if series.unit == "trial":
        scores = np.round(series.clock).astype(np.int64)
    else:
        scores = midranks_within(series.clock, series.codes)
    return permute_rows(scores, series.raw == 1.0, series.codes)


def _mann_kendall(series: _Series) -> Test:
    from scipy.stats import kendalltau

    with quiet():
        found = kendalltau(series.x, series.y)
    method = "Mann-Kendall on task residuals"
    if math.isnan(found.pvalue):
        return Test(None, n=len(series.y), method=method, status="degenerate", note="always the same")
    return Test(
        float(found.pvalue), float(found.statistic), len(series.y), method=method, note="takes values as independent"
    )


def _theil_sen(series: _Series, level: float) -> Estimate:
    """Return the median slope of all pairs with Sen's interval; scipy's takes a level under 50 % for its complement."""
    first, second = np.triu_indices(len(series.y), 1)
    apart = series.x[second] - series.x[first]
    slopes = np.sort((series.y[second] - series.y[first])[apart != 0] / apart[apart != 0])
    n, method = len(series.y), "Theil-Sen on task residuals"
    if not len(slopes) or not np.isfinite(slopes).all():
        return Estimate(None, n=n, method=method, status="none", note="no slope", level=level)
    tied = sum(int((k * (k - 1) * (2 * k + 5)).sum()) for k in map(_ties, (series.x, series.y)))
    variance = max(0.0, (n * (n - 1) * (2 * n + 5) - tied) / 18)
    half = critical_z(level) * math.sqrt(variance)
    low = max(round((len(slopes) - half) / 2) - 1, 0)
    high = min(round((len(slopes) + half) / 2), len(slopes) - 1)
    value, note = float(np.median(slopes)), "takes values as independent"
    return Estimate(value, float(slopes[low]), float(slopes[high]), n, series.n_tasks, None, method, "ok", note, level)


def _ties(values: Floats) -> npt.NDArray[np.int64]:
    """Return how often each value occurs."""
    occurrences: npt.NDArray[np.int64] = np.unique(values, return_counts=True)[1]
    return occurrences


def _curve(series: _Series) -> tuple[tuple[float, float], ...]:
    """Return a smooth line through the task-demeaned values, moved to their overall mean; a picture, no test."""
    from statsmodels.nonparametric.smoothers_lowess import lowess

    with quiet():
        smooth = lowess(series.y, series.clock, frac=2 / 3, it=0)
    places = np.unique(np.linspace(0, len(smooth) - 1, min(len(smooth), _CURVE_POINTS)).round().astype(np.int64))
    level = float(series.raw.mean())
    points = [(float(time), float(own) + level) for time, own in smooth[places]]
    return tuple(point for point in points if math.isfinite(point[1]))


def change_point(sims: Sequence[Simulation], value: str | Value = "success", *, seed: int = SEED) -> ChangePoint:
    """Return whether a value jumps at some moment of a run.

    The statistic is the largest |mean before - mean after| sqrt(k (n - k) / n) over all positions k in the order of
    start, of task-demeaned values; its p-value comes from permutations inside tasks.

    Args:
        sims: the run's simulations.
        value: a name of :data:`VALUES`, or a function of a simulation.
        seed: of the generator that draws the permutations; kept in the result.
    """
    name = value if isinstance(value, str) else getattr(value, "__name__", "value")
    series = _series(sims, value)
    n, reason = len(series.y), _unfit(series, MIN_POINTS_CHANGE)
    if reason:
        test = Test(None, n=n, status="none", note=reason)
        return ChangePoint(name, n, None, None, None, None, test, status="none", note=reason)
    jumps = largest_jumps(series.y[None, :])
    stat, position = float(jumps[0][0]), int(jumps[1][0])
    resamples = max(_LEAST_RESAMPLES, min(RESAMPLES, _DRAWN // n))
    p = _permuted_p(series, stat, resamples, seed)
    found = p < 0.05
    test = Test(p, stat, series.n_tasks, 1 / (resamples + 1), method=f"within-task permutation, {resamples} drawn")
    return ChangePoint(
        value=name,
        n=n,
        position=position if found else None,
        simulation=series.simulations[position].index if found else None,
        before=float(series.y[:position].mean()) if found else None,
        after=float(series.y[position:].mean()) if found else None,
        test=test,
        cusum=_cusum(series),
        seed=seed,
        resamples=resamples,
        note="" if found else "no change point found",
    )


def largest_jumps(rows: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return, for each row, the largest standardised jump of its mean, and how many values lie before it."""
    n = rows.shape[1]
    k = np.arange(1, n)
    before = np.cumsum(rows, axis=1)
    jump = np.abs(before[:, :-1] / k - (before[:, -1:] - before[:, :-1]) / (n - k)) * np.sqrt(k * (n - k) / n)
    best = jump.argmax(axis=1)
    return jump[np.arange(len(rows)), best], best + 1


def _permuted_p(series: _Series, stat: float, resamples: int, seed: int) -> float:
    generator = np.random.default_rng(seed)
    n = len(series.y)
    places = np.argsort(series.codes, kind="stable")
    step = max(1, 500_000 // n)
    reached = 0
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        keys = series.codes[places] + generator.random((count, n))
        shuffled = np.empty((count, n))
        shuffled[:, places] = series.y[places][np.argsort(keys, axis=1)]
        reached += int((largest_jumps(shuffled)[0] >= stat - 1e-9).sum())
    return (1 + reached) / (resamples + 1)


def _cusum(series: _Series) -> Test | None:
    from statsmodels.stats.diagnostic import breaks_cusumolsresid

    with quiet():
        found = breaks_cusumolsresid(series.y, ddof=1)
    if not math.isfinite(found[1]):
        return None
    return Test(float(found[1]), float(found[0]), len(series.y), method="CUSUM of residuals", note="cross-check only")


EXPLANATIONS = {
    "trend": Explanation(
        "Is it drifting?",
        "values and start times less their task's mean; least-squares slope with CRV3 by task and t; for 0/1 values "
        "the exact within-task test over the order of start; Mann-Kendall, Theil-Sen and LOWESS beside it",
        "tasks independent; inside a task the order of the trials is the only thing that changes",
        "MacKinnon, Nielsen, Webb 2023 (CRV3); Mann 1945; Theil 1950; Cleveland 1979",
        "one trial a task: 'order and task cannot be separated'; 'fewer than 8 simulations'; 'no task changed between "
        "trials'",
    ),
    "change_point": Explanation(
        "Did something break at some moment?",
        "largest |m1 - m2| sqrt(k (n-k) / n) over positions k of task-demeaned values; permutations inside tasks drawn "
        "with a stored seed; CUSUM of residuals as a cross-check",
        "inside a task, trials exchangeable when nothing broke",
        "Page 1955; Ploberger and Kraemer 1992 (CUSUM)",
        "'fewer than 12 simulations'; 'order and task cannot be separated'; the position is given only if p < 0.05",
    ),
}
