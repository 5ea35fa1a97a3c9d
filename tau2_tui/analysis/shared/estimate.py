"""What every statistic comes as: a value with its interval, or a test, and how much to make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "few", "degenerate", "none"]
"""``ok``; ``few``: too few data for the usual trust, see the note; ``degenerate``: constant or one-sided data, see the
note; ``none``: there is no value, and the note says why."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number estimated from data, with its interval.

    Attributes:
        value: the estimate, None when there is none.
        low: lower end of the interval, None when there is none.
        high: upper end of the interval, None when there is none.
        n: how many observations it rests on.
        n_tasks: how many tasks those belong to, None where tasks play no part.
        n_eff: how many independent observations they are worth, None where that is not computed.
        method: how it was computed, in a few words.
        status: how much to make of it.
        note: one line for a person, empty when there is nothing to add.
        level: coverage that the interval promises.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    n_tasks: int | None = None
    n_eff: float | None = None
    method: str = ""
    status: Status = "ok"
    note: str = ""
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class Test:
    """A test of a hypothesis.

    Attributes:
        p: the p-value, None when there was nothing to test.
        stat: the test statistic.
        n: how many observations (tasks, where tasks are the unit) could speak.
        p_min: the smallest p-value that these data could have given, None where that is not known.
        p_adj: the p-value adjusted for all tests made at once.
        method: which test, in a few words.
        status: how much to make of it.
        note: one line for a person.
    """

    __test__ = False  # not a test case, whatever its name makes pytest think

    p: float | None
    stat: float | None = None
    n: int = 0
    p_min: float | None = None
    p_adj: float | None = None
    method: str = ""
    status: Status = "ok"
    note: str = ""
