"""Whether two runs use their tools differently on the same tasks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from tau2_tui.analysis.data.records import Call
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.adjust import adjust_tests
from tau2_tui.analysis.shared.estimate import Estimate, Test
from tau2_tui.analysis.shared.exact import sign_flip


@dataclass(frozen=True, slots=True)
class ToolShift:
    """The share of one tool among the calls of two runs.

    Attributes:
        tool_name: the tool.
        calls_a: its calls in the first run, on the common tasks.
        calls_b: its calls in the second run, likewise.
        share_a: mean over the common tasks of its share of the calls in the first run.
        share_b: likewise in the second run.
        difference: ``share_b`` less ``share_a``.
        test: exact sign-flip over the tasks' differences, adjusted over the tools.
        tasks: common tasks in which both runs made calls.
    """

    tool_name: str
    calls_a: int
    calls_b: int
    share_a: float
    share_b: float
    difference: Estimate
    test: Test
    tasks: int


def tools_shift(calls_a: Sequence[Call], calls_b: Sequence[Call]) -> tuple[ToolShift, ...]:
    """Compare how two runs spread their calls over tools, paired by task; largest difference first.

    Args:
        calls_a: the live calls of the first run.
        calls_b: those of the second.

    Returns:
        A row a tool that either run called on a task in which both made calls; none without such a task.
    """
    first, second = _by_task(calls_a), _by_task(calls_b)
    tasks = [task for task in first if task in second]
    names = sorted({name for task in tasks for name in (*first[task], *second[task])})
    rows = [_row(name, tasks, first, second) for name in names]
    tests = adjust_tests([row.test for row in rows])
    rows = [replace(row, test=test) for row, test in zip(rows, tests, strict=True)]
    return tuple(sorted(rows, key=lambda row: (-abs(row.difference.value or 0.0), row.tool_name)))


_Counts = Mapping[str, Counter[str]]


def _by_task(calls: Sequence[Call]) -> _Counts:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for call in calls:
        counts[call.task_id][call.name] += 1
    return dict(counts)


def _row(name: str, tasks: Sequence[str], first: _Counts, second: _Counts) -> ToolShift:
    before = [Fraction(first[task][name], sum(first[task].values())) for task in tasks]
    after = [Fraction(second[task][name], sum(second[task].values())) for task in tasks]
    differences = [b - a for a, b in zip(before, after, strict=True)]
    share_a, share_b, difference = (_mean(shares) for shares in (before, after, differences))
    method = "mean of within-task differences of shares"
    return ToolShift(
        tool_name=name,
        calls_a=sum(first[task][name] for task in tasks),
        calls_b=sum(second[task][name] for task in tasks),
        share_a=share_a,
        share_b=share_b,
        difference=Estimate(difference, n=len(tasks), n_tasks=len(tasks), method=method),
        test=sign_flip(differences),
        tasks=len(tasks),
    )


def _mean(shares: Sequence[Fraction]) -> float:
    return float(sum(shares, Fraction(0)) / len(shares))


EXPLANATIONS = {
    "tools_shift": Explanation(
        "Do the two agents use their tools differently?",
        "per task the tool's share of the calls in each run; mean difference; exact sign-flip over the tasks; "
        "Benjamini-Hochberg over the tools",
        "under no difference each task's difference is as likely positive as negative",
        "Fisher 1935 (randomisation test); Benjamini and Hochberg 1995",
        "no row without a task in which both runs made calls; the smallest possible p is said",
    ),
}
