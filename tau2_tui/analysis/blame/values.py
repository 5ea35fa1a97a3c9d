"""Comparing the arguments of calls by what they mean, not by how they were written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

_MIN_ID = 3


def plain(value: Any) -> Any:
    """Return a value such that equal meaning gives equal values: 1 and 1.0 are the same, null is as if not given."""
    kind = type(value)
    if kind is str:  # most are
        return value
    if kind is dict:
        return tuple(sorted([(str(key), plain(item)) for key, item in value.items() if item is not None]))
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, (int, float)):
        return float(value) if abs(value) < 2**53 else value
    if isinstance(value, Mapping):
        return tuple(sorted((str(key), plain(item)) for key, item in value.items() if item is not None))
    if isinstance(value, (list, tuple)):
        return tuple([plain(item) for item in value])
    return value


def differing(
    reference: Mapping[str, Any], reached: Mapping[str, Any], compared: Collection[str] | None = None
) -> tuple[str, ...]:
    """Return the names of the arguments that differ in meaning.

    Lists that hold the same things in another order are equal; lists of one length belong together, item by item.
    What an item of an argument holds beyond the keys that the reference knows for it (a flight's price beside its
    number) is no difference.

    Args:
        reference: the reference's arguments.
        reached: the arguments of the call that was made.
        compared: the only arguments that count, None for all.
    """
    names = sorted({*reference, *reached} if compared is None else compared)
    reached = {name: _known(value, reference.get(name)) for name, value in reached.items()}
    wrong = [name for name in names if plain(reference.get(name)) != plain(reached.get(name))]
    if wrong and all(_is_list(reference.get(name)) and _is_list(reached.get(name)) for name in wrong):
        lists = [name for name in names if _is_list(reference.get(name)) and _is_list(reached.get(name))]
        if _rows(reference, lists) == _rows(reached, lists):
            return ()
    return tuple(wrong)


def _known(value: Any, reference: Any) -> Any:
    """Return a value without the keys, at any depth, that the reference value does not have there."""
    if _is_list(value) and _is_list(reference):
        items = [item for item in reference if isinstance(item, Mapping)]
        shape = {key: item.get(key) for item in items for key in item}
        return [_known(item, shape if isinstance(item, Mapping) else None) for item in value]
    if isinstance(value, Mapping) and isinstance(reference, Mapping) and reference:
        return {key: _known(item, reference[key]) for key, item in value.items() if key in reference}
    return value


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _rows(arguments: Mapping[str, Any], names: list[str]) -> list[list[str]]:
    """Return the items of lists of one length side by side, in an order of their own."""
    by_length: dict[int, list[tuple[Any, ...]]] = {}
    for name in names:
        items = tuple(repr(plain(item)) for item in arguments[name])
        by_length.setdefault(len(items), []).append(items)
    return [sorted(repr(row) for row in zip(*group, strict=True)) for _, group in sorted(by_length.items())]


def is_id(name: str) -> bool:
    """Return whether an argument of this name says which record is meant."""
    return name in ("id", "ids", "flight_number") or name.endswith(("_id", "_ids"))


def record_ids(arguments: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids among a call's arguments."""
    return frozenset(text for name, value in arguments.items() if is_id(name) for text in texts(value))


def texts(value: Any) -> Iterator[str]:
    """Yield the texts and numbers in a value, at any depth, as they would be written."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts(item)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield f"{value:.15g}" if isinstance(value, float) else str(value)


def is_telling(text: str) -> bool:
    """Return whether finding this text somewhere says anything: short numbers stand everywhere."""
    return len(text) >= _MIN_ID


def fits_into(part: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    """Return whether every argument of ``part`` has the same value in ``whole``."""
    return all(name in whole and plain(whole[name]) == plain(value) for name, value in part.items())


def shown(value: Any, limit: int = 60) -> str:
    """Return a value in short, for a summary."""
    if isinstance(value, str):
        text = value
    elif value is None:
        text = "nothing"
    else:
        from tau2_tui.events.codec import dumps

        text = dumps(value).decode("utf-8", "replace")
    return text if len(text) <= limit else text[: limit - 1] + "…"
