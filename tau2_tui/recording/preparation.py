"""Everything a run is made of, found and checked before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tau2_tui.errors import RecordingError
from tau2_tui.recording import tau2_api
from tau2_tui.recording.agents.model_agents import register_model_agents
from tau2_tui.recording.config import RecordConfig
from tau2_tui.recording.enhanced.names import with_recorded_domain
from tau2_tui.recording.judging import AssertionJudge, judge_of
from tau2_tui.recording.messages import error_text, first_line
from tau2_tui.recording.participants import check_participants, model_choices, with_suitable_user
from tau2_tui.recording.secrets import without_secrets
from tau2_tui.recording.task_selection import select_tasks, suited_tasks
from tau2_tui.recording.tau2_api import Tau2
from tau2_tui.recording.tau2_options import check_known
from tau2_tui.recording.user_modules import import_user_modules

_OFFLINE_RETRIEVAL = "; --retrieval-config bm25, grep_only or no_knowledge need neither key nor network"


@dataclass(frozen=True)
class Preparation:
    """What a run is made of.

    Attributes:
        tau2: the installed tau2-bench, with what the user's own modules registered.
        config: the configuration, completed by what follows from it.
        environment: one as every simulation will have.
        tasks: the tasks to run, in order.
        judge: who judges assertions in natural language.
    """

    tau2: Tau2
    config: RecordConfig
    environment: Any
    tasks: list[Any]
    judge: AssertionJudge


def prepare(config: RecordConfig, tasks: Sequence[Any] | None = None) -> Preparation:
    """Find what a configuration names.

    Args:
        config: the configuration; a domain ``D_enhanced`` of the predecessor is the domain D.
        tasks: tau2's tasks to run, in place of those that the configuration names.

    Raises:
        RecordingError: no tau2-bench, or it lacks an option, domain, task, agent or user that is named.
    """
    tau2 = tau2_api.load()
    check_known(tau2, config)
    import_user_modules(config.imports)
    register_model_agents(tau2)
    config = with_suitable_user(tau2, with_recorded_domain(tau2, config))
    check_participants(tau2, config)
    environment = _first_environment(tau2, config)
    chosen = select_tasks(tau2, config) if tasks is None else suited_tasks(tau2, config, tasks)
    if tasks is not None:
        config = replace(config, task_ids=tuple(task.id for task in chosen))
    return Preparation(tau2, config, environment, chosen, judge_of(tau2, config))


def effective_models(preparation: Preparation) -> dict[str, Any]:
    """Return who uses which model with which arguments in effect, secrets removed, as a JSON object."""
    choices = model_choices(preparation.tau2, preparation.config)
    if preparation.judge.model is not None:
        choices["judge"] = preparation.judge.model
    models = {name: {"llm": choice.llm, "llm_args": choice.llm_args} for name, choice in choices.items()}
    scripted = preparation.config.agent not in preparation.tau2.agents()
    if scripted:
        models.pop("agent", None)
        models.pop("user", None)
    cleaned: dict[str, Any] = without_secrets(models)
    return cleaned


def _first_environment(tau2: Tau2, config: RecordConfig) -> Any:
    """Return an environment as every simulation will have one, so that one that cannot be made is known at once."""
    try:
        arguments = tau2.environment_arguments(
            config.domain, None, config.retrieval_config, config.retrieval_config_kwargs
        )
        return tau2.environment(config.domain, solo_mode=config.solo_mode, arguments=arguments)
    except RecordingError:
        raise
    except Exception as error:  # whatever a domain's own code raises
        first = first_line(error_text(error)) or type(error).__name__
        hint = _OFFLINE_RETRIEVAL if config.domain == "banking_knowledge" else ""
        raise RecordingError(f"domain {config.domain}: no environment can be made: {first}{hint}") from error
