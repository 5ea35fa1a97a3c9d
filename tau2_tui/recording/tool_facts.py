"""What is known of a tool before it is called: its signature and whether it may write."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

_READING = frozenset({"read", "think"})


@dataclass(frozen=True)
class ToolFacts:
    """A tool's parameters and kind.

    Attributes:
        known: whether there is such a tool.
        tool_type: read, write, think, generic, or unknown.
        may_write: whether a call can change a database: anything not declared to read only.
        required: names of parameters without a default.
        optional: names of parameters with one.
        takes_any: whether further arguments are accepted by any name.
    """

    known: bool = False
    tool_type: str = "unknown"
    may_write: bool = True
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    takes_any: bool = False

    def argument_names(self, given: Collection[str]) -> dict[str, Any]:
        """Return the names given and not given, by the fields of a ``ToolExecutionEvent``; empty for no such tool."""
        if not self.known:
            return {}
        expected = (*self.required, *self.optional)
        return {
            "required_args_provided": [name for name in self.required if name in given],
            "optional_args_provided": [name for name in self.optional if name in given],
            "missing_args": [name for name in self.required if name not in given],
            "unexpected_args": [] if self.takes_any else [name for name in given if name not in expected],
        }


_known: dict[tuple[type, str], ToolFacts] = {}
"""Facts by toolkit class and tool: they belong to the code, so they never change."""


def facts_of(environment: Any, tool_name: str, requestor: str) -> ToolFacts:
    """Return what an environment's toolkits say of a tool that somebody wants to call."""
    toolkit = _toolkit(environment, tool_name, requestor)
    found = _known.get((type(toolkit), tool_name))
    if found is None:
        if toolkit is None or not toolkit.has_tool(tool_name):
            return ToolFacts()
        kind = toolkit.tool_type(tool_name)
        tool_type = str(getattr(kind, "value", kind))
        declared = getattr(toolkit, "tool_mutates_state", None)  # since tau2 1.0
        may_write = tool_type not in _READING or (declared is not None and bool(declared(tool_name)))
        found = _signature_facts(getattr(toolkit, tool_name), tool_type, may_write)
        _known[type(toolkit), tool_name] = found
    return found


def _toolkit(environment: Any, tool_name: str, requestor: str) -> Any:
    """Return the toolkit that the environment will ask, as its ``make_tool_call`` chooses it."""
    if requestor == "user":
        return environment.user_tools
    user_tools = environment.user_tools
    if environment.solo_mode and user_tools is not None and user_tools.has_tool(tool_name):
        return user_tools
    return environment.tools


def _signature_facts(function: Callable[..., Any], tool_type: str, may_write: bool) -> ToolFacts:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        return ToolFacts(known=True, tool_type=tool_type, may_write=may_write, takes_any=True)
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return ToolFacts(
        known=True,
        tool_type=tool_type,
        may_write=may_write,
        required=tuple(p.name for p in named if p.default is p.empty),
        optional=tuple(p.name for p in named if p.default is not p.empty),
        takes_any=any(p.kind is p.VAR_KEYWORD for p in parameters),
    )
