"""The reference solution of a task as a script that an agent and a user act out together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_OPENING = "Hello, I need your help."


@dataclass(frozen=True)
class ScriptedAction:
    """One call of the reference solution: who makes it, to which tool, with what."""

    requestor: str
    name: str
    arguments: Mapping[str, Any]


class Script:
    """What is still to be done, shared by the agent and the user of one simulation.

    Args:
        actions: the calls, in order.
        communicate: what the agent must tell the user.
        opening: what the user says first.
    """

    def __init__(self, actions: list[ScriptedAction], communicate: list[str], opening: str = _OPENING) -> None:
        self._actions = actions
        self._position = 0
        self._calls = 0
        self.communicate = communicate
        self.told = not communicate
        self.opening: str | None = opening

    @classmethod
    def of(cls, task: Any) -> Script:
        """Return the script of a tau2 task: its reference actions and the information to communicate."""
        criteria = task.evaluation_criteria
        actions = (criteria.actions if criteria is not None else None) or []
        return cls(
            [ScriptedAction(action.requestor, action.name, action.arguments) for action in actions],
            list((criteria.communicate_info if criteria is not None else None) or []),
            _opening(task),
        )

    def next_requestor(self) -> str | None:
        """Return whose call is next, None when all were made."""
        return self._actions[self._position].requestor if self._position < len(self._actions) else None

    def next_name(self) -> str:
        """Return the name of the tool that is called next."""
        return self._actions[self._position].name

    def next_action(self) -> ScriptedAction | None:
        """Return the call that is next, None when all were made."""
        return self._actions[self._position] if self._position < len(self._actions) else None

    def rewrite(self, rewritten: Callable[[Sequence[ScriptedAction]], list[ScriptedAction]]) -> None:
        """Replace the calls by what ``rewritten`` makes of them, before the first one was taken."""
        self._actions = rewritten(self._actions)

    def take(self) -> tuple[str, ScriptedAction]:
        """Return the next call with an id for it, and go on to the one after."""
        action = self._actions[self._position]
        self._position += 1
        self._calls += 1
        return f"call_{self._calls}", action

    def take_opening(self) -> str | None:
        """Return what the user says first, None when it was said."""
        opening, self.opening = self.opening, None
        return opening


def _opening(task: Any) -> str:
    """Return the reason for the call in the user's instructions, or a general greeting."""
    reason = getattr(task.user_scenario.instructions, "reason_for_call", None)
    return reason.strip() if isinstance(reason, str) and reason.strip() and "###" not in reason else _OPENING
