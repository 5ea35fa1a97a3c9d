"""Who takes part in a simulation: the agent and the user that a configuration names."""

from __future__ import annotations

from typing import Any

from tau2_tui.errors import RecordingError
from tau2_tui.recording.agents import oracle, scripted_user
from tau2_tui.recording.agents.script import Script
from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.tau2_api import ModelChoice, Tau2

_TAU2_MODEL_AGENTS = ("llm_agent", "llm_agent_gt", "llm_agent_solo")
_TAU2_MODEL_USER = "user_simulator"


def check_participants(tau2: Tau2, config: RecordConfig) -> None:
    """Refuse names and combinations that no simulation can be built with.

    Raises:
        RecordingError: says which and why.
    """
    scripted = {"agent": config.agent == oracle.NAME, "user": config.user == scripted_user.NAME}
    if scripted["agent"] != scripted["user"]:
        raise RecordingError(
            f"--agent {oracle.NAME} and --user {scripted_user.NAME} act out one script together:"
            f" neither goes with --agent {config.agent} --user {config.user}"
        )
    if scripted["agent"]:
        return
    if config.agent not in tau2.agents():
        raise RecordingError(f"unknown agent {config.agent!r}; known: {', '.join([oracle.NAME, *tau2.agents()])}")
    if config.user not in tau2.users():
        raise RecordingError(f"unknown user {config.user!r}; known: {', '.join([scripted_user.NAME, *tau2.users()])}")
    if config.agent in _TAU2_MODEL_AGENTS and config.agent_llm is None:
        raise RecordingError(f"agent {config.agent} needs a model: --agent-llm MODEL")


def is_solo(tau2: Tau2, config: RecordConfig) -> bool:
    """Return whether the configured agent works without a user."""
    return config.agent != oracle.NAME and tau2.is_solo(config.agent)


def user_model(tau2: Tau2, config: RecordConfig) -> str | None:
    """Return the model of the configured user: tau2's default for its simulator when none is named."""
    if config.user_llm is None and config.user == _TAU2_MODEL_USER:
        return tau2.default_user_llm
    return config.user_llm


def build_participants(tau2: Tau2, config: RecordConfig, environment: Any, task: Any) -> tuple[Any, Any]:
    """Return the agent and the user of one simulation."""
    if config.agent == oracle.NAME:
        script = Script.of(task)
        agent = oracle.oracle_agent(tau2, environment, script)
        return agent, scripted_user.scripted_user(tau2, environment, task, script)
    agent_choice = tau2.default_model_args(ModelChoice(config.agent_llm, config.agent_llm_args), "agent")
    user_choice = tau2.default_model_args(ModelChoice(user_model(tau2, config), config.user_llm_args), "user")
    solo_mode = is_solo(tau2, config)
    agent = tau2.agent(config.agent, environment, task, agent_choice, solo_mode=solo_mode)
    return agent, tau2.user(config.user, environment, task, user_choice)
