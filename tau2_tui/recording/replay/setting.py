"""What the replayed simulations of a log share: the installed tau2-bench and what it makes environments from."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tau2_tui.errors import RecordingError
from tau2_tui.events import RunStartEvent, SimulationStartEvent
from tau2_tui.recording.databases import StateFingerprint
from tau2_tui.recording.gold import References
from tau2_tui.recording.messages import error_line
from tau2_tui.recording.replay.environments import RestoredEnvironments
from tau2_tui.recording.tau2_api import Tau2

ENHANCED = "_enhanced"
"""What tau2-enhanced puts after the name of a domain."""

_SOLO_USER = "dummy_user"
_COMMANDS = "terminal"
"""In the name of a retrieval configuration whose tools run commands."""


@dataclass(frozen=True)
class Place:
    """Where a simulation took place.

    Attributes:
        domain: a domain of the installed tau2.
        solo_mode: the agent worked without a user.
        retrieval: name of the retrieval configuration, None for tau2's default.
        retrieval_arguments: its arguments.
    """

    domain: str
    solo_mode: bool = False
    retrieval: str | None = None
    retrieval_arguments: Mapping[str, Any] = field(default_factory=dict)


class ReplaySetting:
    """Makes the environments and tasks of replayed simulations; for one thread.

    Args:
        tau2: the installed tau2-bench.
    """

    def __init__(self, tau2: Tau2) -> None:
        self.tau2 = tau2
        self._references = References()
        self._kept: dict[str, RestoredEnvironments | None] = {}
        self._baselines: dict[str, StateFingerprint] = {}
        self._installed_tasks: dict[str, dict[str, Any]] = {}
        self._task_type: Any = importlib.import_module("tau2.data_model.tasks").Task

    # Places

    def place(self, run: RunStartEvent | None, simulation: SimulationStartEvent | None) -> Place:
        """Return where a simulation took place.

        Raises:
            RecordingError: the installed tau2 has no such domain, the calls are not the original ones, or making them
                would run commands.
        """
        named = (simulation.domain if simulation is not None else "") or (run.domain if run is not None else "")
        config = run.config if run is not None else {}
        info = config.get("info")
        said = {**(info if isinstance(info, dict) else {}), **config}
        retrieval, arguments = said.get("retrieval_config"), said.get("retrieval_config_kwargs")
        if said.get("redact") not in (None, "off"):
            raise RecordingError(
                "nothing can be replayed: the log was redacted, so its calls are not those that were made"
            )
        if isinstance(retrieval, str) and _COMMANDS in retrieval:
            raise RecordingError(f"calls made with retrieval {retrieval} run commands, and are not replayed")
        return Place(
            domain=self._domain(named),
            solo_mode=self._is_solo(simulation, config),
            retrieval=retrieval if isinstance(retrieval, str) else None,
            retrieval_arguments=arguments if isinstance(arguments, dict) else {},
        )

    def _domain(self, named: str) -> str:
        known = self.tau2.domains()
        for name in (named.removesuffix(ENHANCED), named):
            if name in known:
                return name
        what = f"no domain {named!r}" if named else "no domain of no name, and the log names none"
        raise RecordingError(f"nothing can be replayed: {self.tau2.name} has {what}; it has: {', '.join(known)}")

    def _is_solo(self, simulation: SimulationStartEvent | None, config: Mapping[str, Any]) -> bool:
        if simulation is None:
            return bool(config.get("solo_mode"))
        agent_is = bool(simulation.agent) and self.tau2.is_solo(simulation.agent)
        return simulation.solo_mode or simulation.user == _SOLO_USER or agent_is

    # Environments

    def environment(self, place: Place, task: Any) -> Any:
        """Return an environment of a place that is as new; :meth:`give_back` takes it again.

        Raises:
            RecordingError: none can be made.
        """
        with self._failures_told(place):
            arguments = self._arguments(place, task)
            if place.solo_mode:
                return self.tau2.environment(place.domain, solo_mode=True, arguments=arguments)
            return self._of_domain(place.domain, arguments)

    def reference_environment(self, place: Place, task: Any) -> Any:
        """Return an environment for reference actions, as tau2's evaluator makes it: never in solo mode.

        Raises:
            RecordingError: none can be made.
        """
        with self._failures_told(place):
            return self._of_domain(place.domain, self._arguments(place, task))

    def give_back(self, place: Place, environment: Any) -> None:
        """Take an environment that is no longer used."""
        kept = self._kept.get(place.domain)
        if kept is not None:
            kept.give_back(environment)

    def _of_domain(self, domain: str, arguments: Mapping[str, Any]) -> Any:
        """Return an environment of a domain; where all start the same, one that was used before and is put back."""
        if arguments or not self.tau2.has_own_environment(domain):
            return self.tau2.environment(domain, arguments=arguments)
        kept = self._kept.setdefault(domain, RestoredEnvironments())
        environment = kept.take() if kept is not None else None
        if environment is None:
            environment = self._references.new(self.tau2, domain, arguments)
            if kept is not None and not kept.learn(environment):
                self._kept[domain] = None
        return environment

    def _arguments(self, place: Place, task: Any) -> dict[str, Any]:
        return self.tau2.environment_arguments(
            place.domain, task, place.retrieval, place.retrieval_arguments if place.retrieval else None
        )

    @contextlib.contextmanager
    def _failures_told(self, place: Place) -> Iterator[None]:
        try:
            yield
        except RecordingError:
            raise
        except Exception as error:  # whatever a domain's own code raises
            raise RecordingError(f"domain {place.domain}: no environment can be made: {error_line(error)}") from error

    def baseline(self, place: Place, environment: Any) -> StateFingerprint | None:
        """Return what the databases of a new environment hold, None when they need not all hold the same."""
        if place.retrieval is not None or not self.tau2.has_own_environment(place.domain):
            return None
        if place.domain not in self._baselines:
            self._baselines[place.domain] = StateFingerprint.of(environment)
        return self._baselines[place.domain]

    # Tasks

    def task(self, data: Mapping[str, Any]) -> Any:
        """Return tau2's object of a task.

        Raises:
            ValueError: the installed tau2 does not take it for a task.
        """
        return self._task_type.model_validate(dict(data))

    def installed_task(self, domain: str, task_id: str) -> Any:
        """Return the task of that id in the installed tau2, None when there is none."""
        if domain not in self._installed_tasks:
            try:
                tasks = self.tau2.tasks(domain, None)
            except RecordingError:
                tasks = []
            self._installed_tasks[domain] = {str(task.id): task for task in tasks}
        return self._installed_tasks[domain].get(task_id)


@contextlib.contextmanager
def model_calls_refused(tau2: Tau2) -> Iterator[None]:
    """Let no tool ask a language model: a replay costs nothing, and gives the same every time."""
    module = tau2.llm_utils
    original = module.completion

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("no language model is asked in a replay")

    module.completion = refuse
    try:
        yield
    finally:
        module.completion = original
