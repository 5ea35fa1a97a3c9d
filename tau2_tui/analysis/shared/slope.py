"""The slope of a straight line through clustered data."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from tau2_tui.analysis.shared.estimate import Estimate, Status, Test
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, FEW_TASKS, critical_t

Floats = npt.NDArray[np.float64]
Groups = npt.NDArray[np.int64]


def group_codes(groups: Sequence[Hashable]) -> Groups:
    """Return a number from 0 for each group, in order of appearance."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(group, len(numbers)) for group in groups], np.int64)


def cluster_slope(x: Floats, y: Floats, codes: Groups, *, level: float = DEFAULT_LEVEL) -> Estimate:
    """Return the least-squares slope of y on x, with the jackknife interval by cluster (CRV3) and t.

    Args:
        x: one number an observation.
        y: the other.
        codes: the cluster of each, numbered from 0.
        level: coverage of the interval.
    """
    clusters = int(codes.max()) + 1 if len(codes) else 0
    slope = _slope(_sums(x, y))
    method = "least squares, CRV3, t"
    if slope is None:
        return Estimate(
            None, n=len(x), n_tasks=clusters, method=method, status="none", note="always the same", level=level
        )
    error = _jackknife_error(x, y, codes, slope)
    if error is None:
        note = "one group: no interval" if clusters < 2 else "constant without one of the groups: no interval"
        return Estimate(slope, None, None, len(x), clusters, None, method, "few", note, level)
    if error <= 1e-12 * abs(slope):
        note = "the same slope in every group: no interval"
        return Estimate(slope, None, None, len(x), clusters, None, method, "degenerate", note, level)
    half = critical_t(clusters - 1, level) * error
    status: Status = "few" if clusters < FEW_TASKS else "ok"
    note = f"only {clusters} groups" if status == "few" else ""
    return Estimate(slope, slope - half, slope + half, len(x), clusters, None, method, status, note, level)


def slope_test(x: Floats, y: Floats, codes: Groups) -> Test:
    """Test that the slope is 0, by the same standard error."""
    clusters = int(codes.max()) + 1 if len(codes) else 0
    slope = _slope(_sums(x, y))
    error = None if slope is None else _jackknife_error(x, y, codes, slope)
    method = "t on CRV3"
    if slope is None or error is None or error <= 1e-12 * abs(slope):
        note = "no standard error" if slope is not None else "always the same"
        return Test(None, n=clusters, method=method, status="none", note=note)
    from scipy.special import stdtr

    t = slope / error
    return Test(float(2 * stdtr(clusters - 1, -abs(t))), t, clusters, method=method)


def _sums(x: Floats, y: Floats) -> Floats:
    """Return n and the sums of x, y, x x and x y: all that the slope needs, so that clusters can be taken out."""
    return np.array([len(x), x.sum(), y.sum(), x @ x, x @ y])


def _slope(sums: Floats) -> float | None:
    n, x, y, xx, xy = sums.tolist()
    if n < 2:
        return None
    spread = xx - x * x / n
    return (xy - x * y / n) / spread if spread > 1e-12 * max(xx, 1e-300) else None


def _jackknife_error(x: Floats, y: Floats, codes: Groups, slope: float) -> float | None:
    """Return the CRV3 standard error: deviations from the slope with all data when each cluster is left out."""
    clusters = int(codes.max()) + 1
    if clusters < 2:
        return None
    x, y = x - x.mean(), y - y.mean()
    weights = (np.ones(len(x)), x, y, x * x, x * y)
    own = np.array([np.bincount(codes, weights=weight, minlength=clusters) for weight in weights]).T
    left = [_slope(own.sum(axis=0) - cluster) for cluster in own]
    known = [one for one in left if one is not None]
    if len(known) < clusters:
        return None
    return math.sqrt((clusters - 1) / clusters * math.fsum((one - slope) ** 2 for one in known))
