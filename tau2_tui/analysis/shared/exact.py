"""The exact sign-flip test over tasks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from tau2_tui.analysis.shared.estimate import Status, Test

_ENUMERATED = 16
"""Up to so many differing tasks, all sign patterns are enumerated whatever the differences are."""

_ROUNDED = 200
"""Up to so many, differences without a workable common denominator are rounded, outwards; beyond, the sum is normal."""

_LATTICE = 400_000
"""Longest lattice of sums."""

_SCALES = (1, 12, 60, 840, 2520)
"""Common denominators that are tried when there are very many differences."""

_TIE = 1e-9
"""Scaled differences that are nearer to whole numbers are whole."""


def sign_flip(differences: Sequence[float | Fraction]) -> Test:
    """Test that within-task differences are symmetric around 0, over all assignments of signs.

    Exact. When the differences have no workable common denominator, the p-value for 17 to 200 differing tasks is an
    upper bound from sums rounded to a lattice, and beyond that the normal approximation; the method says so.

    Args:
        differences: one a task; tasks without a difference carry no information and are left out.
    """
    telling = [value for value in differences if value]
    m = len(telling)
    if m == 0:
        return Test(1.0, 0.0, 0, 1.0, method="exact sign-flip", status="degenerate", note="no task differs")
    p, method = _sign_flip_p(telling)
    p_min = 2.0 ** (1 - m)
    status: Status = "ok" if p_min < 0.05 else "few"
    note = "" if status == "ok" else f"tasks that differ: {m}; the smallest possible p is {p_min:g}"
    return Test(p, float(sum(telling)), m, p_min, None, method, status, note)


def _sign_flip_p(differences: Sequence[float | Fraction]) -> tuple[float, str]:
    """Return the p-value and how it was found."""
    m = len(differences)
    steps = _many_steps(differences) if m > _ROUNDED else _steps(differences)
    if steps is not None and sum(map(abs, steps)) <= _LATTICE:
        return _lattice_p(steps, 0), "exact sign-flip"
    if steps is None:
        values = np.array(differences, np.float64)
        z = abs(float(values.sum())) / math.sqrt(float(values @ values))
        return math.erfc(z / math.sqrt(2)), "sign-flip, normal approximation"
    if m <= _ENUMERATED:
        return _enumerated_p(steps), "exact sign-flip"
    unit = Fraction(sum(map(abs, steps)), _LATTICE - m)
    return _lattice_p([round(step / unit) for step in steps], m), "sign-flip on a lattice, upper bound"


def _steps(differences: Sequence[float | Fraction]) -> list[int]:
    fractions = [_fraction(value) for value in differences]
    scale = math.lcm(*(value.denominator for value in fractions))
    return [int(value * scale) for value in fractions]


def _many_steps(differences: Sequence[float | Fraction]) -> list[int] | None:
    """Return many differences as whole steps, None when no small common denominator fits."""
    values = np.array(differences, np.float64)
    for scale in _SCALES:
        scaled = values * scale
        steps = np.round(scaled)
        if np.abs(steps).sum() > _LATTICE:
            return None
        if np.abs(scaled - steps).max() < _TIE * scale:
            return [int(step) for step in steps]
    return None


def _fraction(value: float | Fraction) -> Fraction:
    """Return a float as the simple fraction that it is meant to be, when there is one."""
    if isinstance(value, Fraction):
        return value
    simple = Fraction(value).limit_denominator(100_000)
    return simple if abs(float(simple) - value) <= 1e-12 * max(1.0, abs(value)) else Fraction(value)


def _lattice_p(steps: Sequence[int], slack: int) -> float:
    """Return P(|sum of signed steps| >= |observed| - slack), by the distribution of the sum of a random subset."""
    sizes = [abs(step) for step in steps]
    total, observed = sum(sizes), abs(sum(steps)) - slack
    chance: npt.NDArray[np.float64] = np.zeros(total + 1)
    chance[0] = 1.0
    reached = 0
    for size in sizes:
        moved = chance[: reached + 1] * 0.5
        chance[: reached + 1] = moved
        chance[size : size + reached + 1] += moved
        reached += size
    sums = np.abs(2 * np.arange(total + 1) - total)
    return min(1.0, float(chance[sums >= observed].sum()))


def _enumerated_p(steps: Sequence[int]) -> float:
    observed = abs(sum(steps))
    sums = {0: 1}
    for step in steps:
        following: dict[int, int] = {}
        for value, count in sums.items():
            following[value + step] = following.get(value + step, 0) + count
            following[value - step] = following.get(value - step, 0) + count
        sums = following
    return float(Fraction(sum(count for value, count in sums.items() if abs(value) >= observed), 2 ** len(steps)))
