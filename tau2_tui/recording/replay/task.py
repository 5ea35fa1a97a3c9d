"""The task of a recorded simulation, as the installed tau2 takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tau2_tui.recording.messages import error_line
from tau2_tui.recording.replay.setting import Place, ReplaySetting

_NO_ACTIONS = "No actions to evaluate"
"""What tau2's evaluation notes of a task without reference actions."""


def find_task(
    setting: ReplaySetting,
    place: Place,
    task_id: str | None,
    data: Mapping[str, Any] | None,
    reward_info: Mapping[str, Any] | None,
) -> tuple[Any, list[str]]:
    """Return tau2's object of a task, None when there is none, and what a reader should know of it.

    Args:
        setting: what is replayed with.
        place: where the simulation took place.
        task_id: the task's id.
        data: the task as the log has it, None when it has not.
        reward_info: tau2's evaluation of the simulation, which names the reference actions that it went by.
    """
    tau2 = setting.tau2.name
    if data is None:
        task = setting.installed_task(place.domain, task_id) if task_id is not None else None
        if task is None:
            return None, ["the task is not known; replayed from the domain's own initial state"]
        data, notes = task.model_dump(mode="json"), [f"the log does not hold the task; it was taken from {tau2}"]
    else:
        notes = []
    checked = _checked_actions(reward_info)
    if checked is not None and _in_short(checked) != _in_short(_actions(data)):
        ids = ", ".join(str(action.get("action_id")) for action in checked) or "none"
        notes.append(f"tau2's evaluation went by other reference actions than the task's own: {ids}; so does this")
        criteria = data.get("evaluation_criteria")
        known = criteria if isinstance(criteria, dict) else {}
        data = {**data, "evaluation_criteria": {**known, "actions": checked}}
    try:
        return setting.task(data), notes
    except (ValueError, TypeError) as error:
        return None, [*notes, f"{tau2} does not take the task of the log for one: {error_line(error)}"]


def _checked_actions(reward_info: Mapping[str, Any] | None) -> list[dict[str, Any]] | None:
    """Return the actions that an evaluation looked for; None when it does not say."""
    told = reward_info or {}
    checks = told.get("action_checks")
    if not isinstance(checks, list) or not checks:
        return [] if told.get("db_check") and _had_none(told.get("info")) else None
    actions = [check.get("action") if isinstance(check, dict) else None for check in checks]
    found = [action for action in actions if isinstance(action, dict) and isinstance(action.get("name"), str)]
    return found if len(found) == len(checks) else None


def _had_none(info: Any) -> bool:
    said = info.get("action") if isinstance(info, dict) else None
    return isinstance(said, dict) and said.get("note") == _NO_ACTIONS


def _actions(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    criteria = data.get("evaluation_criteria")
    actions = criteria.get("actions") if isinstance(criteria, dict) else None
    return [action for action in actions or [] if isinstance(action, dict)] if isinstance(actions, list) else []


def _in_short(actions: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    return [(action.get("name"), action.get("arguments")) for action in actions]
