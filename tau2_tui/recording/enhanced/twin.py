"""Environments of enhanced domains, as tau2's registry makes them."""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tau2_tui.events import ExecutionEvent, SimulationStartEvent, StateSnapshotEvent, ToolExecutionEvent
from tau2_tui.recording.call_observer import EventSink, SnapshotMode
from tau2_tui.recording.enhanced.names import enhanced_name
from tau2_tui.recording.environment import LoggingEnvironment, observer_of

LogOf = Callable[["Twin", Any], Any]
"""Returns the logger that takes what is called on an environment outside any conversation of tau2's."""


@dataclass
class Twin:
    """A domain under its enhanced name.

    Attributes:
        domain: name of the original.
        get_environment: makes the original's environments.
        get_tasks: loads its tasks; None when it has no task set of its own.
        get_task_splits: loads the names of its splits; None when it has none.
        log_of: the logger for calls outside conversations.
        snapshots: when the state is looked at then.
    """

    domain: str
    get_environment: Callable[..., Any]
    get_tasks: Callable[..., Any] | None
    get_task_splits: Callable[[], Any] | None
    log_of: LogOf
    snapshots: Callable[[], SnapshotMode]

    @property
    def name(self) -> str:
        """The enhanced name."""
        return enhanced_name(self.domain)

    def environment(self, *args: Any, **kwargs: Any) -> Any:
        """Return what the original makes, recording from now on; an environment with a log of its own stays so."""
        if kwargs.get("solo_mode") is False and not _takes(self.get_environment, "solo_mode"):
            del kwargs["solo_mode"]  # tau2's evaluator gives it to every constructor
        environment = self.get_environment(*args, **kwargs)
        if not isinstance(environment, LoggingEnvironment):
            LoggingEnvironment(environment, sink=TwinSink(self, environment), snapshots=self.snapshots())
        return environment

    def tasks(self, task_split_name: str | None = None) -> Any:
        """Return the original's tasks; of a loader that knows no splits, all that it has."""
        assert self.get_tasks is not None
        return self.get_tasks(task_split_name=task_split_name) if self.has_splits else self.get_tasks()

    @property
    def has_splits(self) -> bool:
        """Whether the original's loader takes the name of a split."""
        return self.get_tasks is not None and _takes(self.get_tasks, "task_split_name")

    def task_splits(self) -> Any:
        """Return the original's splits."""
        return self.get_task_splits() if self.get_task_splits is not None else None


class TwinSink:
    """Takes the events of a twin's environment that no conversation of tau2's has taken over.

    Nothing is written before something is called: the environments that tau2's evaluator builds, and replays
    conversations in, leave no trace.

    Args:
        twin: the domain.
        environment: the environment.
    """

    def __init__(self, twin: Twin, environment: Any) -> None:
        self.twin = twin
        self._environment = environment
        self._logger: Any = None
        self._simulation_id = str(uuid.uuid4())

    def emit(self, event: ExecutionEvent) -> None:
        """Write the event, before the first one what environment it is."""
        if self._logger is None:
            if not isinstance(event, (ToolExecutionEvent, StateSnapshotEvent)):
                return
            hashes = observer_of(self._environment).hashes
            self._logger = self.twin.log_of(self.twin, self._environment)
            start = SimulationStartEvent(
                domain=self.twin.domain,
                solo_mode=bool(self._environment.solo_mode),
                state_hash=hashes.database,
                user_state_hash=hashes.user_database,
                source="recorder",
                message="calls outside any conversation",
            )
            self._write(start)
        self._write(event)

    def call_turn_idx(self) -> int | None:
        """Return None: there is no conversation."""
        return None

    def _write(self, event: ExecutionEvent) -> None:
        event.simulation_id = self._simulation_id
        self._logger.log_event(event)


def twin_of(environment: Any) -> Twin | None:
    """Return the domain whose twin made an environment, when nobody has taken it over."""
    if not isinstance(environment, LoggingEnvironment):
        return None
    try:
        sink: EventSink = observer_of(environment).sink
    except AttributeError:
        return None
    return sink.twin if isinstance(sink, TwinSink) else None


def _takes(function: Callable[..., Any], name: str) -> bool:
    """Return whether a function takes an argument of that name."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return True
    return name in parameters or any(each.kind is each.VAR_KEYWORD for each in parameters.values())
