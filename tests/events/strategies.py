"""Random JSON values and random events of every registered type."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

from hypothesis import strategies as st

from tau2_tui import events
from tau2_tui.events import ExecutionEvent, LogLevel

texts = st.text(max_size=20)
"""Any text, control characters and non-ASCII included (lone surrogates are tested apart)."""

scalars = (
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats(allow_nan=False, allow_infinity=False) | texts
)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
json_objects = st.dictionaries(texts, json_values, max_size=4)

OWN_TYPES = [
    events.ExecutionEvent,
    events.RunStartEvent,
    events.TaskEvent,
    events.SimulationStartEvent,
    events.MessageEvent,
    events.LLMCallEvent,
    events.ToolExecutionEvent,
    events.StateChangeEvent,
    events.StateSnapshotEvent,
    events.ContextReductionEvent,
    events.SimulationEndEvent,
    events.RunEndEvent,
]


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Values that JSON can hold for a field's annotation."""
    if hint is LogLevel:
        return st.sampled_from(list(LogLevel))
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        return st.lists(values_of(args[0]), max_size=3)
    if origin is dict:
        return st.dictionaries(texts, values_of(args[1]), max_size=3)
    if args:
        return st.one_of([values_of(member) for member in args])
    simple: dict[Any, st.SearchStrategy[Any]] = {
        str: texts,
        int: st.integers(-(2**70), 2**70),
        float: st.floats(allow_nan=False, allow_infinity=False),
        bool: st.booleans(),
        type(None): st.none(),
    }
    return simple.get(hint, json_values)


@st.composite
def any_event(draw: st.DrawFn) -> ExecutionEvent:
    """An event of a random type with random values in random fields."""
    cls = draw(st.sampled_from(OWN_TYPES))
    hints = typing.get_type_hints(cls)
    names = [f.name for f in dataclasses.fields(cls) if f.name not in ("event_type", "extra", "timestamp")]
    chosen = draw(st.lists(st.sampled_from(names), unique=True))
    values = {name: draw(values_of(hints[name])) for name in chosen}
    return cls(timestamp=draw(st.floats(1, 1e11)), **values)
