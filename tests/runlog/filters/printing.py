"""Filters printed back from what they were parsed to."""

from __future__ import annotations

from tau2_tui.runlog.filters.names import SHORT
from tau2_tui.runlog.filters.terms import And, Failure, Node, Not, Or, Term, Words

_SHORT = {keys: name for name, keys in SHORT.items()}


def printed(node: Node) -> str:
    """Return an expression that means what a node means: every part in parentheses, every value quoted."""
    if isinstance(node, And):
        return f"({' and '.join(map(printed, node.parts))})"
    if isinstance(node, Or):
        return f"({' or '.join(map(printed, node.parts))})"
    if isinstance(node, Not):
        return f"(not {printed(node.part)})"
    if isinstance(node, Failure):
        return "error"
    return _quoted(node.text) if isinstance(node, Words) else _term(node)


def _term(term: Term) -> str:
    first = term.keys[0] if len(term.keys) == 1 and term.keys not in _SHORT else _SHORT[term.keys]
    path = ".".join([first, *(f'"{part}"' for part in term.rest)])
    return f"{path}{term.sign}{_quoted(term.text) if term.sign else ''}"


def _quoted(text: str) -> str:
    """Return a text in quotation marks; a backslash hides a mark, and nothing else."""
    mark = '"' if text.count('"') <= text.count("'") else "'"
    return mark + text.replace(mark, "\\" + mark) + mark
