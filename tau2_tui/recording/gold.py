"""The difference between the state that a simulation reached and the reference final state of its task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tau2_tui.events.changes import Change
from tau2_tui.recording.databases import DATABASE, USER_DATABASE, StateFingerprint
from tau2_tui.recording.tau2_api import Tau2

GoldDiff = dict[str, list[Change]]


@dataclass(frozen=True)
class GoldComparison:
    """What the comparison gave.

    Attributes:
        diff: per database the changes from the reference state to the reached one; None when it was not possible.
        reason: why it was not possible.
        synced: the same, with a reference in which ``sync_tools`` ran after each action as it does in a conversation;
            tau2's evaluator leaves it out. None where that makes no difference.
    """

    diff: GoldDiff | None
    reason: str | None = None
    synced: GoldDiff | None = None


def compare_with_gold(
    tau2: Tau2,
    domain: str,
    task: Any,
    *,
    initial: StateFingerprint | None,
    reached: StateFingerprint,
    db_match: bool | None,
) -> GoldComparison:
    """Compare the reached state with the reference one.

    Args:
        tau2: the installed tau2-bench.
        domain: name of the domain.
        task: tau2's task.
        initial: the state in which the conversation began.
        reached: the state at its end.
        db_match: what tau2's evaluation of the databases said, None when it was not made.
    """
    criteria = task.evaluation_criteria
    if criteria is None:
        return GoldComparison(None, "the task has no evaluation criteria")
    if db_match and (criteria.actions is not None or criteria.env_assertions is not None):
        return GoldComparison(_complete({}))
    if not criteria.actions:
        if initial is None:
            return GoldComparison(None, "the initial state was not reached")
        return GoldComparison(_complete(initial.delta_to(reached).changes))
    try:
        environment = _reference_environment(tau2, domain, task, sync=False)
        diff = StateFingerprint.of(environment, reached).delta_to(reached).changes
        synced = None
        if diff and tau2.overrides_sync_tools(environment):
            environment = _reference_environment(tau2, domain, task, sync=True)
            synced = _complete(StateFingerprint.of(environment, reached).delta_to(reached).changes)
    except Exception as error:  # whatever the domain's own code raises: the recording goes on without the comparison
        return GoldComparison(None, f"the reference state cannot be built: {type(error).__name__}: {error}")
    return GoldComparison(_complete(diff), synced=synced)


def _reference_environment(tau2: Tau2, domain: str, task: Any, *, sync: bool) -> Any:
    """Return an environment after the reference actions, made as tau2's evaluator makes them."""
    environment = tau2.environment(domain)
    start = task.initial_state
    environment.set_state(
        initialization_data=start.initialization_data if start is not None else None,
        initialization_actions=start.initialization_actions if start is not None else None,
        message_history=(start.message_history if start is not None else None) or [],
    )
    for action in task.evaluation_criteria.actions:
        try:
            environment.make_tool_call(tool_name=action.name, requestor=action.requestor, **action.arguments)
            if sync:
                environment.sync_tools()
        except Exception:
            continue  # tau2's evaluator goes on after a reference action that fails, and so must this
    return environment


def _complete(changes: GoldDiff) -> GoldDiff:
    return {name: changes.get(name, []) for name in (DATABASE, USER_DATABASE)}
