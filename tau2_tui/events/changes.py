"""Differences of JSON values as RFC 6902 operations that can be undone.

Each change is ``{"op": "add" | "remove" | "replace", "path": "/a/0/b", "old": …, "value": …}``: ``old`` (a key that
RFC 6902 does not have, and that its readers ignore) holds what was removed or replaced.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from typing import Any

from tau2_tui.events.codec import dumps

Change = dict[str, Any]

_MAX_DEPTH = 150
"""Deeper values are compared whole: no real database nests so deep, and recursion has its limit."""

_MAX_ALIGNED = 400
"""Longer list middles are paired by position: aligning them costs the product of their lengths."""

_SHOWN_CHANGES = 3
_SHOWN_VALUE = 40


def join(*parts: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of the given keys and indices."""
    return "".join(["/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts])


def parts(pointer: str) -> list[str]:
    """Return the unescaped parts of a JSON pointer; the empty pointer has none.

    Raises:
        ValueError: the pointer does not start with a slash.
    """
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise ValueError(f"not a JSON pointer: {pointer!r}")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def same(left: Any, right: Any) -> bool:
    """Return whether two JSON values are equal as JSON text: 1, 1.0 and true are three values."""
    if type(left) is not type(right):
        return False
    if isinstance(left, (dict, list)):
        return _same_inside(left, right)
    return bool(left == right) or (left != left and right != right)


def _same_inside(left: dict[str, Any] | list[Any], right: Any) -> bool:
    """Compare two objects or lists with what they hold, however deep that nests."""
    pairs: list[tuple[Any, Any]] = [(left, right)]
    while pairs:
        left, right = pairs.pop()
        if len(left) != len(right):
            return False
        if isinstance(left, dict):
            if left.keys() != right.keys():
                return False
            found: Iterable[tuple[Any, Any]] = ((value, right[key]) for key, value in left.items())
        else:
            found = zip(left, right, strict=True)
        for pair in found:
            if isinstance(pair[0], (dict, list)) and type(pair[0]) is type(pair[1]):
                pairs.append(pair)
            elif not same(*pair):
                return False
    return True


def diff(old: Any, new: Any, path: str = "") -> list[Change]:
    """Return the changes that lead from ``old`` to ``new``, in the order in which they apply.

    Args:
        old: a JSON value.
        new: a JSON value.
        path: JSON pointer of both, put before every change's path.
    """
    changes: list[Change] = []
    _compare(old, new, path, changes, 0)
    return changes


def _compare(old: Any, new: Any, path: str, changes: list[Change], depth: int) -> None:
    if depth < _MAX_DEPTH and isinstance(old, dict) and isinstance(new, dict):
        _compare_objects(old, new, path, changes, depth)
    elif depth < _MAX_DEPTH and isinstance(old, list) and isinstance(new, list):
        _compare_lists(old, new, path, changes, depth)
    elif not same(old, new):
        changes.append({"op": "replace", "path": path, "old": old, "value": new})


def _compare_objects(old: Any, new: Any, path: str, changes: list[Change], depth: int) -> None:
    for key, value in old.items():
        if key not in new:
            changes.append({"op": "remove", "path": path + join(key), "old": value})
            continue
        other = new[key]
        if type(value) is not type(other) or isinstance(value, (dict, list)) or value != other:
            _compare(value, other, path + join(key), changes, depth + 1)
    changes.extend({"op": "add", "path": path + join(key), "value": new[key]} for key in new if key not in old)


def _compare_lists(old: list[Any], new: list[Any], path: str, changes: list[Change], depth: int) -> None:
    start = 0
    shorter = min(len(old), len(new))
    while start < shorter and same(old[start], new[start]):
        start += 1
    end = 0
    while end < shorter - start and same(old[len(old) - 1 - end], new[len(new) - 1 - end]):
        end += 1
    position = start
    for before, after in _aligned(old[start : len(old) - end], new[start : len(new) - end]):
        paired = min(len(before), len(after))
        for offset in range(paired):
            _compare(before[offset], after[offset], f"{path}/{position}", changes, depth + 1)
            position += 1
        changes.extend({"op": "remove", "path": f"{path}/{position}", "old": value} for value in before[paired:])
        for value in after[paired:]:
            changes.append({"op": "add", "path": f"{path}/{position}", "value": value})
            position += 1


def _aligned(old: list[Any], new: list[Any]) -> list[tuple[list[Any], list[Any]]]:
    """Cut two lists into stretches that stand for each other; equal elements are stretches of one."""
    if not old or not new or len(old) == len(new) or max(len(old), len(new)) > _MAX_ALIGNED:
        return [(old, new)]
    matcher = SequenceMatcher(a=[_key(value) for value in old], b=[_key(value) for value in new], autojunk=False)
    return [(old[i:j], new[k:m]) for _, i, j, k, m in matcher.get_opcodes()]


def _key(value: Any) -> bytes:
    return dumps(value, sort_keys=True)


def apply(document: Any, changes: list[Change]) -> Any:
    """Return a copy of ``document`` with ``changes`` made, in their order.

    Raises:
        ValueError: a change does not fit the document.
    """
    holder = [copy.deepcopy(document)]
    for change in changes:
        _put(holder, change.get("op"), change.get("path", ""), change.get("value"))
    return holder[0]


def undo(document: Any, changes: list[Change]) -> Any:
    """Return a copy of ``document`` as it was before ``changes`` were made.

    Raises:
        ValueError: a change does not fit the document.
    """
    inverse = {"add": "remove", "remove": "add", "replace": "replace"}
    holder = [copy.deepcopy(document)]
    for change in reversed(changes):
        _put(holder, inverse.get(str(change.get("op"))), change.get("path", ""), change.get("old"))
    return holder[0]


def _put(holder: list[Any], op: str | None, path: str, value: Any) -> None:
    keys = ["0", *parts(path)]
    try:
        target: Any = holder
        for key in keys[:-1]:
            target = target[_index(key)] if isinstance(target, list) else target[key]
        last: Any = _index(keys[-1]) if isinstance(target, list) else keys[-1]
        if op == "add" and isinstance(target, list) and target is not holder:
            if last > len(target):
                raise IndexError(last)
            target.insert(last, copy.deepcopy(value))
        elif op in ("add", "replace"):
            if op == "replace":
                target[last]
            target[last] = copy.deepcopy(value)
        elif op == "remove" and target is not holder:
            del target[last]
        elif op == "remove":
            holder[0] = None
        else:
            raise ValueError(f"unknown operation {op!r}")
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"{op} {path}: does not fit the document") from error


def _index(key: str) -> int:
    if not (key.isascii() and key.isdigit()):
        raise KeyError(key)
    return int(key)


def describe(changes: list[Change]) -> str:
    """Return the changes in one line of text: the first three in full, then how many more."""
    shown = [line_of(change, _short, replaced="", everything="(all)") for change in changes[:_SHOWN_CHANGES]]
    if len(changes) > _SHOWN_CHANGES:
        shown.append(f"and {len(changes) - _SHOWN_CHANGES} more")
    return "; ".join(shown)


def line_of(
    change: Change, write: Callable[[Any], str], *, replaced: str = "~ ", everything: str = "(everything)"
) -> str:
    """Return a change as one line: ``+`` added, ``-`` removed.

    Args:
        change: the change.
        write: returns a value as text.
        replaced: what a replacement begins with.
        everything: what the path of the whole document is called.
    """
    path = str(change.get("path") or "").lstrip("/") or everything
    if change.get("op") == "add":
        return f"+ {path}: {write(change.get('value'))}"
    if change.get("op") == "remove":
        return f"- {path}: {write(change.get('old'))}"
    return f"{replaced}{path}: {write(change.get('old'))} → {write(change.get('value'))}"


def _short(value: Any) -> str:
    text = dumps(value).decode("utf-8")
    return text if len(text) <= _SHOWN_VALUE else text[: _SHOWN_VALUE - 1] + "…"
