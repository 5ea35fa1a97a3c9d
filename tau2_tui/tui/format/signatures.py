"""The tools of a run: which arguments each takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tau2_tui.tui.format.runs import one_line
from tau2_tui.tui.format.values import as_dict, as_list, objects


class Parameter(NamedTuple):
    """One argument that a tool takes; texts are safe."""

    name: str
    kind: str
    required: bool
    description: str


class Signature(NamedTuple):
    """What a tool takes, and what it is for; texts are safe."""

    description: str
    tool_type: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class Signatures:
    """The tools that a run's start names, found by name and by who calls."""

    tools: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, tools: Any) -> Signatures:
        """Return the tools of a ``RunStartEvent``'s list."""
        return cls(
            {(str(tool.get("name")), str(tool.get("requestor") or "assistant")): tool for tool in objects(tools)}
        )

    def find(self, name: str, requestor: str) -> Signature | None:
        """Return a tool's signature, None when the run's start does not name the tool.

        An agent that works without a user has the user's tools as its own.
        """
        tool = self.tools.get((name, requestor)) or self.tools.get((name, "user"))
        if tool is None:
            return None
        schema = as_dict(tool.get("parameters"))
        required = as_list(schema.get("required"))
        parameters = tuple(
            Parameter(
                one_line(key, 80),
                _kind(as_dict(value)),
                key in required,
                one_line(as_dict(value).get("description") or ""),
            )
            for key, value in as_dict(schema.get("properties")).items()
        )
        return Signature(
            one_line(tool.get("description") or "", 400), one_line(tool.get("tool_type") or "", 20), parameters
        )


def _kind(schema: dict[str, Any]) -> str:
    """Return the type that a schema asks for, as ``string``, ``array`` or ``string or null``."""
    kind = schema.get("type")
    if isinstance(kind, str):
        return one_line(kind, 40)
    kinds = [_kind(option) for option in objects(schema.get("anyOf"))]
    reference = str(schema.get("$ref") or "").rsplit("/", 1)[-1]
    return one_line(" or ".join(dict.fromkeys(kinds)) or reference or "any", 40)
