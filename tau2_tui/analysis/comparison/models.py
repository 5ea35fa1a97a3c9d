"""The comparison of two runs in regression models: whether it holds there too."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from tau2_tui.analysis.comparison.paired import Pairs, paired
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Estimate, Status, Test
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, FEW_TASKS, critical_t, critical_z
from tau2_tui.analysis.shared.quiet import quiet
from tau2_tui.analysis.shared.task_scores import Source

_GEE = "GEE, exchangeable, Mancl-DeRouen, t"
_CONDITIONAL = "conditional logit"
_LARGEST = 20.0
"""A log odds ratio beyond this is one that diverged."""


@dataclass(frozen=True, slots=True)
class ModelResult:
    """One model's answer.

    Attributes:
        log_odds_ratio: of success in the second run against the first.
        odds_ratio: the same as a ratio: of odds, not of chances.
        test: that it is 0.
        tasks_used: tasks that inform it.
        tasks_dropped: tasks that do not, because all of their outcomes are the same.
    """

    log_odds_ratio: Estimate
    odds_ratio: Estimate
    test: Test
    tasks_used: int
    tasks_dropped: int


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """Two runs in two models.

    Attributes:
        gee: marginal: over all tasks, with tasks as clusters.
        conditional: inside tasks: for a given task.
        status: as for estimates.
        note: one line for a person.
    """

    gee: ModelResult
    conditional: ModelResult
    status: Status = "ok"
    note: str = ""


def compare_model(a: Source, b: Source, *, level: float = DEFAULT_LEVEL) -> ModelComparison:
    """Compare two runs on their common tasks by GEE and by conditional logistic regression.

    Where the data would make the coefficients diverge, no model is fitted and the note says why.

    Args:
        a: the first run, or its simulations.
        b: the second.
        level: coverage of the intervals.
    """
    pairs = paired(a, b)
    telling = [pair for pair in pairs.common if 0 < pair.a.successes + pair.b.successes < pair.a.n + pair.b.n]
    used, dropped = len(telling), len(pairs.common) - len(telling)
    gee_problem, conditional_problem = _gee_problem(pairs), _conditional_problem(pairs, used)
    gee = _missing(_GEE, gee_problem, used, dropped, level)
    if not gee_problem:
        gee = _gee(pairs, used, dropped, level)
    conditional = _missing(_CONDITIONAL, conditional_problem, used, dropped, level)
    if not conditional_problem:
        conditional = _conditional(pairs, used, dropped, level)
    note = gee_problem or conditional_problem
    return ModelComparison(gee, conditional, "none" if gee_problem and conditional_problem else "ok", note)


def _gee_problem(pairs: Pairs) -> str:
    if len(pairs.common) < 2:
        return pairs.problem or "fewer than 2 common tasks"
    for name, sides in (("first", [p.a for p in pairs.common]), ("second", [p.b for p in pairs.common])):
        if sum(side.successes for side in sides) in (0, sum(side.n for side in sides)):
            return f"no variation in the {name} run: the coefficient would diverge"
    if not any(pairs.differences):
        return "no task differs"
    return ""


def _conditional_problem(pairs: Pairs, used: int) -> str:
    if used == 0:
        return pairs.problem or "no task has both outcomes"
    highest = lowest = True
    for pair in pairs.common:
        successes = pair.a.successes + pair.b.successes
        highest &= pair.b.successes == min(pair.b.n, successes)
        lowest &= pair.b.successes == max(0, successes - pair.a.n)
    if highest or lowest:
        return "all tasks that tell point one way: the coefficient would diverge"
    return ""


def _missing(method: str, note: str, used: int, dropped: int, level: float) -> ModelResult:
    none = Estimate(None, n=used, n_tasks=used, method=method, status="none", note=note, level=level)
    return ModelResult(none, none, Test(None, n=used, method=method, status="none", note=note), used, dropped)


def _rows(pairs: Pairs) -> tuple[Any, Any, Any]:
    """Return outcomes, run (0 or 1) and task of each simulation as arrays."""
    import numpy as np

    rows = [
        (outcome, run, task)
        for task, pair in enumerate(pairs.common)
        for run, side in enumerate((pair.a, pair.b))
        for outcome in side.outcomes
    ]
    table = np.array(rows, float)
    return table[:, 0], table[:, 1], table[:, 2].astype(int)


def _gee(pairs: Pairs, used: int, dropped: int, level: float) -> ModelResult:
    import numpy as np
    from statsmodels.genmod.cov_struct import Exchangeable
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_estimating_equations import GEE

    outcomes, runs, tasks = _rows(pairs)
    with quiet() as warnings:
        design = np.column_stack([np.ones(len(runs)), runs])
        model = GEE(outcomes, design, groups=tasks, family=Binomial(), cov_struct=Exchangeable())
        try:
            fitted = model.fit(cov_type="bias_reduced")
            value, error = float(fitted.params[1]), float(fitted.bse[1])
        except (ValueError, FloatingPointError, np.linalg.LinAlgError):
            value, error = math.nan, math.nan
    freedom = len(pairs.common) - 1
    return _result(_GEE, value, error, freedom, used, dropped, level, warnings)


def _conditional(pairs: Pairs, used: int, dropped: int, level: float) -> ModelResult:
    import numpy as np
    from statsmodels.discrete.conditional_models import ConditionalLogit

    outcomes, runs, tasks = _rows(pairs)
    with quiet() as warnings:
        try:
            model = ConditionalLogit(outcomes, runs[:, None], groups=tasks)
            fitted = model.fit(start_params=model.fit(skip_hessian=True).params, method="newton")
            value, error = float(fitted.params[0]), float(fitted.bse[0])
        except (ValueError, FloatingPointError, np.linalg.LinAlgError):
            value, error = math.nan, math.nan
    warnings = [text for text in warnings if "Dropped" not in text]
    return _result(_CONDITIONAL, value, error, None, used, dropped, level, warnings)


def _result(
    method: str,
    value: float,
    error: float,
    freedom: int | None,
    used: int,
    dropped: int,
    level: float,
    warnings: list[str],
) -> ModelResult:
    if not (math.isfinite(value) and math.isfinite(error) and error > 0 and abs(value) < _LARGEST):
        return _missing(method, "the model did not converge", used, dropped, level)
    from scipy.special import ndtr, stdtr

    statistic = value / error
    p = float(2 * (ndtr(-abs(statistic)) if freedom is None else stdtr(freedom, -abs(statistic))))
    half = error * (critical_z(level) if freedom is None else critical_t(freedom, level))
    status: Status = "few" if used < FEW_TASKS else "ok"
    notes = [f"tasks that tell: {used}"] if status == "few" else []
    notes += warnings[:1]
    low, high = value - half, value + half
    note = "; ".join(notes)
    return ModelResult(
        log_odds_ratio=Estimate(value, low, high, used, used, None, method, status, note, level),
        odds_ratio=Estimate(math.exp(value), _exp(low), _exp(high), used, used, None, method, status, note, level),
        test=Test(p, statistic, used, method=method, status=status, note=note),
        tasks_used=used,
        tasks_dropped=dropped,
    )


def _exp(value: float) -> float:
    return math.exp(max(-700.0, min(700.0, value)))


EXPLANATIONS = {
    "compare_model": Explanation(
        question="Does the difference hold in a model?",
        formula="GEE: logit of success on run, tasks as exchangeable clusters, Mancl-DeRouen covariance, t(G - 1); "
        "conditional logit: the same inside tasks, task effects conditioned away",
        assumption="log odds add up; GEE: many tasks; conditional: the effect is the same in every task",
        source="Liang and Zeger 1986; Mancl and DeRouen 2001; statsmodels GEE (bias_reduced), ConditionalLogit",
        poor="no variation in a run, no task that tells, or all that tell point one way: no model",
    ),
}
