"""Exact tests that move outcomes only inside a task, so that no task is compared with another."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
"""Sums of whole numbers whose distances to a fractional mean differ by less are equally far."""


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
    if steps is not None and sum(map(abs, steps)) <= max(_LATTICE, 20 * m):
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


_REACH = 150_000
"""Longest distribution of sums; beyond, they are taken as normal."""

_SUBSETS = 20_000_000
"""Steps that the distributions inside the tasks may take; beyond, the sum is taken as normal."""

_DIRECT = 128
"""Shorter distributions are added directly, longer ones by Fourier transform."""

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stratum:
    """One task in a permutation test.

    Attributes:
        scores: a whole number for each of its observations.
        chosen: for each observation, whether it has the outcome.
    """

    scores: tuple[int, ...]
    chosen: tuple[bool, ...]


def permute_within(strata: Sequence[Stratum]) -> Test:
    """Test that outcomes fall on scores at random inside each task, as :func:`permute_rows` does, from a row a task."""
    scores = [score for stratum in strata for score in stratum.scores]
    chosen = [one for stratum in strata for one in stratum.chosen]
    tasks = [task for task, stratum in enumerate(strata) for _ in stratum.scores]
    return permute_rows(np.array(scores, np.int64), np.array(chosen, np.bool_), np.array(tasks, np.int64))


def permute_rows(scores: Whole, chosen: Flags, tasks: Whole) -> Test:
    """Test that outcomes fall on scores at random inside each task, two-sided.

    The statistic is the sum of the scores that have the outcome, less its expectation. Its distribution over all
    assignments of each task's outcomes to its observations is computed exactly; where that would take too long, the
    normal approximation with the exact variance is used, and the method says so.

    Args:
        scores: a whole number an observation.
        chosen: whether it has the outcome.
        tasks: the number of its task, from 0.
    """
    strata = _Strata.of(scores, chosen, tasks)
    n = len(strata.sizes)
    if n == 0:
        note = "no task has both outcomes with different values"
        return Test(None, None, 0, None, method="exact within-task permutation", status="none", note=note)
    stat = strata.observed - strata.expected
    if int(strata.spans.sum()) > _REACH or strata.work > _SUBSETS:
        p = math.erfc(abs(stat) / math.sqrt(2 * strata.variance))
        return Test(p, stat, n, None, method="within-task permutation, normal approximation")
    own = strata.distributions()
    chances = _sum_of([sums.all_tasks() for sums in own])
    lowest = sum(sums.lowest * sums.tasks for sums in own)
    away = np.abs(np.arange(lowest, lowest + len(chances)) - strata.expected)
    p_min = _smallest(own, strata.expected)
    p = min(1.0, max(p_min, float(chances[away >= abs(stat) - _TIE].sum())))
    status: Status = "ok" if p_min < 0.05 else "few"
    note = "" if status == "ok" else f"tasks that can speak: {n}; the smallest possible p is {p_min:.3g}"
    return Test(p, stat, n, p_min, None, "exact within-task permutation", status, note)


def larger(flip: Test, permutation: Test) -> Test:
    """Return the test with the larger of two p-values, for differences of shares of which few are known to be 1.

    Signs may be flipped where each task's difference is symmetric, which that of one call against ten is not: alone it
    finds differences between equal tools up to six times too often. Outcomes may be moved among the calls of a task
    where these are independent, which calls of one conversation are not. The larger p-value holds where either does.

    Args:
        flip: of :func:`sign_flip`.
        permutation: of :func:`permute_rows`.
    """
    if flip.p is None or permutation.p is None:
        return flip
    chosen = permutation if permutation.p > flip.p else flip
    known = [one.p_min for one in (flip, permutation) if one.p_min is not None]
    method = f"larger of {flip.method} and {permutation.method}"
    return replace(chosen, stat=flip.stat, n=flip.n, p_min=max(known, default=None), method=method)


@dataclass(frozen=True, slots=True)
class _Strata:
    """The tasks in which moving outcomes can change the sum; scores start at 0 in each.

    ``scores``, ``chosen`` and ``starts`` hold the observations task by task; the other arrays have a number a task.
    """

    scores: Whole
    chosen: Flags
    starts: Whole
    sizes: Whole
    hits: Whole
    spans: Whole

    @classmethod
    def of(cls, scores: Whole, chosen: Flags, tasks: Whole) -> _Strata:
        order = np.argsort(tasks, kind="stable")
        scores, chosen, tasks = scores[order], chosen[order], tasks[order]
        sizes = np.bincount(tasks).astype(np.int64) if len(tasks) else np.zeros(0, np.int64)
        kept = sizes[sizes > 0]
        starts = np.cumsum(kept) - kept
        if not len(kept):
            return cls(scores, chosen, starts, kept, kept, kept)
        lows = np.minimum.reduceat(scores, starts)
        spread = np.maximum.reduceat(scores, starts) > lows
        hits = np.add.reduceat(chosen.astype(np.int64), starts)
        telling = spread & (hits > 0) & (hits < kept)
        rows = np.repeat(telling, kept)
        scores = (scores - np.repeat(lows, kept))[rows]
        sizes, hits = kept[telling], hits[telling]
        starts = np.cumsum(sizes) - sizes
        spans = np.add.reduceat(scores, starts) if len(sizes) else sizes
        return cls(scores, chosen[rows], starts, sizes, hits, spans)

    @property
    def observed(self) -> float:
        """Sum of the scores that have the outcome."""
        return float(self.scores[self.chosen].sum())

    @property
    def expected(self) -> float:
        """What that sum is on average."""
        return math.fsum((self.spans * self.hits / self.sizes).tolist())

    @property
    def variance(self) -> float:
        """Variance of that sum."""
        means = np.repeat(self.spans / self.sizes, self.sizes)
        squares = np.add.reduceat((self.scores - means) ** 2, self.starts)
        weights = self.hits * (self.sizes - self.hits) / (self.sizes * (self.sizes - 1))
        return float((weights * squares).sum())

    @property
    def work(self) -> int:
        """About how many steps the distributions take."""
        return int((self.sizes * np.minimum(self.hits, self.sizes - self.hits) * (self.spans + 50)).sum())

    def distributions(self) -> list[_Sums]:
        """Return the sums that are possible in the tasks, tasks with the same ones together."""
        scores = self.scores.tolist()
        tasks = zip(self.starts.tolist(), self.sizes.tolist(), self.hits.tolist(), strict=True)
        alike = Counter((hits, *sorted(scores[start : start + size])) for start, size, hits in tasks)
        result = []
        for (hits, *own), count in alike.items():
            lowest, highest = sum(own[:hits]), sum(own[len(own) - hits :])
            result.append(_Sums(lowest, _subset_sums(own, hits)[lowest : highest + 1], count))
        return result


@dataclass(frozen=True, slots=True)
class _Sums:
    """The lowest sum of scores with the outcome, the chance of each sum from there, and how many tasks have these."""

    lowest: int
    chances: Floats
    tasks: int

    def all_tasks(self) -> Floats:
        """Return the chances of the sum over the tasks, by squaring."""
        found, square, left = np.ones(1), self.chances, self.tasks
        while left:
            if left & 1:
                found = _pair(found, square)
            left >>= 1
            if left:
                square = _pair(square, square)
        return found


def _sum_of(chances: Sequence[Floats]) -> Floats:
    """Return the distribution of the sum of independent numbers, the shortest ones added first."""
    waiting = sorted(chances, key=len)
    while len(waiting) > 1:
        waiting = [
            _pair(waiting[place], waiting[place + 1]) if place + 1 < len(waiting) else waiting[place]
            for place in range(0, len(waiting), 2)
        ]
    return waiting[0]


def _pair(first: Floats, second: Floats) -> Floats:
    if min(len(first), len(second)) <= _DIRECT:
        return np.convolve(first, second)
    length = len(first) + len(second) - 1
    size = 1 << (length - 1).bit_length()
    found: Floats = np.fft.irfft(np.fft.rfft(first, size) * np.fft.rfft(second, size), size)[:length]
    return np.maximum(found, 0.0)


def _smallest(own: Sequence[_Sums], expected: float) -> float:
    """Return the chance of the sums that lie farthest from the expectation."""
    lowest = sum(sums.lowest * sums.tasks for sums in own)
    highest = lowest + sum((len(sums.chances) - 1) * sums.tasks for sums in own)
    below, above = expected - lowest, highest - expected
    chance = 0.0
    if below >= above - _TIE:
        chance += math.prod(float(sums.chances[0]) ** sums.tasks for sums in own)
    if above >= below - _TIE:
        chance += math.prod(float(sums.chances[-1]) ** sums.tasks for sums in own)
    return min(1.0, chance)


def _subset_sums(scores: Sequence[int], taken: int) -> Floats:
    """Return the chance of each sum, from 0, of ``taken`` scores drawn without replacement."""
    ways: Floats = np.zeros((taken + 1, sum(scores) + 1))
    ways[0, 0] = 1.0
    reach = 0
    for seen, score in enumerate(scores, 1):
        for count in range(min(seen, taken), 0, -1):
            ways[count, score : score + reach + 1] += ways[count - 1, : reach + 1]
        reach += score
    chances: Floats = ways[taken] / float(math.comb(len(scores), taken))
    return chances


def midranks_within(values: Floats, tasks: Whole) -> Whole:
    """Return twice the average rank of each value inside its task, from 2."""
    order = np.lexsort((values, tasks))
    ordered, of = values[order], tasks[order]
    if not len(ordered):
        return np.zeros(0, np.int64)
    new_task = np.concatenate([[True], of[1:] != of[:-1]])
    new_run = new_task | np.concatenate([[True], ordered[1:] != ordered[:-1]])
    starts = np.flatnonzero(new_run)
    lengths = np.diff(np.append(starts, len(ordered)))
    task_starts = np.maximum.accumulate(np.where(new_task, np.arange(len(ordered)), 0))
    doubled = np.repeat(2 * (starts - task_starts[starts]) + lengths + 1, lengths)
    ranks: Whole = np.empty(len(ordered), np.int64)
    ranks[order] = doubled
    return ranks


def doubled_midranks(values: Sequence[float] | Floats) -> Whole:
    """Return twice the average rank of each value, from 2, which is whole even among ties."""
    _, inverse, counts = np.unique(np.asarray(values, np.float64), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    doubled = 2 * (ends - counts) + counts + 1
    ranks: Whole = doubled[inverse.reshape(-1)].astype(np.int64)
    return ranks
