"""What somebody or something is built from, in terms that all versions of tau2-bench share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class OrchestratorSpec:
    """What an orchestrator is built from, in the terms that both versions share."""

    domain: str
    task: Any
    environment: Any
    agent: Any
    user: Any
    max_steps: int
    max_errors: int
    seed: int | None
    solo_mode: bool
    simulation_id: str
    validate_communication: bool = False
    timeout: float | None = None
    judge_llm: str | None = None
    judge_llm_args: Mapping[str, Any] = field(default_factory=dict)
    judge_window_size: int | None = None
    judge_system_prompt: str | None = None


@dataclass(frozen=True)
class ModelChoice:
    """Which model somebody uses: its name and the arguments for each call."""

    llm: str | None = None
    llm_args: Mapping[str, Any] = field(default_factory=dict)
