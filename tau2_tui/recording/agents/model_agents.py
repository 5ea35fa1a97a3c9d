"""tau2's own model agent with less that can go wrong: ``retry_agent``, ``context_agent`` and ``enhanced_agent``.

What the agent says to its model is what tau2's agent says: the same prompt, tools, messages and arguments. What is
added is sent once, where something failed, or stands in for what is left out; the conversation that tau2 keeps and
evaluates has neither the one nor the other.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from tau2_tui.recording.agents.budgets import AgentBudgets
from tau2_tui.recording.agents.careful_model import CarefulModel
from tau2_tui.recording.tau2_api import Tau2

RETRY_AGENT, CONTEXT_AGENT, ENHANCED_AGENT = "retry_agent", "context_agent", "enhanced_agent"
NAMES = (RETRY_AGENT, CONTEXT_AGENT, ENHANCED_AGENT)


def register_model_agents(tau2: Tau2) -> None:
    """Let tau2 know the agents, once."""
    for name, agent_class in agent_classes(tau2).items():
        if name not in tau2.agents():
            tau2.register_agent(name, agent_class)


@functools.lru_cache(maxsize=4)
def agent_classes(tau2: Tau2) -> Mapping[str, type[Any]]:
    """Return the classes by the names they are registered under; the same ones every time."""
    base = _agent_class(tau2)
    chosen = {
        RETRY_AGENT: ("RetryManagedLLMAgent", True, False),
        CONTEXT_AGENT: ("ContextManagedLLMAgent", False, True),
        ENHANCED_AGENT: ("EnhancedLLMAgent", True, True),
    }
    return {
        name: type(title, (base,), {"retries": retries, "keeps_context": keeps, "__doc__": base.__doc__})
        for name, (title, retries, keeps) in chosen.items()
    }


def _agent_class(tau2: Tau2) -> type[Any]:
    base: Any = tau2.llm_agent_base

    class ModelAgent(base):  # type: ignore[misc]
        """tau2's model agent, which asks again after failures and keeps its requests short, as far as it is told to.

        Args:
            tools: what it may call.
            domain_policy: what it has to follow.
            llm: its model.
            llm_args: arguments of the model's calls, and the budgets under ``retry`` and ``context``.

        Raises:
            RecordingError: a budget is none.
        """

        retries = False
        keeps_context = False

        def __init__(
            self, tools: list[Any], domain_policy: str, llm: str | None = None, llm_args: dict[str, Any] | None = None
        ) -> None:
            budgets = AgentBudgets.taken_from(llm_args)
            super().__init__(tools=tools, domain_policy=domain_policy, llm=llm, llm_args=budgets.llm_args)
            self._careful = CarefulModel(tau2, self, budgets, retries=self.retries, keeps_context=self.keeps_context)

        def set_seed(self, seed: int) -> None:
            """Take the trial's seed, for the model and for the waits."""
            super().set_seed(seed)
            self._careful.seed(seed)

        def get_init_state(self, message_history: list[Any] | None = None) -> Any:
            """Return the state at a conversation's beginning, with whole budgets."""
            self._careful.begin()
            return super().get_init_state(message_history)

        def generate_next_message(self, message: Any, state: Any) -> tuple[Any, Any]:
            """Return the answer to a message of the user or the tools."""
            answer = self._careful.answer(message, state, super().generate_next_message)
            return answer, state

    return ModelAgent
