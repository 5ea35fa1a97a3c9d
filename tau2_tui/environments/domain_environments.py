"""Making and registering environments of enhanced domains; importing it registers tau2-bench's own."""

from __future__ import annotations

from tau2_tui.domain_registration import EnhancedDomainRegistry, register_enhanced_domains
from tau2_tui.recording.environment import LoggingEnvironment

__all__ = ["EnhancedDomainRegistry", "LoggingEnvironment", "register_enhanced_domains"]
