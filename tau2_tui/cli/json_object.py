"""An option whose value is a JSON object."""

from __future__ import annotations

import json
from typing import Any

import click


class JsonObject(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """Takes text such as ``{"temperature": 0}`` and gives a dictionary."""

    name = "JSON"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        """Return the object; refuse what is no JSON, or no object."""
        if isinstance(value, dict):
            return value
        try:
            found = json.loads(value)
        except ValueError as error:
            self.fail(f"not JSON: {error}", param, ctx)
        if not isinstance(found, dict):
            self.fail('must be a JSON object such as {"temperature": 0}', param, ctx)
        return found


JSON_OBJECT = JsonObject()
