"""The statistics that the overview shows, computed in a worker: importing this takes seconds."""

from __future__ import annotations

from dataclasses import dataclass

from tau2_tui.analysis.calls.cost import Cost, cost
from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.runs.passes import PassEstimate, pass_hat
from tau2_tui.analysis.runs.success import success_new_tasks, success_same_tasks
from tau2_tui.analysis.runs.variance import Flaky, VarianceSplit, flaky, variance_split
from tau2_tui.analysis.shared.estimate import Estimate


@dataclass(frozen=True)
class Numbers:
    """A run at a glance.

    Attributes:
        new_tasks: success rate with the interval for other tasks like these.
        same_tasks: with the interval for the same tasks again.
        passes: pass^k for each k that the trials allow.
        split: how much of the noise is between tasks.
        flaky: the tasks that flip.
        cost: money and tokens.
        calls: how many tool calls were made.
        failed_calls: how many of them failed.
    """

    new_tasks: Estimate
    same_tasks: Estimate
    passes: list[PassEstimate]
    split: VarianceSplit
    flaky: Flaky
    cost: Cost
    calls: int
    failed_calls: int


def find_numbers(run: Run) -> Numbers:
    """Compute what the overview says."""
    return Numbers(
        new_tasks=success_new_tasks(run),
        same_tasks=success_same_tasks(run),
        passes=pass_hat(run),
        split=variance_split(run),
        flaky=flaky(run),
        cost=cost(run),
        calls=len(run.calls),
        failed_calls=sum(call.error for call in run.calls),
    )
