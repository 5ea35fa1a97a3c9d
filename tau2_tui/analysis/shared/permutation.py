"""Exact tests that move outcomes only inside a task, so that no task is compared with another."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tau2_tui.analysis.shared.estimate import Status, Test

_TIE = 1e-9
"""Sums of whole numbers whose distances to a fractional mean differ by less are equally far."""

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
    return _tested(_of_rows(scores, chosen, tasks))


def permute_tables(sizes: Whole, hits: Whole, scored: Whole, both: Whole) -> Test:
    """Test the same of scores of 0 and 1, from a fourfold table a task.

    Args:
        sizes: a task's observations.
        hits: those of them that have the outcome.
        scored: those whose score is 1.
        both: those that have the outcome and the score 1.
    """
    return _tested(_of_tables(sizes, hits, scored, both))


def _tested(strata: _Strata) -> Test:
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

    The arrays have a number a task.

    Attributes:
        observed: sum of the scores that have the outcome.
        sizes: observations.
        hits: those of them that have the outcome.
        spans: sum of their scores.
        squares: sum of the squares of their scores' distances from the task's mean.
        distributions: gives the sums that are possible in the tasks, tasks with the same ones together.
    """

    observed: float
    sizes: Whole
    hits: Whole
    spans: Whole
    squares: Floats
    distributions: Callable[[], list[_Sums]]

    @property
    def expected(self) -> float:
        """What the sum is on average."""
        return math.fsum((self.spans * self.hits / self.sizes).tolist())

    @property
    def variance(self) -> float:
        """Variance of the sum."""
        weights = self.hits * (self.sizes - self.hits) / (self.sizes * (self.sizes - 1))
        return float((weights * self.squares).sum())

    @property
    def work(self) -> int:
        """About how many steps the distributions take."""
        return int((self.sizes * np.minimum(self.hits, self.sizes - self.hits) * (self.spans + 50)).sum())


def _of_rows(scores: Whole, chosen: Flags, tasks: Whole) -> _Strata:
    order = np.argsort(tasks, kind="stable")
    scores, chosen, tasks = scores[order], chosen[order], tasks[order]
    sizes = np.bincount(tasks).astype(np.int64) if len(tasks) else np.zeros(0, np.int64)
    kept = sizes[sizes > 0]
    starts = np.cumsum(kept) - kept
    if not len(kept):
        return _of_tables(kept, kept, kept, kept)
    lows = np.minimum.reduceat(scores, starts)
    scores = scores - np.repeat(lows, kept)
    spread = np.maximum.reduceat(scores, starts)
    hits = np.add.reduceat(chosen.astype(np.int64), starts)
    if spread.max() <= 1:
        return _of_tables(kept, hits, np.add.reduceat(scores, starts), np.add.reduceat(scores * chosen, starts))
    telling = (spread > 0) & (hits > 0) & (hits < kept)
    rows = np.repeat(telling, kept)
    scores, chosen, sizes, hits = scores[rows], chosen[rows], kept[telling], hits[telling]
    starts = np.cumsum(sizes) - sizes
    spans = np.add.reduceat(scores, starts) if len(sizes) else sizes
    squares = np.zeros(len(sizes))
    if len(sizes):
        squares = np.add.reduceat((scores - np.repeat(spans / sizes, sizes)) ** 2, starts)

    def distributions() -> list[_Sums]:
        values = scores.tolist()
        bounds = zip(starts.tolist(), sizes.tolist(), hits.tolist(), strict=True)
        alike = Counter((taken, *sorted(values[start : start + size])) for start, size, taken in bounds)
        return [_drawn(own, taken, count) for (taken, *own), count in alike.items()]

    return _Strata(float(scores[chosen].sum()), sizes, hits, spans, squares, distributions)


def _of_tables(sizes: Whole, hits: Whole, scored: Whole, both: Whole) -> _Strata:
    telling = (scored > 0) & (scored < sizes) & (hits > 0) & (hits < sizes)
    sizes, hits, scored = sizes[telling], hits[telling], scored[telling]

    def distributions() -> list[_Sums]:
        alike = Counter(zip(sizes.tolist(), hits.tolist(), scored.tolist(), strict=True))
        return [_hypergeometric(*table, count) for table, count in alike.items()]

    squares = scored * (sizes - scored) / sizes
    return _Strata(float(both[telling].sum()), sizes, hits, scored, squares, distributions)


def _drawn(scores: Sequence[int], taken: int, tasks: int) -> _Sums:
    """Return the sums of some of sorted scores, drawn without replacement."""
    lowest, highest = sum(scores[:taken]), sum(scores[len(scores) - taken :])
    return _Sums(lowest, _subset_sums(scores, taken)[lowest : highest + 1], tasks)


def _hypergeometric(size: int, taken: int, ones: int, tasks: int) -> _Sums:
    """Return the sums of some of so many ones and zeros, drawn without replacement."""
    lowest, highest = max(0, taken - (size - ones)), min(ones, taken)
    every = math.comb(size, taken)
    ways = [math.comb(ones, sum_) * math.comb(size - ones, taken - sum_) for sum_ in range(lowest, highest + 1)]
    return _Sums(lowest, np.array([way / every for way in ways]), tasks)


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
