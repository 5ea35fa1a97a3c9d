"""The power of a paired t-test, and the difference that it finds with a given power."""

from __future__ import annotations

import math
from functools import lru_cache

from tau2_tui.analysis.shared.interval import critical_t

_FARTHEST = 9.0
"""Standard deviations beyond which a normal variable is never found: 2e-19 of it lies there."""

_STEP = 8.0
"""Standard errors of an estimated spread that are looked at closely."""


def power(tasks: int, alpha: float, shift: float) -> float:
    """Return the power of a two-sided paired t-test.

    It is a noncentral t's, integrated here: SciPy's ``nct`` is NaN at places that differ from version to version, and
    what looks for a root over it, as statsmodels does, finds a wrong one or none.

    Args:
        tasks: how many pairs, two or more.
        alpha: the error rate of the test.
        shift: the standardised difference times the square root of the number of pairs, 0 or more.
    """
    from scipy.integrate import quad
    from scipy.special import gammainc

    half, critical = (tasks - 1) / 2, critical_t(tasks - 1, 1 - alpha)
    if not critical:
        return 1.0  # an error rate of as good as 1: whatever comes is found

    def significant(z: float) -> float:
        """Return the density of a mean at z standard errors beside the shift, where the spread is small enough."""
        share = float(gammainc(half, half * ((z + shift) / critical) ** 2))
        return share * math.exp(-z * z / 2)

    step = _STEP * critical / math.sqrt(4 * half)  # with many pairs as sharp as that, and nothing on either side
    edges = [side + way * step for side in (-critical, critical) for way in (-1, 0, 1)]
    bends = [place for place in (-shift, *(edge - shift for edge in edges)) if abs(place) < _FARTHEST]
    total, _ = quad(significant, -_FARTHEST, _FARTHEST, points=bends or None, epsabs=1e-11, epsrel=1e-11, limit=200)
    return float(total) / math.sqrt(2 * math.pi)


@lru_cache(maxsize=256)
def shift_for(tasks: int, alpha: float, wanted: float) -> float:
    """Return the shift, as for :func:`power`, with which a test has a power; 0 where it has that without any."""
    from scipy.optimize import brentq

    if power(tasks, alpha, 0.0) >= wanted:
        return 0.0
    low, high = 0.0, 2.0 + critical_t(tasks - 1, 1 - alpha)
    while power(tasks, alpha, high) < wanted:
        low, high = high, 2 * high
    return float(brentq(lambda shift: power(tasks, alpha, shift) - wanted, low, high, xtol=1e-12, rtol=1e-10))
