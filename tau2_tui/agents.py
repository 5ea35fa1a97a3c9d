"""tau2's model agent with retries, with its requests kept short, and with both, under the predecessor's class names.

Importing this module makes ``retry_agent``, ``context_agent`` and ``enhanced_agent`` known to tau2's own runner. Their
budgets are keys of the model's arguments: ``llm_args={"retry": {"attempts": 6}, "context": {"max_tokens": 8000}}``.
"""

from __future__ import annotations

from typing import Any

from tau2_tui.recording import tau2_api
from tau2_tui.recording.agents.budgets import ContextBudget, RetryBudget
from tau2_tui.recording.agents.model_agents import (
    CONTEXT_AGENT,
    ENHANCED_AGENT,
    RETRY_AGENT,
    agent_classes,
    register_model_agents,
)

_tau2 = tau2_api.load()
register_model_agents(_tau2)

RetryManagedLLMAgent: type[Any] = agent_classes(_tau2)[RETRY_AGENT]
ContextManagedLLMAgent: type[Any] = agent_classes(_tau2)[CONTEXT_AGENT]
EnhancedLLMAgent: type[Any] = agent_classes(_tau2)[ENHANCED_AGENT]

__all__ = ["ContextBudget", "ContextManagedLLMAgent", "EnhancedLLMAgent", "RetryBudget", "RetryManagedLLMAgent"]
