"""Who takes part in a simulation: the agent and the user that a configuration names."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping
from typing import Any

from tau2_tui.errors import RecordingError
from tau2_tui.recording.agents import model_agents, noisy_oracle, oracle, scripted_user, solo_oracle
from tau2_tui.recording.agents.budgets import AgentBudgets
from tau2_tui.recording.agents.script import Script
from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.specs import ModelChoice
from tau2_tui.recording.tau2_api import Tau2

_MODEL_AGENTS = ("llm_agent", "llm_agent_gt", "llm_agent_solo", *model_agents.NAMES)
_TAU2_MODEL_USER = "user_simulator"
_TAU2_SOLO_USER = "dummy_user"
_SCRIPTED_AGENTS = (oracle.NAME, noisy_oracle.NAME)


def with_suitable_user(tau2: Tau2, config: RecordConfig) -> RecordConfig:
    """Return the configuration with the user that suits the agent where none is named, and with its solo mode."""
    solo_mode = is_solo(tau2, config)
    partner = scripted_user.NAME if config.agent in _SCRIPTED_AGENTS else _TAU2_MODEL_USER
    user = config.user or (_TAU2_SOLO_USER if solo_mode else partner)
    return dataclasses.replace(config, user=user, solo_mode=solo_mode)


def check_participants(tau2: Tau2, config: RecordConfig) -> None:
    """Refuse names and combinations that no simulation can be built with.

    Raises:
        RecordingError: says which and why.
    """
    scripted = {"agent": config.agent in _SCRIPTED_AGENTS, "user": config.user == scripted_user.NAME}
    if config.error_rate is not None and config.agent != noisy_oracle.NAME:
        raise RecordingError(f"--error-rate is for --agent {noisy_oracle.NAME}: {config.agent} makes its own mistakes")
    if config.agent == noisy_oracle.NAME and config.solo_mode:
        raise RecordingError(f"agent {noisy_oracle.NAME} talks to a user: not in solo mode")
    if config.solo_mode and config.user != _TAU2_SOLO_USER:
        raise RecordingError(f"in solo mode there is no user: --user {_TAU2_SOLO_USER}, not {config.user}")
    if config.user == _TAU2_SOLO_USER and not config.solo_mode:
        raise RecordingError(
            f"user {_TAU2_SOLO_USER} takes part in solo mode only, which agent {config.agent} is not for"
        )
    if scripted["agent"] and config.solo_mode:
        return
    if scripted["agent"] != scripted["user"]:
        raise RecordingError(
            f"--agent {' or '.join(_SCRIPTED_AGENTS)} and --user {scripted_user.NAME} act out one script together:"
            f" neither goes with --agent {config.agent} --user {config.user}"
        )
    if scripted["agent"]:
        return
    if config.agent not in tau2.agents():
        raise RecordingError(f"unknown agent {config.agent!r}; known: {', '.join([*_SCRIPTED_AGENTS, *tau2.agents()])}")
    if config.user not in tau2.users():
        raise RecordingError(f"unknown user {config.user!r}; known: {', '.join([scripted_user.NAME, *tau2.users()])}")
    if config.solo_mode and not tau2.is_solo(config.agent):
        raise RecordingError(f"agent {config.agent} talks to a user: not in solo mode")
    if config.agent in _MODEL_AGENTS and config.agent_llm is None:
        raise RecordingError(f"agent {config.agent} needs a model: --agent-llm MODEL")
    if config.agent in model_agents.NAMES:
        AgentBudgets.taken_from(config.agent_llm_args)


def is_solo(tau2: Tau2, config: RecordConfig) -> bool:
    """Return whether the configured agent works without a user."""
    if config.solo_mode:
        return True
    return config.user == _TAU2_SOLO_USER if config.agent in _SCRIPTED_AGENTS else tau2.is_solo(config.agent)


def user_model(tau2: Tau2, config: RecordConfig) -> str | None:
    """Return the model of the configured user: tau2's default for its simulator when none is named."""
    if config.user_llm is None and config.user == _TAU2_MODEL_USER:
        return tau2.default_user_llm
    return config.user_llm


def model_choices(tau2: Tau2, config: RecordConfig) -> dict[str, ModelChoice]:
    """Return the models of those who take part, with the arguments that their calls are made with in effect."""
    retries = config.max_retries
    agent = ModelChoice(config.agent_llm, config.agent_llm_args)
    user = ModelChoice(user_model(tau2, config), config.user_llm_args)
    choices = {
        "agent": tau2.default_model_args(agent, "agent", key_variable=config.agent_api_key, retries=retries),
        "user": tau2.default_model_args(user, "user", key_variable=config.user_api_key, retries=retries),
    }
    if config.judge_llm is not None and not tau2.generation:
        judge = ModelChoice(config.judge_llm, config.judge_llm_args)
        choices["judge"] = tau2.default_model_args(judge, "judge", key_variable=config.judge_api_key, retries=retries)
    return {name: choice for name, choice in choices.items() if choice.llm is not None}


def build_participants(
    tau2: Tau2, config: RecordConfig, environment: Any, task: Any, seed: int | None = None
) -> tuple[Any, Any]:
    """Return the agent and the user of one simulation.

    Args:
        tau2: the installed tau2-bench.
        config: says who.
        environment: the simulation's own.
        task: tau2's task.
        seed: the trial's, from which a persona with weights is drawn.
    """
    if config.agent in _SCRIPTED_AGENTS:
        script = Script.of(task)
        if config.solo_mode:
            return solo_oracle.solo_oracle_agent(tau2, environment, task, script), tau2.dummy_user(environment, task)
        if config.agent == noisy_oracle.NAME:
            rate = noisy_oracle.DEFAULT_ERROR_RATE if config.error_rate is None else config.error_rate
            agent = noisy_oracle.noisy_oracle_agent(tau2, environment, task, script, rate)
        else:
            agent = oracle.oracle_agent(tau2, environment, script)
        return agent, scripted_user.scripted_user(tau2, environment, task, script)
    choices = model_choices(tau2, config)
    none = ModelChoice()
    agent = tau2.agent(config.agent, environment, task, choices.get("agent", none), solo_mode=config.solo_mode)
    user = tau2.user(
        str(config.user),
        environment,
        task,
        choices.get("user", none),
        solo_mode=config.solo_mode,
        persona=_persona(config, task, seed),
    )
    return agent, user


def _persona(config: RecordConfig, task: Any, seed: int | None) -> dict[str, Any] | None:
    """Return how this simulation's user talks: one of the values for each trait, drawn where they have weights."""
    if config.user_persona is None:
        return None
    numbers = random.Random(f"{seed} {task.id}")
    return {
        trait: numbers.choices(list(value), list(value.values()))[0] if isinstance(value, Mapping) else value
        for trait, value in config.user_persona.items()
    }
