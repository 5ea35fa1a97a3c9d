"""Which tools are used, which of them fail, and whether a tool is worse than the others on the same tasks."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from tau2_tui.analysis.data.records import Call
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.adjust import adjusted
from tau2_tui.analysis.shared.estimate import Estimate, Test
from tau2_tui.analysis.shared.exact import sign_flip
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, call_share, ratio_by_task
from tau2_tui.analysis.shared.permutation import larger, permute_tables


@dataclass(frozen=True, slots=True)
class ToolRow:
    """How one tool was used.

    Attributes:
        tool_name: the tool, as it was called.
        requestors: who called it: ``assistant``, ``user`` or both.
        calls: how many live calls.
        errors: how many of them failed.
        error_rate: errors / calls.
        error_rate_interval: the same with Wilson's interval, which takes the calls as independent.
        share: of all calls.
        tasks: in how many tasks it was called.
        simulations: in how many simulations it was called.
        error_tasks: the tasks in which it failed.
        note: what limits the numbers, such as "4 of 5 calls failed, all in task 8; one task only".
    """

    tool_name: str
    requestors: tuple[str, ...]
    calls: int
    errors: int
    error_rate: float
    error_rate_interval: Estimate
    share: float
    tasks: int
    simulations: int
    error_tasks: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ToolVsRest:
    """One tool's error rate against that of the other tools on the same tasks.

    Attributes:
        tool_name: the tool.
        tasks_with_both: tasks in which both it and another tool were called.
        difference: mean over those tasks of its error rate less the others'; no interval.
        test: exact sign-flip over the tasks' differences, or the exact permutation of the errors inside tasks where its
            p-value is larger; adjusted over the tools.
        fisher: Fisher's exact test over all calls, which confuses tool with task; None unless asked for.
    """

    tool_name: str
    tasks_with_both: int
    difference: Estimate
    test: Test
    fisher: Test | None = None


def tool_table(calls: Sequence[Call], *, level: float = DEFAULT_LEVEL) -> tuple[ToolRow, ...]:
    """Return a row a tool, most called first; none without calls."""
    by_tool: defaultdict[str, list[Call]] = defaultdict(list)
    for call in calls:
        by_tool[call.name].append(call)
    rows = [_row(name, group, len(calls), level) for name, group in by_tool.items()]
    return tuple(sorted(rows, key=lambda row: (-row.calls, row.tool_name)))


def _row(name: str, calls: Sequence[Call], total: int, level: float) -> ToolRow:
    tasks = {call.task_id for call in calls}
    failed = [call for call in calls if call.error]
    error_tasks = tuple(dict.fromkeys(call.task_id for call in failed))
    notes = []
    if failed and len(error_tasks) == 1:
        notes.append(f"{len(failed)} of {len(calls)} calls failed, all in task {error_tasks[0]}")
    if len(tasks) == 1:
        notes.append("one task only")
    return ToolRow(
        tool_name=name,
        requestors=tuple(sorted({call.requestor for call in calls})),
        calls=len(calls),
        errors=len(failed),
        error_rate=len(failed) / len(calls),
        error_rate_interval=call_share(len(failed), len(calls), level=level, n_tasks=len(tasks)),
        share=len(calls) / total,
        tasks=len(tasks),
        simulations=len({call.simulation for call in calls}),
        error_tasks=error_tasks,
        note="; ".join(notes),
    )


def overall_error_rate(calls: Iterable[Call], *, level: float = DEFAULT_LEVEL) -> Estimate:
    """Return how often calls fail, with an interval over tasks."""
    return ratio_by_task(((call.task_id, call.error, 1) for call in calls), level=level)


def tool_vs_rest(calls: Sequence[Call], *, fisher: bool = False) -> tuple[ToolVsRest, ...]:
    """Compare each tool's error rate with that of the other tools within each task.

    Args:
        calls: the live calls.
        fisher: also give Fisher's exact test over all calls. It takes calls as independent and confuses the tool with
            the tasks that need it: a second opinion at most.

    Returns:
        A row a tool, smallest p first; Benjamini and Hochberg's adjustment over the tools that could be tested.
    """
    counts: Counter[tuple[str, str, bool]] = Counter((call.task_id, call.name, call.error) for call in calls)
    in_task: Counter[tuple[str, bool]] = Counter((call.task_id, call.error) for call in calls)
    tasks_of: defaultdict[str, dict[str, None]] = defaultdict(dict)  # in order: sums must not depend on hashes
    for task, name, _ in counts:
        tasks_of[name][task] = None
    rows = []
    for name, tasks in tasks_of.items():
        differences, tables = [], []
        for task in tasks:
            own = (counts[task, name, True], counts[task, name, False])
            others = (in_task[task, True] - own[0], in_task[task, False] - own[1])
            if sum(others):
                differences.append(Fraction(own[0], sum(own)) - Fraction(others[0], sum(others)))
                tables.append((sum(own) + sum(others), own[0] + others[0], sum(own), own[0]))
        row = _against(name, differences, len(tasks), _fisher(name, counts) if fisher else None)
        if row.test.p is not None:
            row = replace(row, test=larger(row.test, permute_tables(*np.array(tables, np.int64).T)))
        rows.append(row)
    return _adjust(rows)


def _against(name: str, differences: Sequence[Fraction], tasks: int, fisher: Test | None) -> ToolVsRest:
    both = len(differences)
    method = "mean within-task difference"
    if both < 2:
        used = f"used in {tasks} task{'' if tasks == 1 else 's'}"
        note = f"{used}: cannot separate tool from task" if tasks < 2 else f"{used}, with other tools in {both}"
        none = Test(None, n=both, method="exact sign-flip", status="none", note=note)
        value = float(differences[0]) if both else None
        found = Estimate(value, n=both, n_tasks=both, method=method, status="few" if both else "none", note=note)
        return ToolVsRest(name, both, found, none, fisher)
    value = float(sum(differences, Fraction(0)) / both)
    return ToolVsRest(name, both, Estimate(value, n=both, n_tasks=both, method=method), sign_flip(differences), fisher)


def _fisher(name: str, counts: Counter[tuple[str, str, bool]]) -> Test:
    table = [[0, 0], [0, 0]]
    for (_, tool, error), count in counts.items():
        table[tool != name][not error] += count
    method = "Fisher's exact test over calls"
    note = "takes calls as independent and confuses the tool with its tasks"
    if min(map(sum, table)) == 0 or min(table[0][0] + table[1][0], table[0][1] + table[1][1]) == 0:
        return Test(1.0, None, sum(map(sum, table)), 1.0, method=method, status="degenerate", note="an empty margin")
    from scipy.stats import fisher_exact

    odds_ratio, p = fisher_exact(np.array(table))
    stat = float(odds_ratio) if math.isfinite(odds_ratio) else None
    return Test(float(p), stat, sum(map(sum, table)), method=method, note=note)


def _adjust(rows: Sequence[ToolVsRest]) -> tuple[ToolVsRest, ...]:
    corrected = adjusted([row.test.p for row in rows])
    second = adjusted([row.fisher.p if row.fisher else None for row in rows])
    result = []
    for row, p, fisher_p in zip(rows, corrected, second, strict=True):
        other = replace(row.fisher, p_adj=fisher_p) if row.fisher else None
        result.append(replace(row, test=replace(row.test, p_adj=p), fisher=other))
    return tuple(sorted(result, key=lambda row: (row.test.p is None, row.test.p or 0.0, row.tool_name)))


EXPLANATIONS = {
    "tool_table": Explanation(
        "What does it use, and which tool breaks?",
        "calls and their share; errors / calls with Wilson's interval on the calls, and the tasks that had an error",
        "the interval takes calls as independent, which they are not: calls of one task fail together",
        "Wilson 1927; Brown, Cai, DasGupta 2001",
        "'no tool calls' without calls; 'one task only' is appended for a tool used in one task",
    ),
    "overall_error_rate": Explanation(
        "How often do calls fail?",
        "sum of errors / sum of calls; standard error of a ratio clustered by task (CR1); Wilson with the effective "
        "number of calls and Student's t with Satterthwaite's degrees of freedom, at most tasks - 1",
        "tasks independent",
        "Cochran 1977 (ratio estimator); Wilson 1927",
        "no error at all: upper bound 1 - 0.05^(1/tasks), 'none in G tasks'; errors in 1 or 2 tasks: 'rests on 1 of G "
        "tasks'; no calls: 'no tool calls'",
    ),
    "tool_vs_rest": Explanation(
        "Is that tool really worse, or only used in hard tasks?",
        "per task its error rate less that of the other tools; exact sign-flip over the tasks' differences, and exact "
        "permutation of the errors among each task's calls: the larger p; Benjamini-Hochberg over the tools",
        "under no difference each task's difference is as likely positive as negative, or errors fall on any of its "
        "calls alike: one of the two is enough",
        "Fisher 1935 (randomisation test); Benjamini and Hochberg 1995",
        "fewer than 2 tasks with both: 'used in 1 task: cannot separate tool from task'; says the smallest possible p",
    ),
}
