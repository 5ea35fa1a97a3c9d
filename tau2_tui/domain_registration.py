"""Importing this module registers ``D_enhanced`` for every domain D of tau2-bench, with tau2's own registry.

So it does ``retry_agent``, ``context_agent`` and ``enhanced_agent``.

tau2's runner and command line, in the same process, then take ``--domain airline_enhanced``; what they run is recorded.
From a shell: ``tau2-tui tau2 run --domain airline_enhanced …``.
"""

from __future__ import annotations

from tau2_tui.recording import tau2_api
from tau2_tui.recording.agents.model_agents import register_model_agents
from tau2_tui.recording.enhanced.registry import EnhancedDomainRegistry, close_logs, register_enhanced_domains

__all__ = ["EnhancedDomainRegistry", "close_logs", "register_enhanced_domains"]

register_enhanced_domains()
register_model_agents(tau2_api.load())
