"""Names of enhanced domains: ``airline_enhanced`` is ``airline``, recorded."""

from __future__ import annotations

from dataclasses import replace

from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.tau2_api import Tau2

SUFFIX = "_enhanced"


def enhanced_name(name: str) -> str:
    """Return the name under which a domain is recorded."""
    return name if name.endswith(SUFFIX) else f"{name}{SUFFIX}"


def original_name(name: str) -> str:
    """Return the name of the domain that an enhanced one records."""
    return name.removesuffix(SUFFIX)


def with_recorded_domain(tau2: Tau2, config: RecordConfig) -> RecordConfig:
    """Return the configuration with tau2's own domain and task set in place of their enhanced twins.

    A twin whose original tau2 does not know, such as a domain registered with nothing but
    ``register_enhanced_domain``, stays what it is.
    """
    domain, task_set = original_name(config.domain), original_name(config.task_set_name or "")
    if domain != config.domain and domain in tau2.domains():
        config = replace(config, domain=domain)
    if task_set and task_set != config.task_set_name and task_set in tau2.task_sets():
        config = replace(config, task_set_name=task_set)
    return config
