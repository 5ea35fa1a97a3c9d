"""What can be said of a tool call's arguments and result by looking at them alone."""

from __future__ import annotations

import re
from typing import Any

from tau2_tui.events.codec import dumps
from tau2_tui.events.sensitive import kind_of_key

LARGE_ARGS_BYTES = 1024
"""Arguments of more bytes count as large."""

PREVIEW_LENGTH = 200
"""Characters of a result's preview."""

_FILE_KEY = re.compile(
    r"(?:^|_)(?:file|filename|filepath|path|directory|folder|attachment|upload)s?(?:$|_)", re.IGNORECASE
)
_FILE_VALUE = re.compile(
    r"^(?:file://\S+|(?:/|~/|\./|\.\./|[A-Za-z]:\\)\S+|[\w.-]+\.(?:txt|csv|json|pdf|png|jpe?g|docx?|xlsx?))$"
)
_ERROR_TEXT = re.compile(
    r"^\s*(?:error|exception|traceback|failed|failure|invalid)\b|\b\w*(?:error|exception)\s*:", re.I
)
_ERROR_KEYS = ("error", "errors", "error_message", "exception")


def type_name(value: Any) -> str:
    """Return the name by which a value's type is recorded: Python's own, ``NoneType`` for null."""
    return type(value).__name__


def args_types(args: dict[str, Any]) -> dict[str, str]:
    """Return the type of each argument by name."""
    return {str(name): type_name(value) for name, value in args.items()}


def _size_score(size_bytes: int) -> float:
    """Return 0.1 a kB from 0 to 1; a log may hold sizes that no float can."""
    return 0.1 * max(0, min(size_bytes, 10 * 1024)) / 1024


def args_complexity(args: dict[str, Any], size_bytes: int) -> float:
    """Return a descriptive score of the arguments from 0 to 1.

    0.1 an argument, 0.2 more for each object or list, 0.15 more for each text of over 100 characters, and 0.1 a kB of
    JSON, capped at 1 (the predecessor's formula). It describes; it does not predict anything.
    """
    score = 0.1 * len(args) + _size_score(size_bytes)
    for value in args.values():
        if isinstance(value, (dict, list, tuple)):
            score += 0.2
        elif isinstance(value, str) and len(value) > 100:
            score += 0.15
    return round(min(1.0, score), 6)


def result_complexity(result: Any, size_bytes: int) -> float:
    """Return a descriptive score of a result from 0 to 1.

    0.3 for an object or list, 0.03 a key or 0.05 an element, and 0.1 a kB of JSON, capped at 1.
    """
    score = _size_score(size_bytes)
    if isinstance(result, dict):
        score += 0.3 + 0.03 * len(result)
    elif isinstance(result, (list, tuple)):
        score += 0.3 + 0.05 * len(result)
    return round(min(1.0, score), 6)


def has_file_args(args: dict[str, Any]) -> bool:
    """Return whether an argument names a file, by its key's words or by a value that is wholly a path."""
    for name, value in args.items():
        key = str(name)
        if (_FILE_KEY.search(key) or (isinstance(value, str) and _FILE_VALUE.match(value))) and not kind_of_key(key):
            return True
    return False


def contains_errors(result: Any) -> bool:
    """Return whether a result that came back without an exception still reports an error."""
    if isinstance(result, str):
        return bool(_ERROR_TEXT.search(result[:2000]))
    if isinstance(result, dict):
        return any(bool(result.get(key)) for key in _ERROR_KEYS)
    return False


def preview(result: Any) -> str:
    """Return the first 200 characters of a result: a text itself, anything else as JSON."""
    if result is None:
        return ""
    text = result if isinstance(result, str) else dumps(result).decode("utf-8")
    return text if len(text) <= PREVIEW_LENGTH else text[: PREVIEW_LENGTH - 1] + "…"
