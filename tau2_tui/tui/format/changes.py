"""Changes of a database as lines: the path, then the old value with ``-`` and the new one with ``+``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tau2_tui.tui.format.json_lines import Folds, json_lines
from tau2_tui.tui.format.runs import Run, TextLine, line, safe
from tau2_tui.tui.format.values import as_list

_OPERATIONS = {"add": "added", "remove": "removed", "replace": "replaced"}


def change_lines(changes: Any, *, indent: int = 0) -> Iterator[TextLine]:
    """Yield the lines of a list of changes; what is no change is shown as it is."""
    for number, change in enumerate(as_list(changes)):
        if not isinstance(change, dict) or change.get("op") not in _OPERATIONS:
            yield from json_lines(change, Folds(), root=f"change{number}", indent=indent)
            continue
        path = safe(change.get("path") or "(everything)", 2_000)
        yield line(" " * indent, (path, "key"), (f"  {_OPERATIONS[change['op']]}", "muted"), indent=indent + 2)
        if change["op"] != "add":
            yield from _marked("-", "removed", change, "old", indent)
        if change["op"] != "remove":
            yield from _marked("+", "added", change, "value", indent)


def _marked(sign: str, token: str, change: dict[str, Any], key: str, indent: int) -> Iterator[TextLine]:
    """Yield a value's lines, each with a sign before it; a value that was not recorded is said to be missing."""
    start = Run(f"{' ' * indent}{sign} ", token)
    if key not in change:
        yield TextLine((start, Run("not recorded", "muted")), indent + 2)
        return
    for source in json_lines(change[key], Folds()):
        yield TextLine((start, Run(source.text, token)), indent + 2 + source.indent)
