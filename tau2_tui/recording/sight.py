"""A quick look at a record: bytes that differ whenever what pydantic writes of it does.

What pydantic writes of a record is what its state is (its changes, its hash), but pydantic walks every model by its
schema, and that takes up to three times as long as writing all that a model holds as it stands. So a look compares
this, and asks pydantic about the few records in which it differs.
"""

from __future__ import annotations

import operator
from typing import Any

import orjson

_held = operator.attrgetter("__dict__", "__pydantic_extra__", "__pydantic_private__")
_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_UTC_Z
"""Moments as pydantic writes them. Of dataclasses, and of keys that are no texts, there is no sight: pydantic and
orjson read those in different ways."""


def sight(value: Any) -> bytes | None:
    """Return bytes that are equal only when the value's JSON is; None when there is no quicker way than that JSON."""
    try:
        return orjson.dumps(value, _held, _OPTIONS)
    except TypeError:
        return None
