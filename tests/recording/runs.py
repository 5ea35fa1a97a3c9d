"""Running simulations with and without recording, on tau2's own orchestrator and evaluator."""

from __future__ import annotations

from typing import Any

from tau2_tui.recording import RecordConfig
from tau2_tui.recording.participants import build_participants
from tau2_tui.recording.specs import OrchestratorSpec
from tau2_tui.recording.task_selection import select_tasks
from tau2_tui.recording.tau2_api import Tau2
from tests.support.model_server import ModelServer

SOME_TASKS = {"mock": None, "airline": ("0", "7"), "retail": ("0", "5"), "telecom": None}
"""A handful of each domain; None for the first ones."""


def config_for(domain: str, **options: Any) -> RecordConfig:
    """Return a configuration of a handful of a domain's tasks."""
    ids = SOME_TASKS[domain]
    return RecordConfig(domain=domain, task_ids=ids, num_tasks=None if ids else 8, **options)


def model_config(server: ModelServer, **options: Any) -> RecordConfig:
    """Return a configuration of one task of the mock domain, its agent and its user models that a server answers.

    Args:
        server: answers both; nothing is retried.
        options: of the configuration. What is in ``agent_llm_args`` and ``user_llm_args`` goes to the models as well.
    """
    reached = server.llm_args(num_retries=0)
    usual = {"domain": "mock", "task_ids": ("create_task_1",), "agent": "llm_agent", "user": "user_simulator"}
    for side in ("agent", "user"):
        usual[f"{side}_llm"] = "openai/gpt-4.1"
        options[f"{side}_llm_args"] = {**reached, **options.get(f"{side}_llm_args", {})}
    return RecordConfig(**{**usual, **options})


def rewards_without_recording(tau2: Tau2, config: RecordConfig) -> dict[str, float]:
    """Return the reward of each task when nothing of the recorder touches the simulation."""
    return {task.id: run_bare(tau2, config, task).reward_info.reward for task in select_tasks(tau2, config)}


def run_bare(tau2: Tau2, config: RecordConfig, task: Any) -> Any:
    """Run and evaluate one simulation with tau2 alone."""
    environment = tau2.environment(config.domain)
    agent, user = build_participants(tau2, config, environment, task)
    spec = OrchestratorSpec(
        domain=config.domain,
        task=task,
        environment=environment,
        agent=agent,
        user=user,
        max_steps=config.max_steps,
        max_errors=config.max_errors,
        seed=config.trial_seeds()[0],
        solo_mode=False,
        simulation_id="bare",
    )
    simulation = tau2.orchestrator(spec).run()
    simulation.reward_info = tau2.evaluate(simulation, task, domain=config.domain, solo_mode=False)
    return simulation
