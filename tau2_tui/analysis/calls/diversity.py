"""How evenly a run spreads over its tools, or over any categories: inequality and effective numbers."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tau2_tui.analysis.data.records import Call
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Estimate, Status
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, critical_t


@dataclass(frozen=True, slots=True)
class Inequality:
    """How much of the work a few categories do.

    Attributes:
        gini: from 0 (all alike) towards 1; None when undefined.
        gini_corrected: times n / (n - 1), which reaches 1 when one category does all; None when undefined.
        lorenz: points of the Lorenz curve: share of the categories, share of the work of the least busy of them.
        categories: how many categories it is over.
        unused: how many of them were never used.
        includes_unused: the unused ones were known and are among them.
        status: how much to make of it.
        note: what was included, or why it is undefined.
    """

    gini: float | None
    gini_corrected: float | None
    lorenz: tuple[tuple[float, float], ...]
    categories: int
    unused: int
    includes_unused: bool
    status: Status
    note: str


@dataclass(frozen=True, slots=True)
class Diversity:
    """How many categories are effectively used.

    Attributes:
        n: observations.
        categories: categories that occur.
        bits: Shannon's entropy in bits; None without observations.
        miller_madow: the entropy in bits, corrected for the number of observations.
        hill1: effective number of categories, exp(entropy).
        hill2: effective number by the inverse of ``hhi``.
        pielou: evenness, entropy by its largest possible value; None with one category.
        hhi: Herfindahl-Hirschman index, the sum of the squared shares.
        bits_se: standard error of ``bits`` by leaving out one task at a time; None with fewer than 2 tasks.
        hill1_interval: ``hill1`` with the interval that this gives.
        status: how much to make of it.
        note: why something is undefined.
    """

    n: int
    categories: int
    bits: float | None
    miller_madow: float | None
    hill1: float | None
    hill2: float | None
    pielou: float | None
    hhi: float | None
    bits_se: float | None
    hill1_interval: Estimate
    status: Status = "ok"
    note: str = ""


def tool_counts(calls: Iterable[Call]) -> dict[str, int]:
    """Return how often each tool was called."""
    return dict(Counter(call.name for call in calls))


def tool_counts_by_task(calls: Iterable[Call]) -> dict[str, dict[str, int]]:
    """Return how often each tool was called, by task."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for call in calls:
        counts[call.task_id][call.name] += 1
    return {task: dict(own) for task, own in counts.items()}


def inequality(counts: Mapping[str, int], universe: Collection[str] | None = None) -> Inequality:
    """Return the Gini coefficient and the Lorenz curve of counts.

    Args:
        counts: by category.
        universe: all categories that there are; those without a count enter with 0. None when not known.
    """
    named = dict.fromkeys(universe or (), 0) | {name: count for name, count in counts.items() if count > 0}
    values = sorted(named.values())
    n, total, unused = len(values), sum(values), values.count(0)
    included = bool(universe)
    if total == 0 or n < 2:
        note = "no tool calls" if total == 0 else "one tool: Gini undefined"
        return Inequality(None, None, (), n, unused, included, "none", note)
    gini = sum((2 * place - n - 1) * value for place, value in enumerate(values, 1)) / (n * total)
    lorenz = [(0.0, 0.0)]
    running = 0
    for place, value in enumerate(values, 1):
        running += value
        lorenz.append((place / n, running / total))
    note = f"{unused} unused tools included" if included else "over used tools only: not comparable between runs"
    return Inequality(gini, gini * n / (n - 1), tuple(lorenz), n, unused, included, "ok", note)


def diversity(
    counts: Mapping[str, int],
    by_task: Mapping[str, Mapping[str, int]] | None = None,
    *,
    level: float = DEFAULT_LEVEL,
) -> Diversity:
    """Return entropy and effective numbers of categories.

    Args:
        counts: by category, such as tool or argument pattern.
        by_task: the same by task, from which the standard error comes; None for none.
        level: coverage of the interval.
    """
    values = [count for count in counts.values() if count > 0]
    n, categories = sum(values), len(values)
    if n == 0:
        none = Estimate(None, status="none", note="no tool calls", level=level)
        return Diversity(0, 0, None, None, None, None, None, None, None, none, "none", "no tool calls")
    nats = _nats(values)
    hhi = sum((value / n) ** 2 for value in values)
    error = _jackknife_error(counts, by_task or {})
    return Diversity(
        n=n,
        categories=categories,
        bits=nats / math.log(2),
        miller_madow=(nats + (categories - 1) / (2 * n)) / math.log(2),
        hill1=math.exp(nats),
        hill2=1 / hhi,
        pielou=nats / math.log(categories) if categories > 1 else None,
        hhi=hhi,
        bits_se=None if error is None else error / math.log(2),
        hill1_interval=_effective(nats, error, n, categories, len(by_task or {}), level),
        status="ok" if categories > 1 else "degenerate",
        note="" if categories > 1 else "one effective tool: evenness undefined",
    )


def _nats(values: Sequence[int]) -> float:
    n = sum(values)
    return max(0.0, -math.fsum(value / n * math.log(value / n) for value in values if value > 0))


def _jackknife_error(counts: Mapping[str, int], by_task: Mapping[str, Mapping[str, int]]) -> float | None:
    """Return the standard error of the entropy in nats, leaving out one task at a time."""
    total = sum(counts.values())
    left = []
    for own in by_task.values():
        if 0 < sum(own.values()) < total:
            left.append(_nats([count - own.get(name, 0) for name, count in counts.items()]))
    tasks = len(left)
    if tasks < 2:
        return None
    mean = math.fsum(left) / tasks
    return math.sqrt((tasks - 1) / tasks * math.fsum((value - mean) ** 2 for value in left))


def _effective(nats: float, error: float | None, n: int, categories: int, tasks: int, level: float) -> Estimate:
    value, method = math.exp(nats), "exp(entropy)"
    if error is None:
        note = "one task: no interval" if tasks == 1 else "tasks not known: no interval"
        return Estimate(value, n=n, n_tasks=tasks or None, method=method, status="few", note=note, level=level)
    if categories == 1 or error == 0:
        note = "one effective tool: no interval" if categories == 1 else "the same in every task: no interval"
        return Estimate(value, n=n, n_tasks=tasks, method=method, status="degenerate", note=note, level=level)
    half = critical_t(tasks - 1, level) * error
    low, high = max(1.0, math.exp(nats - half)), math.exp(min(nats + half, 700.0))
    method = "exp(entropy), jackknife by task, t"
    return Estimate(value, low, high, n, tasks, None, method, level=level)


EXPLANATIONS = {
    "inequality": Explanation(
        "Does one tool do all the work?",
        "Gini = sum of (2i - n - 1) x_i / (n sum x) over the sorted counts; corrected: times n / (n - 1)",
        "compare runs only over the same set of tools, the unused ones included",
        "Gini 1912; Deltas 2003 (correction)",
        "'one tool: Gini undefined'; says whether unused tools are included",
    ),
    "diversity": Explanation(
        "How many tools does it effectively use?",
        "Hill numbers exp(H) and 1/sum p^2; H in bits, Miller-Madow H + (S-1)/2n, Pielou H/ln S, HHI sum p^2; "
        "standard error of H by leaving out one task at a time",
        "tasks independent; entropy is biased downwards in small samples, hence Miller-Madow",
        "Hill 1973; Miller 1955; Efron 1982 (jackknife)",
        "one tool: 1 effective tool, 'evenness undefined'; 'no tool calls'",
    ),
}
