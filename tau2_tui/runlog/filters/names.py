"""The names that a filter may use: the log format's keys, short names for some, and the types of events."""

from __future__ import annotations

import dataclasses
import difflib
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from tau2_tui.events import ExecutionEvent, registered_types

if TYPE_CHECKING:
    from tau2_tui.runlog.log import RunLog

UNREADABLE = "unreadable"
"""The type of lines that are no event."""

SHORT = {
    "type": ("event_type",),
    "task": ("task_id",),
    "simulation": ("simulation_id",),
    "turn": ("turn_idx",),
    "tool": ("tool_name", "tool"),
    "args": ("tool_args", "args"),
    "time": ("execution_time", "latency", "generation_time", "duration", "time"),
    "result": ("result", "error_message"),
}
"""Short names, and the keys that each stands for."""

_TYPES = {
    "tool": ("ToolExecutionEvent",),
    "call": ("ToolExecutionEvent",),
    "llm": ("LLMCallEvent",),
    "state": ("StateChangeEvent",),
    "change": ("StateChangeEvent",),
    "snapshot": ("StateSnapshotEvent",),
    "context": ("ContextReductionEvent",),
    "start": ("SimulationStartEvent",),
    "end": ("SimulationEndEvent",),
    "simulation": ("SimulationStartEvent", "SimulationEndEvent"),
    "run": ("RunStartEvent", "RunEndEvent"),
    "note": ("ExecutionEvent",),
}
"""Short names of event types; a class's name works as well, with ``Event`` or without."""


@dataclass(frozen=True)
class Vocabulary:
    """The names that mean something.

    Attributes:
        names: the first parts of paths that are known.
        knows: asked about a name that is not among them.
        knows_type: asked about a type of event that is not registered.
    """

    names: frozenset[str]
    knows: Callable[[str], bool] = lambda name: False
    knows_type: Callable[[str], bool] = lambda name: False

    def has(self, path: tuple[str, ...]) -> bool:
        """Return whether a path begins with a name that means something here."""
        return any(key in self.names for key in keys_of(path)) or self.knows(path[0])

    def suggestion(self, name: str) -> str:
        """Return what to say of an unknown name: what may have been meant."""
        known = self.names | {short for short in SHORT if self.has((short,))}
        close = difflib.get_close_matches(name, known, 1, 0.7)
        meant = f" (did you mean {close[0]}?)" if close else ""
        return f'{meant}; to search for text write "{name}"'


def keys_of(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys that the first part of a path stands for."""
    if len(path) > 1 and path[0] != "args":
        return (path[0],)
    return SHORT.get(path[0], (path[0],))


def event_keys(extra: Iterable[type[ExecutionEvent]] = ()) -> frozenset[str]:
    """Return the keys that lines of the registered event types have."""
    classes: list[type[ExecutionEvent]] = [ExecutionEvent, *registered_types().values(), *extra]
    return frozenset(field.name for cls in classes for field in dataclasses.fields(cls)) - {"extra"}


EVENTS = Vocabulary(event_keys())
"""What any log's events may have."""


def vocabulary_of(log: RunLog) -> Vocabulary:
    """Return the names that mean something in a log: the format's keys, and others that occur in its lines."""

    def occurs(name: str) -> bool:
        from tau2_tui.events.codec import dumps

        return next(log.search(dumps(name) + b":"), None) is not None

    def is_type(name: str) -> bool:
        return any(_names_type(known, name) for known in log.columns.types)

    return Vocabulary(event_keys(), occurs, is_type)


def is_known_type(name: str) -> bool:
    """Return whether a name, without ``*``, is one of a registered event type."""
    known = [ExecutionEvent.__name__, UNREADABLE, *registered_types()]
    return name.lower() in _TYPES or any(_names_type(one, name) for one in known)


def names_type(event_type: str, name: str) -> bool:
    """Return whether ``name``, which holds no ``*``, names a type of event."""
    short = _TYPES.get(name.lower())
    return event_type in short if short else _names_type(event_type, name)


def _names_type(event_type: str, name: str) -> bool:
    wanted, known = name.lower(), event_type.lower()
    return wanted in (known, known.removesuffix("event"))


def type_suggestion(name: str) -> str:
    """Return what to say of an unknown type of event."""
    known = [*_TYPES, *(one.removesuffix("Event").lower() for one in registered_types())]
    close = difflib.get_close_matches(name.lower(), known, 1)
    return f"; did you mean {close[0]}?" if close else f"; known are {', '.join(sorted(set(known)))}"


@cache
def numeric_keys() -> frozenset[str]:
    """Return the keys of the log format that hold nothing but numbers."""
    found: dict[str, bool] = {"started": True}
    classes: list[type[ExecutionEvent]] = [ExecutionEvent, *registered_types().values()]
    for cls in classes:
        try:
            hints = typing.get_type_hints(cls)
        except (NameError, TypeError, AttributeError):
            continue
        for field in dataclasses.fields(cls):
            found[field.name] = found.get(field.name, True) and _is_number(hints.get(field.name))
    return frozenset(name for name, number in found.items() if number)


def _is_number(hint: Any) -> bool:
    members = set(typing.get_args(hint) or (hint,)) - {type(None)}
    return bool(members) and members <= {int, float}
