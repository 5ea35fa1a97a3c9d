"""The base of every event: the envelope that each line of a run log starts with."""

from __future__ import annotations

import inspect
import time
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any, ClassVar


class LogLevel(str, Enum):
    """How much an event deserves attention."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    def __str__(self) -> str:
        return self.value


ENVELOPE = (
    "seq",
    "timestamp",
    "event_type",
    "simulation_id",
    "task_id",
    "trial",
    "turn_idx",
    "level",
    "source",
    "message",
    "metadata",
)
"""The first keys of every line, in this order."""

RESERVED = frozenset({"chain", "extra"})
"""Names an event's own field may not have: the line's hash, and the store of unknown keys."""


@dataclass
class ExecutionEvent:
    """One thing that happened, with where it belongs.

    A subclass that is a dataclass with defaults for its fields is an event type of its own: it is registered by
    being defined, written with all its fields and read back as itself. Events are equal when type and fields are. The
    types defined here have the base write and compare them: methods made for each delay the start of every command.

    Attributes:
        timestamp: seconds since the epoch, UTC; the time of writing unless given.
        event_type: name of the event's class; for a type unknown to this program, the name in the file.
        simulation_id: id of the simulation, None for events of the whole run.
        task_id: id of the task.
        trial: number of the trial, from 0.
        turn_idx: index of the message in the conversation to which the event belongs.
        level: how much attention it deserves.
        source: which part of the program or of tau2-bench reports it.
        message: one line for a person.
        metadata: anything else, JSON values.
        seq: place in the log, set by the logger that wrote it; None before.
        extra: keys of the line that the class does not know, and values of another type than declared.
    """

    timestamp: float = 0.0
    event_type: str = ""
    simulation_id: str | None = None
    task_id: str | None = None
    trial: int | None = None
    turn_idx: int | None = None
    level: LogLevel = LogLevel.INFO
    source: str = ""
    message: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    seq: int | None = None
    extra: dict[str, Any] = field(default_factory=dict, repr=False)

    _types: ClassVar[dict[str, type[ExecutionEvent]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Register the event type under its class name.

        Raises:
            TypeError: a field has a name that the log format reserves.
        """
        super().__init_subclass__(**kwargs)
        taken = RESERVED & set(inspect.get_annotations(cls))
        if taken:
            raise TypeError(f"{cls.__name__}: the field name {sorted(taken)[0]!r} is reserved by the log format")
        ExecutionEvent._types[cls.__name__] = cls

    def __post_init__(self) -> None:
        """Fill what was not given: the time and the type's name."""
        self.stamped_on_creation = self.timestamp == 0.0
        if self.stamped_on_creation:
            self.timestamp = time.time()
        if not self.event_type:
            self.event_type = type(self).__name__
        if not isinstance(self.level, LogLevel):
            self.level = LogLevel(str(self.level).lower())

    def __repr__(self) -> str:
        shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
        return f"{type(self).__qualname__}({shown})"

    def __eq__(self, other: object) -> bool:
        return self._values() == other._values() if isinstance(other, ExecutionEvent) else NotImplemented

    def _values(self) -> tuple[Any, ...]:
        return (type(self), *(getattr(self, one.name) for one in fields(self) if one.compare))

    def to_dict(self) -> dict[str, Any]:
        """Return the event as the object that its line holds: envelope first, then its own fields."""
        from tau2_tui.events.codec import to_dict

        return to_dict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ExecutionEvent:
        """Return the event that ``data`` describes, as the class that its ``event_type`` names."""
        from tau2_tui.events.codec import decode

        return decode(data)


def event_class(event_type: str) -> type[ExecutionEvent]:
    """Return the class registered under ``event_type``; ``ExecutionEvent`` for an unknown one."""
    return ExecutionEvent._types.get(event_type, ExecutionEvent)


def registered_types() -> dict[str, type[ExecutionEvent]]:
    """Return a copy of the registry: class name to class, without the base itself."""
    return dict(ExecutionEvent._types)
