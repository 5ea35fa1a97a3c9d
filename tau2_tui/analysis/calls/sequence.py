"""What follows what inside a simulation: transitions, n-grams and entropy of the next tool."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import attrgetter

from tau2_tui.analysis.data.records import Call
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Estimate
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, critical_z, wilson

START, END = "<start>", "<end>"
"""What comes before the first call and after the last one."""

FEW_IN_ROW = 5
"""Rows of a transition matrix with fewer transitions show counts only."""


@dataclass(frozen=True, slots=True)
class Transition:
    """How often one tool came right after another.

    Attributes:
        source: the tool before, or ``<start>``.
        target: the tool after, or ``<end>``.
        count: how often.
        row_total: how often anything came after the source.
        share: count / row_total with Wilson's interval; no interval in rows with fewer than 5.
    """

    source: str
    target: str
    count: int
    row_total: int
    share: Estimate


@dataclass(frozen=True, slots=True)
class Transitions:
    """What comes after what, inside simulations.

    Attributes:
        rows: most frequent first.
        total: transitions, those from ``<start>`` and to ``<end>`` included.
        simulations: simulations with at least one call.
        entropy: conditional entropy of the next tool given the one before, in bits; None without calls.
        note: ``no tool calls``, or empty.
    """

    rows: tuple[Transition, ...]
    total: int
    simulations: int
    entropy: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ngram:
    """Tools called one right after the other.

    Attributes:
        tools: their names, in order.
        count: how often, overlapping ones counted.
        share: of all sequences of this length.
        simulations: in how many simulations.
        tasks: in how many tasks.
    """

    tools: tuple[str, ...]
    count: int
    share: float
    simulations: int
    tasks: int


def by_simulation(calls: Iterable[Call]) -> Iterator[tuple[int, list[Call]]]:
    """Yield each simulation's index and its calls in their order."""
    ordered = sorted(calls, key=attrgetter("simulation", "i"))
    for simulation, group in groupby(ordered, key=attrgetter("simulation")):
        yield simulation, list(group)


def transitions(calls: Sequence[Call], *, level: float = DEFAULT_LEVEL) -> Transitions:
    """Return how often each tool follows each other one, agent's and user's calls in their common order."""
    counts: Counter[tuple[str, str]] = Counter()
    simulations = 0
    for _, group in by_simulation(calls):
        names = [START, *(call.name for call in group), END]
        counts.update(pairwise(names))
        simulations += 1
    totals: Counter[str] = Counter()
    for (source, _), count in counts.items():
        totals[source] += count
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Transitions(
        rows=tuple(
            Transition(source, target, count, totals[source], _share(count, totals[source], level))
            for (source, target), count in rows
        ),
        total=sum(totals.values()),
        simulations=simulations,
        entropy=_conditional_entropy(counts, totals),
        note="" if simulations else "no tool calls",
    )


def _share(count: int, total: int, level: float) -> Estimate:
    if total < FEW_IN_ROW:
        note = f"fewer than {FEW_IN_ROW} transitions"
        return Estimate(count / total, n=total, method="share of row", status="few", note=note, level=level)
    low, high = wilson(count, total, critical_z(level))
    return Estimate(count / total, low, high, total, method="Wilson on transitions", level=level)


def _conditional_entropy(counts: Counter[tuple[str, str]], totals: Counter[str]) -> float | None:
    total = sum(totals.values())
    if total == 0:
        return None
    bits = -math.fsum(count / total * math.log2(count / totals[source]) for (source, _), count in counts.items())
    return max(0.0, bits)


def ngrams(calls: Sequence[Call], n: int = 2, *, most: int | None = None) -> tuple[Ngram, ...]:
    """Return the sequences of ``n`` calls inside simulations, most frequent first.

    Args:
        calls: the live calls.
        n: length of the sequences, 1 or more.
        most: how many to return, None for all.

    Raises:
        ValueError: n is below 1.
    """
    if n < 1:
        raise ValueError(f"n must be 1 or more, not {n}")
    counts: Counter[tuple[str, ...]] = Counter()
    simulations: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
    tasks: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for simulation, group in by_simulation(calls):
        names = [call.name for call in group]
        for start in range(len(names) - n + 1):
            tools = tuple(names[start : start + n])
            counts[tools] += 1
            simulations[tools].add(simulation)
            tasks[tools].add(group[0].task_id)
    total = sum(counts.values())
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]
    return tuple(
        Ngram(tools, count, count / total, len(simulations[tools]), len(tasks[tools])) for tools, count in rows
    )


EXPLANATIONS = {
    "transitions": Explanation(
        "What does it do after X?",
        "counts of neighbouring calls inside a simulation, with <start> and <end>; share of the row with Wilson's "
        "interval; conditional entropy of the next tool in bits",
        "transitions independent; calls of different simulations are never neighbours",
        "Wilson 1927; Shannon 1948",
        "rows with fewer than 5: counts only; 'no tool calls'",
    ),
    "ngrams": Explanation(
        "Which sequences of tools recur?",
        "counts of n calls in a row inside a simulation, with the simulations and tasks they occur in",
        "descriptive",
        "counting",
        "none when no simulation has n calls",
    ),
}
