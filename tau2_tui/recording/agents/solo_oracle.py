"""An agent that acts out the whole reference solution by itself, in tau2's solo mode and without a language model."""

from __future__ import annotations

import functools
from typing import Any

from tau2_tui.recording.agents.script import Script
from tau2_tui.recording.tau2_api import Tau2


def solo_oracle_agent(tau2: Tau2, environment: Any, task: Any, script: Script) -> Any:
    """Return an agent for one simulation: a subclass of tau2's own solo agent that follows ``script``."""
    return _agent_class(tau2)(tau2.solo_tools(environment), environment.get_policy(), task, script)


@functools.lru_cache(maxsize=4)
def _agent_class(tau2: Tau2) -> type[Any]:
    base: Any = tau2.solo_agent_base

    class SoloOracleAgent(base):  # type: ignore[misc]
        """Makes every reference call, the user's too, then says what must be communicated and stops."""

        def __init__(self, tools: list[Any], domain_policy: str, task: Any, script: Script) -> None:
            super().__init__(tools=tools, domain_policy=domain_policy, task=task, llm="none", llm_args={})
            self.script = script

        def get_init_state(self, message_history: list[Any] | None = None) -> list[Any]:
            """Return the messages so far as the agent's state."""
            return list(message_history or [])

        def generate_next_message(self, message: Any, state: list[Any]) -> tuple[Any, list[Any]]:
            """Return the next call of the script, or the end."""
            if self.script.next_requestor() is not None:
                call_id, action = self.script.take()
                call = tau2.tool_call(call_id, action.name, action.arguments, "assistant")
                return tau2.assistant_message(tool_calls=[call]), state
            return tau2.assistant_message(content="; ".join([*self.script.communicate, base.STOP_TOKEN])), state

        def set_seed(self, seed: int) -> None:
            """Take the trial's seed, which changes nothing here."""

    return SoloOracleAgent
