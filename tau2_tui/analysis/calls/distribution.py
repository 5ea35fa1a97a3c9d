"""How numbers are distributed: centre, spread, quantiles, skew and a histogram."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Status
from tau2_tui.analysis.shared.interval import measured
from tau2_tui.analysis.shared.quantiles import Values

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MAX_BINS = 40
MEDCOUPLE_VALUES = 1000
"""The medcouple compares all pairs: of more values, so many evenly spaced quantiles stand for them."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """The distribution of numbers.

    Attributes:
        n: how many numbers.
        missing: None, NaN and infinite ones, left out.
        mean: their mean.
        sd: their standard deviation (n - 1); None with fewer than 2.
        minimum: the smallest.
        maximum: the largest.
        quantiles: pairs of q and quantile, by linear interpolation (type 7).
        skew: the medcouple, from -1 (long tail to the left) to 1; None when all are the same or fewer than 3.
        edges: edges of the histogram's bins, one more than bins.
        counts: numbers in each bin.
        status: how much to make of it.
        note: what limits it.
    """

    n: int
    missing: int
    mean: float | None
    sd: float | None
    minimum: float | None
    maximum: float | None
    quantiles: tuple[tuple[float, float], ...]
    skew: float | None
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    status: Status = "ok"
    note: str = ""


def distribution(values: Iterable[float | None]) -> Distribution:
    """Return the distribution of numbers; what is None, NaN, infinite or beyond 1e100 is counted and left out."""
    given = list(values)
    x: Values = np.sort(np.array([value for value in given if measured(value)], np.float64))
    n = len(x)
    missing = len(given) - n
    if n == 0:
        return Distribution(0, missing, None, None, None, None, (), None, (), (), "none", "no values")
    constant = bool(x[0] == x[-1])
    edges, counts = _histogram(x)
    return Distribution(
        n=n,
        missing=missing,
        mean=float(x[0] if constant else x.mean()),
        sd=None if n < 2 else 0.0 if constant else float(x.std(ddof=1)),
        minimum=float(x[0]),
        maximum=float(x[-1]),
        quantiles=tuple(zip(QUANTILES, np.quantile(x, QUANTILES).tolist(), strict=True)),
        skew=None if constant or n < 3 else medcouple(x),
        edges=edges,
        counts=counts,
        status="degenerate" if constant else "few" if n < 8 else "ok",
        note="one value" if n == 1 else "always the same" if constant else f"only {n} values" if n < 8 else "",
    )


def _histogram(x: Values) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Return a histogram with bins by Freedman and Diaconis, at most 40."""
    n, span = len(x), float(x[-1] - x[0])
    if span <= 0 or not math.isfinite(span):
        return (float(x[0]), float(x[-1])), (n,)
    lower, upper = np.quantile(x, [0.25, 0.75]).tolist()
    width = 2 * (upper - lower) / n ** (1 / 3)
    bins = math.ceil(min(span / width, MAX_BINS)) if width > 0 else math.ceil(math.log2(n)) + 1
    counts, edges = np.histogram(x, bins=max(1, min(bins, MAX_BINS)))
    return tuple(edges.tolist()), tuple(counts.tolist())


def medcouple(ordered: Values) -> float:
    """Return the medcouple of sorted values that are not all the same; of more than 1000, that of their quantiles.

    The median, over all pairs of a value not below and one not above the median, of how much farther the upper one is
    from it: ((u - m) - (m - l)) / (u - l), with -1, 0 or 1 for pairs that both equal the median.
    """
    x = ordered
    if len(x) > MEDCOUPLE_VALUES:
        x = np.quantile(x, (np.arange(MEDCOUPLE_VALUES) + 0.5) / MEDCOUPLE_VALUES)
    centred = x - np.median(x)
    upper, lower = centred[centred >= 0][:, None], centred[centred <= 0]
    span = upper - lower
    kernel = (upper + lower) / np.where(span > 0, span, 1.0)
    ties = int((centred == 0).sum())
    if ties:
        places = np.arange(ties)
        kernel[:ties, len(lower) - ties :] = np.sign(places[:, None] + places[None, :] - (ties - 1))
    return float(np.median(kernel))


EXPLANATIONS = {
    "distribution": Explanation(
        "How are these numbers distributed?",
        "mean, standard deviation, type-7 quantiles, the medcouple as a robust skew, a histogram with bins by Freedman "
        "and Diaconis",
        "descriptive; of more than 1000 values the medcouple is taken from 1000 evenly spaced quantiles",
        "Hyndman and Fan 1996; Brys, Hubert, Struyf 2004; Freedman and Diaconis 1981",
        "'no values'; 'always the same'; missing numbers are counted",
    ),
}
