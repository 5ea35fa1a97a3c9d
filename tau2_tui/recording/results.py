"""What a tool returned, as the fields of its event."""

from __future__ import annotations

import datetime
from typing import Any

from tau2_tui.events import payload
from tau2_tui.events.codec import dumps, json_of_model


def describe_result(result: Any, max_bytes: int) -> dict[str, Any]:
    """Return the fields of a ``ToolExecutionEvent`` that say what came back.

    A result of more than ``max_bytes`` bytes of JSON is replaced by the beginning of its JSON text.
    """
    plain = as_json(result)
    encoded = dumps(plain)
    size = len(encoded) if plain is not None else 0
    described: dict[str, Any] = {"result": plain, "result_size": size, "result_type": payload.type_name(result)}
    if size > max_bytes:
        described |= {
            "result": encoded[:max_bytes].decode("utf-8", "ignore"),
            "result_truncated": True,
            "result_complexity_score": payload.result_complexity(plain, size),
            "result_contains_errors": payload.contains_errors(plain),
            "result_preview": payload.preview(plain),
        }
    return described


def as_json(value: Any) -> Any:
    """Return a tool's result as a JSON value: models and dates at any depth become what their JSON is."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if hasattr(value, "model_dump") and not isinstance(value, type):
        return json_of_model(value)
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return value
