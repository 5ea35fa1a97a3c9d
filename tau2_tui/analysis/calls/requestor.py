"""The agent's calls beside the simulated user's."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tau2_tui.analysis.data.records import Call, Simulation
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Estimate
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, measured, ratio_by_task


@dataclass(frozen=True, slots=True)
class RequestorRow:
    """The calls of one side.

    Attributes:
        requestor: ``assistant`` or ``user``.
        calls: live calls.
        share: of all calls.
        errors: calls that failed.
        error_rate: errors / calls.
        error_rate_interval: the same with its interval over tasks.
        tools: the tools, most called first.
        simulations: simulations with a call of this side.
        per_simulation: calls / simulations of the run; None without simulations.
        changed: calls that changed a database; None when no call was looked at.
        execution_time: seconds inside tools; None when not recorded.
    """

    requestor: str
    calls: int
    share: float
    errors: int
    error_rate: float
    error_rate_interval: Estimate
    tools: tuple[tuple[str, int], ...]
    simulations: int
    per_simulation: float | None
    changed: int | None
    execution_time: float | None


def by_requestor(
    calls: Sequence[Call], sims: Sequence[Simulation], *, level: float = DEFAULT_LEVEL
) -> tuple[RequestorRow, ...]:
    """Return a row for the agent's calls and one for the user's, as far as they made any.

    Args:
        calls: the live calls.
        sims: the run's simulations.
        level: coverage of the intervals.
    """
    groups: defaultdict[str, list[Call]] = defaultdict(list)
    for call in calls:
        groups[call.requestor].append(call)
    return tuple(_row(requestor, groups[requestor], len(calls), len(sims), level) for requestor in sorted(groups))


def _row(requestor: str, calls: Sequence[Call], total: int, simulations: int, level: float) -> RequestorRow:
    errors = sum(call.error for call in calls)
    seen = [call.state_changed for call in calls if call.state_changed is not None]
    times = [call.execution_time for call in calls if call.execution_time is not None and measured(call.execution_time)]
    return RequestorRow(
        requestor=requestor,
        calls=len(calls),
        share=len(calls) / total,
        errors=errors,
        error_rate=errors / len(calls),
        error_rate_interval=ratio_by_task(((call.task_id, call.error, 1) for call in calls), level=level),
        tools=tuple(Counter(call.name for call in calls).most_common()),
        simulations=len({call.simulation for call in calls}),
        per_simulation=len(calls) / simulations if simulations else None,
        changed=sum(seen) if seen else None,
        execution_time=math.fsum(times) if times else None,
    )


EXPLANATIONS = {
    "by_requestor": Explanation(
        "What do agent and user do with tools?",
        "calls, errors and their rate with an interval over tasks (ratio of sums, n_eff, t), by who made the call",
        "tasks independent",
        "Wilson 1927; Cochran 1977",
        "no row for a side that made no call",
    ),
}
