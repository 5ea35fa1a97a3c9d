"""An agent that acts out the reference solution, without a language model."""

from __future__ import annotations

import functools
from typing import Any

from tau2_tui.recording.agents.script import Script
from tau2_tui.recording.tau2_api import Tau2

NAME = "oracle"


def oracle_agent(tau2: Tau2, environment: Any, script: Script) -> Any:
    """Return an agent for one simulation: a subclass of tau2's own base class that follows ``script``."""
    return oracle_class(tau2)(environment.get_tools(), environment.get_policy(), script)


@functools.lru_cache(maxsize=4)
def oracle_class(tau2: Tau2) -> type[Any]:
    """Return the agent's class for the installed tau2-bench; the same one every time."""
    base: Any = tau2.agent_base

    class OracleAgent(base):  # type: ignore[misc]
        """Makes the reference calls that are the agent's, in order, and says what must be communicated."""

        def __init__(self, tools: list[Any], domain_policy: str, script: Script) -> None:
            super().__init__(tools=tools, domain_policy=domain_policy)
            self.script = script

        def get_init_state(self, message_history: list[Any] | None = None) -> list[Any]:
            """Return the messages so far as the agent's state."""
            return list(message_history or [])

        def generate_next_message(self, message: Any, state: list[Any]) -> tuple[Any, list[Any]]:
            """Return the next call of the script when it is the agent's, else what to say."""
            if self.script.next_requestor() == "assistant":
                call_id, action = self.script.take()
                call = tau2.tool_call(call_id, action.name, action.arguments, "assistant")
                return tau2.assistant_message(tool_calls=[call]), state
            return tau2.assistant_message(content=self._text()), state

        def _text(self) -> str:
            if self.script.next_requestor() == "user":
                return f"Please use {self.script.next_name()} on your side and tell me what you see."
            if not self.script.told:
                self.script.told = True
                return "Here is what you asked for: " + "; ".join(self.script.communicate)
            return "That is done. Is there anything else?"

        def set_seed(self, seed: int) -> None:
            """Take the trial's seed, which changes nothing here."""

    return OracleAgent
