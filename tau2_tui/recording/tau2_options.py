"""Options of ``tau2 run`` that go through to tau2 as they are, and which line of tau2-bench knows which."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from tau2_tui.errors import RecordingError
from tau2_tui.recording.secrets import names_variable
from tau2_tui.recording.tau2_api import Tau2

_ONLY_IN = {
    "judge_window_size": 0,
    "judge_system_prompt": 0,
    "agent_api_key": 0,
    "user_api_key": 0,
    "judge_api_key": 0,
    "skip_failed_samples": 0,
    "results_dir": 0,
    "timeout": 1,
    "user_persona": 1,
    "retrieval_config": 1,
    "retrieval_config_kwargs": 1,
}
"""The generation that has the option; options that are not here are in both."""

_INSTEAD = {
    "agent_api_key": "give the key in the environment or in --agent-llm-args",
    "user_api_key": "give the key in the environment or in --user-llm-args",
    "judge_api_key": "give the key in the environment or in --judge-llm-args",
    "skip_failed_samples": "a simulation that fails never ends a recording",
    "results_dir": "--save-to takes a path",
    "timeout": "--max-steps ends long conversations",
}


@dataclass(frozen=True, kw_only=True)
class Tau2Options:
    """Options of ``tau2 run`` beyond the ones that say what is run, under tau2's names.

    Attributes:
        solo_mode: the agent has the user's tools and there is no user; agents made for it choose it themselves.
        enforce_communication_protocol: a message has text or tool calls, not both.
        judge_llm: 0.2: the model that looks for loops; 1.x: the model that judges a task's assertions.
        judge_llm_args: arguments of each of its calls.
        judge_window_size: 0.2: how many messages it looks at.
        judge_system_prompt: 0.2: what it is told.
        agent_api_key: 0.2: name of the variable with the key of the agent's model.
        user_api_key: 0.2: name of the variable with the key of the user's model.
        judge_api_key: 0.2: name of the variable with the key of the judge.
        skip_failed_samples: 0.2: a simulation that raises gets the reward 0.
        timeout: 1.x: end a conversation after so many seconds.
        user_persona: 1.x: how the user simulator talks; a value, or values with their weights.
        retrieval_config: 1.x: how banking_knowledge finds its documents.
        retrieval_config_kwargs: 1.x: arguments of that.
        imports: modules, or paths of Python files, that register agents, users, domains or tasks with tau2.
        save_to: file for the results in tau2's own format; none unless given. A bare name means: beside the log.
        results_dir: 0.2: folder for them.
    """

    solo_mode: bool = False
    enforce_communication_protocol: bool = False
    judge_llm: str | None = None
    judge_llm_args: Mapping[str, Any] = field(default_factory=dict)
    judge_window_size: int | None = None
    judge_system_prompt: str | None = None
    agent_api_key: str | None = None
    user_api_key: str | None = None
    judge_api_key: str | None = None
    skip_failed_samples: bool = False
    timeout: float | None = None
    user_persona: Mapping[str, Any] | None = None
    retrieval_config: str | None = None
    retrieval_config_kwargs: Mapping[str, Any] | None = None
    imports: tuple[str, ...] = ()
    save_to: str | None = None
    results_dir: str | None = None

    def key_variables(self) -> list[str]:
        """Return the names given for variables with keys."""
        return [name for name in (self.agent_api_key, self.user_api_key, self.judge_api_key) if name]

    def secret_sources(self) -> list[Any]:
        """Return what may hold secrets under the names of secret keys.

        A key that somebody typed in place of a variable's name is among them, and so is what the variable holds.
        """
        keys = [os.environ.get(name) or ("" if names_variable(name) else name) for name in self.key_variables()]
        return [self.judge_llm_args, self.retrieval_config_kwargs or {}, [{"api_key": key} for key in keys]]


def check_known(tau2: Tau2, options: Tau2Options) -> None:
    """Refuse options that the installed tau2-bench does not have.

    Raises:
        RecordingError: names the first one, and what there is instead.
    """
    for item in fields(Tau2Options):
        value = getattr(options, item.name)
        if value and _ONLY_IN.get(item.name, tau2.generation) != tau2.generation:
            instead = f"; {_INSTEAD[item.name]}" if item.name in _INSTEAD else ""
            raise RecordingError(f"the installed {tau2.name} has no --{item.name.replace('_', '-')}{instead}")
