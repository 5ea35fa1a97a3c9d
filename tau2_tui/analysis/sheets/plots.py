"""The data of plots. Texts are not safe yet.

What a few rows of characters can show is drawn everywhere; the other plots repeat numbers of the tables, where they are
drawn as bars and lines already, and are for readers with a surface to draw on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tau2_tui.analysis.sheets.behind import Behind

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Bars:
    """Amounts, one below the other.

    Attributes:
        title: what it shows.
        rows: name and amount.
        label: the unit.
        money: amounts are US dollars.
        failures: amounts of failures.
    """

    title: str
    rows: tuple[tuple[str, float], ...]
    label: str = ""
    money: bool = False
    failures: bool = False


@dataclass(frozen=True, slots=True)
class Ranges:
    """Shares with their intervals, one below the other.

    Attributes:
        title: what it shows.
        rows: name, share, lower and upper end.
        label: what the shares are of.
    """

    title: str
    rows: tuple[tuple[str, float, float, float], ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class PassCurves:
    """Rates by the number of trials, with their intervals.

    Attributes:
        title: what it shows.
        curves: name, and k, rate, lower and upper end of each point.
    """

    title: str
    curves: tuple[tuple[str, tuple[tuple[int, float, float, float], ...]], ...]


@dataclass(frozen=True, slots=True)
class SharesBelow:
    """Which share of something is not above each value.

    Attributes:
        title: what it shows.
        curves: name, and value and share of each step.
        label: the unit of the values.
        fine: there are more steps than a few rows of characters show.
    """

    title: str
    curves: tuple[tuple[str, Points], ...]
    label: str
    fine: bool = False


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many simulations lie between one duration and the next.

    Attributes:
        title: what it shows.
        edges: seconds, one more than counts.
        counts: simulations.
        inside: returns what finds those from one edge to another.
    """

    title: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    inside: Callable[[float, float], Behind]


@dataclass(frozen=True, slots=True)
class Course:
    """A quantity over the time of the run.

    Attributes:
        title: what it shows.
        points: time and value of each simulation.
        curve: times and smoothed values.
        unit: of the times: ``second``, ``minute``, ``hour``, ``day``, or ``trial`` where all began at once.
        quantity: what is measured.
        share: values are shares.
    """

    title: str
    points: Points
    curve: Points
    unit: str
    quantity: str
    share: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """How often each target follows each source.

    Attributes:
        title: what it shows.
        sources: names of the rows.
        targets: names of the columns.
        shares: of each row.
    """

    title: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    shares: tuple[tuple[float, ...], ...]


Plot = Bars | Ranges | PassCurves | SharesBelow | Histogram | Course | Flow
