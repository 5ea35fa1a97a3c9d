"""From the values of many events at once to columns: what a file holds is checked a column at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from hashlib import blake2b
from operator import itemgetter
from typing import Any

import numpy as np

from tau2_tui.analysis.data import rows
from tau2_tui.analysis.data.tables import UNKNOWN, Array, Floats, Ints, Kind

Pieces = tuple[dict[str, Array], dict[str, tuple[str, ...]]]
"""Columns, and the texts behind those of names."""

Taken = list[tuple[int, int, tuple[Any, ...]]]
"""Of some events the index of their simulation, their line, and the values that a :class:`Getter` took."""

_DIGEST_BYTES = 8
_EPOCH = datetime(1970, 1, 1)
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Getter:
    """Takes the values of some keys of an object, None for a key that it lacks."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.at_once: Callable[[dict[str, Any]], tuple[Any, ...]] = itemgetter(*keys)
        """The same of an object that has all keys; raises KeyError for another one."""

    def __call__(self, event: dict[str, Any]) -> tuple[Any, ...]:
        """Return the values."""
        get = event.get
        return tuple([get(key) for key in self.keys])


MESSAGE = Getter(
    "turn_idx",
    "role",
    "timestamp",
    "message_timestamp",
    "generation_time",
    "tool_calls",
    "content",
    "cost",
    "usage",
    "history",
)
"""What is kept of a MessageEvent; the last says whether it is of a task's own history."""

MODEL_CALL = Getter("purpose", "model", "latency", "cost", "prompt_tokens", "completion_tokens", "retries", "error")
"""What is kept of an LLMCallEvent."""


def message_columns(taken: Taken) -> Pieces:
    """Return the columns of messages, without those of a task's own history.

    ``time`` is the envelope's, in seconds since the epoch; ``own`` tau2's own, as UTC where it names no zone.
    """
    taken = [one for one in taken if one[2][-1] is not True]
    simulation, line, values = _apart(taken, len(MESSAGE.keys))
    turn, role, time, written, generation_time, tool_calls, content, cost, usage, _ = values
    roles, role_names = _names(role, rows.words)
    prompt, completion = _usage(usage)
    columns: dict[str, Array] = {
        "simulation": np.array(simulation, np.int64),
        "turn": _wholes(turn),
        "role": roles,
        "time": _times(time),
        "own": _numbers(written if _nothing(written) else tuple(map(_own_time, written))),
        "generation_time": _numbers(generation_time),
        "tool_calls": np.array([len(calls) if type(calls) is list else 0 for calls in tool_calls], np.int64),
        "text_digest": np.array(list(map(_text_digest, content)), Kind.DIGEST.value),
        "cost": _numbers(cost),
        "prompt_tokens": _wholes(prompt),
        "completion_tokens": _wholes(completion),
        "line": np.array(line, np.int64),
    }
    return columns, {"role": role_names}


def model_call_columns(taken: Taken) -> Pieces:
    """Return the columns of model calls."""
    simulation, line, values = _apart(taken, len(MODEL_CALL.keys))
    purpose, model, latency, cost, prompt, completion, retries, error = values
    purposes, purpose_names = _names(purpose, _purpose)
    models, model_names = _names(model, rows.words)
    columns: dict[str, Array] = {
        "simulation": np.array(simulation, np.int64),
        "purpose": purposes,
        "model": models,
        "latency": _numbers(latency),
        "cost": _numbers(cost),
        "prompt_tokens": _wholes(prompt),
        "completion_tokens": _wholes(completion),
        "retries": np.array([rows.integer(count) or 0 if count else 0 for count in retries], np.int64),
        "failed": np.array([one is not None for one in error], Kind.FLAG.value),
        "line": np.array(line, np.int64),
    }
    return columns, {"purpose": purpose_names, "model": model_names}


def _apart(taken: Taken, count: int) -> tuple[Sequence[int], Sequence[int], Sequence[tuple[Any, ...]]]:
    if not taken:
        return (), (), [()] * count
    simulation, line, values = zip(*taken, strict=True)
    return simulation, line, list(zip(*values, strict=True))


def _nothing(given: tuple[Any, ...]) -> bool:
    return given.count(None) == len(given)


def _numbers(given: tuple[Any, ...]) -> Floats:
    """Return values from a file as numbers; NaN for what :func:`rows.number` does not take."""
    if not {*map(type, given)} <= {float, type(None)}:
        given = tuple(map(rows.number, given))
    values = np.array(given, np.float64)
    values[~(np.abs(values) < rows.LARGEST)] = math.nan
    return values


def _times(given: tuple[Any, ...]) -> Floats:
    """Return times of events; NaN too for 0, which says that there is none."""
    values = _numbers(given)
    values[values == 0] = math.nan
    return values


def _wholes(given: tuple[Any, ...]) -> Ints:
    """Return values from a file as whole numbers; ``UNKNOWN`` for what :func:`rows.integer` does not take."""
    if _nothing(given):
        return np.full(len(given), UNKNOWN)
    if {*map(type, given)} <= {int, type(None)}:
        try:
            return np.array([UNKNOWN if value is None else value for value in given], np.int64)
        except OverflowError:
            pass  # a number beyond 64 bits is none of ours: looked at one by one
    found = map(rows.integer, given)
    return np.array([UNKNOWN if value is None else value for value in found], np.int64)


def _names(given: tuple[Any, ...], text: Callable[[Any], str]) -> tuple[Array, tuple[str, ...]]:
    """Return the codes of texts, and the texts in order of their first appearance.

    Args:
        given: values from a file.
        text: what is taken for a value.
    """
    if {*map(type, given)} != {str} or "" in given:
        given = tuple(map(text, given))
    codes = {name: code for code, name in enumerate(dict.fromkeys(given))}
    return np.array(list(map(codes.__getitem__, given)), Kind.NAME.value), tuple(codes)


def _purpose(value: Any) -> str:
    return rows.words(value) or "unknown"


def _usage(given: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the prompt's and the completion's tokens of messages."""
    if _nothing(given):
        return given, given
    objects = [usage if type(usage) is dict else {} for usage in given]
    return tuple([one.get("prompt_tokens") for one in objects]), tuple(
        [one.get("completion_tokens") for one in objects]
    )


def _text_digest(content: Any) -> int:
    """Return a number that is equal for equal texts and not 0; 0 for no text."""
    if type(content) is not str or not content:
        return 0
    data = content.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=_DIGEST_BYTES).digest(), "little") or 1


def _own_time(written: Any) -> float | None:
    """Return a time as tau2 writes it, taken as UTC where it names no zone, in seconds since the epoch."""
    if type(written) is not str:
        return None
    try:
        moment = datetime.fromisoformat(written[:-1] + "+00:00" if written.endswith("Z") else written)
    except ValueError:
        return None
    return (moment - (_EPOCH if moment.tzinfo is None else _EPOCH_UTC)).total_seconds()
