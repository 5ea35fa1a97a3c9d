"""The difference between the state that a simulation reached and the reference final state of its task."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tau2_tui.events import SimulationEndEvent
from tau2_tui.events.changes import Change
from tau2_tui.events.codec import dumps
from tau2_tui.recording.databases import DATABASE, USER_DATABASE, StateFingerprint
from tau2_tui.recording.environment import stop_recording
from tau2_tui.recording.tau2_api import Tau2, overrides_sync_tools

GoldDiff = dict[str, list[Change]]

_COPIED_BYTES = 1 << 17
"""Environments whose databases take no more bytes of JSON are copied."""


@dataclass(frozen=True)
class GoldComparison:
    """What the comparison gave.

    Attributes:
        diff: per database the changes from the reference state to the reached one; None when it was not possible.
        reason: why it was not possible.
        synced: the changes from a reference in which ``sync_tools`` ran after each action, as it does in a
            conversation; tau2's evaluator leaves it out. None where that makes no difference.
    """

    diff: GoldDiff | None
    reason: str | None = None
    synced: GoldDiff | None = None

    def write_on(self, end: SimulationEndEvent) -> None:
        """Put it on a simulation's end, in place of what an earlier comparison put there."""
        end.gold_diff = self.diff
        for name, found in (("gold_diff_reason", self.reason), ("gold_diff_after_sync", self.synced)):
            end.metadata.pop(name, None)
            if found is not None:
                end.metadata[name] = found


class References:
    """Makes the environments in which reference actions are acted out. Safe to use from several threads.

    Where every environment of a domain starts the same and holds little, one is kept and copied: reading its files anew
    costs several times as much. Of a large one, copying costs more.
    """

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}

    def new(self, tau2: Tau2, domain: str, arguments: Mapping[str, Any]) -> Any:
        """Return a new environment of a domain, which records nothing."""
        if arguments or not tau2.has_own_environment(domain):
            environment = tau2.environment(domain, arguments=arguments)
            stop_recording(environment)
            return environment
        if domain not in self._kept:
            environment = tau2.environment(domain, arguments=arguments)
            size = len(dumps([getattr(kit, "db", None) for kit in (environment.tools, environment.user_tools)]))
            self._kept[domain] = environment if size <= _COPIED_BYTES else None
        kept = self._kept[domain]
        return tau2.environment(domain, arguments=arguments) if kept is None else copy.deepcopy(kept)


def compare_with_gold(
    new_environment: Callable[[], Any],
    task: Any,
    *,
    initial: StateFingerprint | None,
    reached: StateFingerprint,
    db_match: bool | None,
) -> GoldComparison:
    """Compare the reached state with the reference one.

    Args:
        new_environment: makes an environment of the task's domain, as tau2's evaluator does.
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
        environment = _reference_environment(new_environment, task, sync=False)
        diff = StateFingerprint.of(environment, reached).delta_to(reached).changes
        synced = None
        if diff and overrides_sync_tools(type(environment)):
            environment = _reference_environment(new_environment, task, sync=True)
            synced = _complete(StateFingerprint.of(environment, reached).delta_to(reached).changes)
    except Exception as error:  # whatever the domain's own code raises: the recording goes on without the comparison
        return GoldComparison(None, f"the reference state cannot be built: {type(error).__name__}: {error}")
    return GoldComparison(_complete(diff), synced=synced)


def set_initial_state(environment: Any, task: Any) -> None:
    """Bring an environment into the state in which a task begins; into the domain's own when there is no task."""
    start = task.initial_state if task is not None else None
    environment.set_state(
        initialization_data=start.initialization_data if start is not None else None,
        initialization_actions=start.initialization_actions if start is not None else None,
        message_history=copy.deepcopy(start.message_history or []) if start is not None else [],
    )


def _reference_environment(new_environment: Callable[[], Any], task: Any, *, sync: bool) -> Any:
    """Return an environment after the reference actions, made as tau2's evaluator makes them."""
    environment = new_environment()
    set_initial_state(environment, task)
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
