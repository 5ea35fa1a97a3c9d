"""Whether two numbers go together, and whether they still do inside tasks."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import numpy.typing as npt

from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Estimate, Status, Test
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, FEW_TASKS, critical_t, measured
from tau2_tui.analysis.shared.ranks import doubled_midranks
from tau2_tui.analysis.shared.slope import Floats, Groups, cluster_slope, group_codes

MIN_PAIRS = 8
"""Fewer pairs give no correlation."""

SEED = 20_240_924
RESAMPLES = 9_999
_DRAWN_PAIRS = 2_000
"""Of more pairs no permutations are drawn: their sum is normal, with a variance that is known exactly."""

_BLOCKS = 100
_LEAST_BLOCKS = 20
_RANKED = 2_000_000
"""Groups are left out in blocks when there are more than 100, or when that would mean ranking more numbers in all."""

_ENUMERATED = 6
"""Groups of up to so many pairs are permuted in all ways."""
_STATES = 2_000_000


@dataclass(frozen=True, slots=True)
class Correlation:
    """How two numbers go together.

    Attributes:
        spearman: Spearman's rank correlation over all pairs, with an interval that leaves out one group at a time.
        within: test that the two go together inside groups, by permuting within them.
        log_slope: slope of log y on log x, that is percent of y per percent of x; value None unless both are
            positive.
        pairs: pairs with both numbers.
        missing: pairs left out, because a number is missing.
        seed: seed of the generator when permutations were drawn, None when all were taken.
        resamples: how many were drawn, None likewise.
    """

    spearman: Estimate
    within: Test
    log_slope: Estimate
    pairs: int
    missing: int
    seed: int | None = None
    resamples: int | None = None


def correlate(
    x: Sequence[float | None],
    y: Sequence[float | None],
    groups: Sequence[Hashable],
    *,
    level: float = DEFAULT_LEVEL,
    seed: int = SEED,
) -> Correlation:
    """Return the rank correlation of two numbers, and a test of it inside groups.

    Args:
        x: a number a pair; None and NaN are left out.
        y: the other number.
        groups: what each pair belongs to, such as its task.
        level: coverage of the intervals.
        seed: of the generator that draws permutations when there are too many to take all.
    """
    kept = [index for index in range(len(x)) if measured(x[index]) and measured(y[index])]
    missing = len(x) - len(kept)
    left = np.array([x[index] for index in kept], np.float64)
    right = np.array([y[index] for index in kept], np.float64)
    codes = group_codes([groups[index] for index in kept])
    reason = _unfit(left, right)
    if reason:
        status: Status = "none" if len(kept) < MIN_PAIRS else "degenerate"
        none = Estimate(None, n=len(kept), status=status, note=reason, level=level)
        return Correlation(none, Test(None, n=len(kept), status=status, note=reason), none, len(kept), missing)
    test, drawn = _within(left, right, codes, seed)
    return Correlation(
        spearman=_spearman(left, right, codes, level),
        within=test,
        log_slope=_log_slope(left, right, codes, level),
        pairs=len(kept),
        missing=missing,
        seed=seed if drawn else None,
        resamples=drawn,
    )


def _unfit(x: Floats, y: Floats) -> str:
    if len(x) < MIN_PAIRS:
        return f"fewer than {MIN_PAIRS} pairs"
    if x.min() == x.max() or y.min() == y.max():
        return "always the same"
    return ""


def rho(x: Floats, y: Floats) -> float | None:
    """Return Spearman's rank correlation; None when a side is constant."""
    first = doubled_midranks(x).astype(np.float64)
    second = doubled_midranks(y).astype(np.float64)
    first -= first.mean()
    second -= second.mean()
    size = math.sqrt(float(first @ first) * float(second @ second))
    return max(-1.0, min(1.0, float(first @ second) / size)) if size > 0 else None


def _spearman(x: Floats, y: Floats, codes: Groups, level: float) -> Estimate:
    """Return the correlation with a jackknife interval by group on Fisher's z scale."""
    value = rho(x, y)
    groups = min(int(codes.max()) + 1, _BLOCKS, max(_LEAST_BLOCKS, _RANKED // len(x)))
    blocks = codes % groups
    left = [rho(x[blocks != block], y[blocks != block]) for block in range(groups)] if groups > 1 else []
    method = "Spearman, jackknife by group on Fisher's z, t"
    known = [_fisher(one) for one in left if one is not None]
    if value is None or len(known) < 2 or len(known) < groups:
        note = "one group: no interval" if groups < 2 else "constant without one of the groups: no interval"
        return Estimate(value, None, None, len(x), groups, None, "Spearman", "few", note, level)
    mean = math.fsum(known) / groups
    error = math.sqrt((groups - 1) / groups * math.fsum((one - mean) ** 2 for one in known))
    half = critical_t(groups - 1, level) * error
    centre = _fisher(value)
    status: Status = "ok" if groups >= FEW_TASKS else "few"
    note = "" if status == "ok" else f"only {groups} groups"
    low, high = math.tanh(centre - half), math.tanh(centre + half)
    return Estimate(value, low, high, len(x), groups, None, method, status, note, level)


def _fisher(value: float) -> float:
    return math.atanh(max(-0.999_999, min(0.999_999, value)))


def _log_slope(x: Floats, y: Floats, codes: Groups, level: float) -> Estimate:
    if x.min() <= 0 or y.min() <= 0:
        note = "needs positive numbers"
        return Estimate(None, n=len(x), status="none", note=note, level=level)
    return cluster_slope(np.log(x), np.log(y), codes, level=level)


def _within(x: Floats, y: Floats, codes: Groups, seed: int) -> tuple[Test, int | None]:
    """Test the sum of rank products against permutations of y inside groups."""
    first, second = doubled_midranks(x), doubled_midranks(y)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for index, code in enumerate(codes.tolist()):
        members[code].append(index)
    movable = [(first[m], second[m]) for m in members.values() if len(set(first[m])) > 1 and len(set(second[m])) > 1]
    if not movable:
        note = "no group in which both vary: nothing to permute"
        return Test(None, method="within-group permutation", status="none", note=note), None
    stat = float(sum(a @ b for a, b in movable))
    expected = math.fsum(float(a.sum()) * float(b.sum()) / len(a) for a, b in movable)
    exact = _all_sums(movable)
    if exact is not None:
        sums, chances = exact
        away = np.abs(sums - expected)
        p = min(1.0, float(chances[away >= abs(stat - expected) - 1e-6].sum()))
        p_min = float(chances[away >= away.max() - 1e-6].sum())
        status: Status = "ok" if p_min < 0.05 else "few"
        note = "" if status == "ok" else f"the smallest possible p is {p_min:.3g}"
        method = "exact within-group permutation of ranks"
        return Test(p, stat - expected, len(movable), p_min, None, method, status, note), None
    if sum(len(a) for a, _ in movable) > _DRAWN_PAIRS:
        spread = math.sqrt(math.fsum(_spread(a) * _spread(b) / (len(a) - 1) for a, b in movable))
        p = math.erfc(abs(stat - expected) / spread / math.sqrt(2))
        method = "within-group permutation of ranks, normal approximation"
        return Test(p, stat - expected, len(movable), None, None, method), None
    drawn = _drawn_sums(movable, seed)
    p = (1 + int((np.abs(drawn - expected) >= abs(stat - expected) - 1e-6).sum())) / (RESAMPLES + 1)
    method = f"within-group permutation of ranks, {RESAMPLES} drawn"
    return Test(p, stat - expected, len(movable), 1 / (RESAMPLES + 1), None, method), RESAMPLES


def _spread(ranks: npt.NDArray[np.int64]) -> float:
    """Return the sum of squared deviations from the mean."""
    off = ranks - ranks.mean()
    return float(off @ off)


_Ranks = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


def _all_sums(groups: Sequence[_Ranks]) -> tuple[npt.NDArray[np.int64], Floats] | None:
    """Return each possible sum of rank products with its chance; None when there are too many."""
    if max(len(a) for a, _ in groups) > _ENUMERATED:
        return None
    sums: npt.NDArray[np.int64] = np.zeros(1, np.int64)
    chances: Floats = np.ones(1)
    for a, b in groups:
        own, counts = np.unique([int(a @ b[list(order)]) for order in permutations(range(len(b)))], return_counts=True)
        if len(sums) * len(own) > _STATES:
            return None
        spread = np.add.outer(sums, own).reshape(-1)
        weight = np.multiply.outer(chances, counts / counts.sum()).reshape(-1)
        sums, inverse = np.unique(spread, return_inverse=True)
        chances = np.zeros(len(sums))
        np.add.at(chances, inverse.reshape(-1), weight)
    return sums, chances


def _drawn_sums(groups: Sequence[_Ranks], seed: int) -> Floats:
    generator = np.random.default_rng(seed)
    sums: Floats = np.zeros(RESAMPLES)
    for a, b in groups:
        step = max(1, _STATES // len(b))
        for start in range(0, RESAMPLES, step):
            count = min(step, RESAMPLES - start)
            shuffled = generator.permuted(np.broadcast_to(b, (count, len(b))), axis=1)
            sums[start : start + count] += (shuffled @ a).astype(np.float64)
    return sums


EXPLANATIONS = {
    "correlate": Explanation(
        "Do these two numbers go together?",
        "Spearman's rank correlation, interval by leaving out one group at a time on Fisher's z scale with t; "
        "permutation of ranks within groups, exact where groups are small, else drawn with a stored seed, or "
        "normal for thousands of pairs; slope of "
        "log on log with CRV3",
        "groups independent; within a group, pairs exchangeable when there is no association",
        "Spearman 1904; Efron 1982 (jackknife); MacKinnon, Nielsen, Webb 2023 (CRV3)",
        "'fewer than 8 pairs'; 'always the same' for a constant side",
    ),
}
