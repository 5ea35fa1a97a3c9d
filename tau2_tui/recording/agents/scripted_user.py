"""A user that acts out its part of the reference solution, without a language model."""

from __future__ import annotations

import functools
from typing import Any

from tau2_tui.recording.agents.script import Script
from tau2_tui.recording.tau2_api import Tau2

NAME = "scripted"


def scripted_user(tau2: Tau2, environment: Any, task: Any, script: Script) -> Any:
    """Return a user for one simulation: a subclass of tau2's own base class that follows ``script``."""
    return _user_class(tau2)(str(task.user_scenario), tau2.user_tools(environment, task), script)


@functools.lru_cache(maxsize=4)
def _user_class(tau2: Tau2) -> type[Any]:
    base: Any = tau2.user_base

    class ScriptedUser(base):  # type: ignore[misc]
        """Makes the reference calls that are the user's, in order, and stops when the script is done."""

        def __init__(self, instructions: str, tools: list[Any] | None, script: Script) -> None:
            super().__init__(instructions=instructions)
            self.tools = tools
            self.script = script

        def get_init_state(self, message_history: list[Any] | None = None) -> Any:
            """Return tau2's own state of a user, with the messages so far."""
            return tau2.user_state(system_messages=[], messages=list(message_history or []))

        def generate_next_message(self, message: Any, state: Any) -> tuple[Any, Any]:
            """Return the next call of the script when it is the user's, else what to say."""
            if self.script.next_requestor() == "user":
                call_id, action = self.script.take()
                call = tau2.tool_call(call_id, action.name, action.arguments, "user")
                return tau2.user_message(tool_calls=[call]), state
            return tau2.user_message(content=self._text()), state

        def _text(self) -> str:
            opening = self.script.take_opening()
            if opening is not None:
                return opening
            if self.script.next_requestor() is None and self.script.told:
                return f"Thank you, that is all. {tau2.stop_text}"
            return "All right, please go on."

        @classmethod
        def is_stop(cls, message: Any) -> bool:
            """Return whether a message of the user ends the conversation."""
            return not message.is_tool_call() and tau2.stop_text in (message.content or "")

        def set_seed(self, seed: int) -> None:
            """Take the trial's seed, which changes nothing here."""

    return ScriptedUser
