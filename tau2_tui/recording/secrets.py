"""Finding the keys of model providers, so that they stay out of everything that is written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tau2_tui.events.sensitive import kind_of_key
from tau2_tui.logging.redaction import SECRET_MARK

_VARIABLES = ("_API_KEY", "_ACCESS_KEY", "_SECRET_KEY", "_AUTH_TOKEN", "_API_TOKEN", "_TOKEN", "_PASSWORD", "_SECRET")
_SHORTEST = 12
"""Shorter values of variables are no keys of a provider."""


def secret_values(sources: Iterable[Any], environment: Mapping[str, str] | None = None) -> set[str]:
    """Return the secret values of a run.

    Args:
        sources: configuration objects such as a model's arguments: their values under secret keys, at any depth.
        environment: variables named as providers name theirs; the process's own unless given.
    """
    variables = os.environ if environment is None else environment
    found = {value for name, value in variables.items() if name.endswith(_VARIABLES) and len(value) >= _SHORTEST}
    for source in sources:
        found.update(_under_secret_keys(source))
    return found


def without_secrets(value: Any) -> Any:
    """Return a copy of a JSON value in which the values of secret keys are replaced."""
    if isinstance(value, Mapping):
        return {
            key: SECRET_MARK if item and kind_of_key(str(key)) == "secret" else without_secrets(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [without_secrets(item) for item in value]
    return value


def _under_secret_keys(value: Any, secret: bool = False) -> Iterator[str]:
    if isinstance(value, str):
        if secret and value:
            yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _under_secret_keys(item, secret or kind_of_key(str(key)) == "secret")
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _under_secret_keys(item, secret)
