"""An interval that may be looked at as often as one likes while a run is going on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Estimate
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL
from tau2_tui.analysis.shared.task_scores import Source, scores_of

SAFE = "safe to look at any time"
_METHOD = "confidence sequence, uniform mixture"
_TOLERANCE = 1e-13
_NEXT_TO_ZERO = 1e-300
_NEXT_TO_ONE = 1 - 2**-53
_MOST_EVIDENCE = 700.0
"""Logarithm of the largest e-value that is told from others."""


@dataclass(frozen=True, slots=True)
class Anytime:
    """A success rate that is watched while it grows.

    Attributes:
        estimate: the rate over tasks, with an interval that holds at all looks together.
        e_value: the evidence against ``null``: 20 or more is as good as p < 0.05, whenever one stops.
        null: the rate that it speaks against.
    """

    estimate: Estimate
    e_value: float
    null: float


def anytime(x: int, n: int, *, null: float = 0.5, level: float = DEFAULT_LEVEL) -> Anytime:
    """Return the rate and its time-uniform interval.

    Args:
        x: tasks that succeeded.
        n: tasks with an outcome, one outcome a task.
        null: a rate, strictly between 0 and 1, to speak against.
        level: coverage that the interval promises at all looks together.
    """
    if n == 0:
        estimate = Estimate(
            None, 0.0, 1.0, 0, 0, method=_METHOD, status="none", note=f"no outcome yet; {SAFE}", level=level
        )
        return Anytime(estimate, 1.0, null)
    low, high = _ends(x, n, -math.log(1 - level))
    estimate = Estimate(x / n, low, high, n, n, float(n), _METHOD, note=SAFE, level=level)
    return Anytime(estimate, _e_value(x, n, null), null)


def anytime_success(source: Source, *, null: float = 0.5, level: float = DEFAULT_LEVEL) -> Anytime:
    """Return the same for a run so far: each task counts once, with its first trial that has an outcome."""
    outcomes = [task.outcomes[0] for task in scores_of(source).tasks]
    return anytime(sum(outcomes), len(outcomes), null=null, level=level)


def _log_evidence(x: int, n: int, p: float) -> float:
    """Return the logarithm of the uniform mixture's likelihood over that of rate ``p``."""
    from scipy.special import betaln, xlog1py, xlogy

    return float(betaln(x + 1, n - x + 1) - xlogy(x, p) - xlog1py(n - x, -p))


def _e_value(x: int, n: int, null: float) -> float:
    return math.exp(min(_log_evidence(x, n, null), _MOST_EVIDENCE))


def _ends(x: int, n: int, threshold: float) -> tuple[float, float]:
    """Return where the evidence against a rate reaches the threshold, below and above the estimate."""
    low = _crossing(x, n, threshold, _NEXT_TO_ZERO) if x > 0 else 0.0
    high = _crossing(x, n, threshold, _NEXT_TO_ONE) if x < n else 1.0
    return low, high


def _crossing(x: int, n: int, threshold: float, end: float) -> float:
    from scipy.optimize import brentq

    def excess(p: float) -> float:
        return _log_evidence(x, n, p) - threshold

    return float(brentq(excess, x / n, end, xtol=_TOLERANCE)) if excess(end) > 0 else end


EXPLANATIONS = {
    "anytime": Explanation(
        question="May I already believe it while it runs?",
        formula="the rates p with ln B(x + 1, n - x + 1) - x ln p - (n - x) ln(1 - p) < ln(1 / (1 - level)); "
        "the e-value is that likelihood ratio at a given rate",
        assumption="outcomes come one a task, independent, with one rate",
        source="Robbins 1970, Ville's inequality; Howard et al. 2021 (arXiv 1810.08240)",
        poor="no outcome yet: the whole range from 0 to 1",
    ),
}
