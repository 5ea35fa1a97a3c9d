"""Ties: numbers that count as equal, and ranks among them, doubled so that they are whole."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


_DIGITS = 12
"""Numbers that differ by less than so many digits of the largest one are ties."""


def settled(values: Floats) -> Floats:
    """Return numbers of which those are equal that differ only in the last digits, by how they were added up."""
    largest = float(np.abs(values).max(initial=0.0))
    if largest == 0 or not math.isfinite(largest):
        return values
    scale = math.ldexp(1.0, math.frexp(largest)[1] - 1)  # a power of two, which changes no digit
    rounded: Floats = np.round(values / scale, _DIGITS) * scale
    return rounded


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
