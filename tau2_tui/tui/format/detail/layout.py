"""The parts that details are built of: sections, labelled values, text or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tau2_tui.events import StateChangeEvent
from tau2_tui.tui.cells import pad, width
from tau2_tui.tui.format.json_lines import Folds, json_lines
from tau2_tui.tui.format.runs import TextLine, heading, line, safe, safe_lines
from tau2_tui.tui.format.signatures import Signatures

Lines = Iterator[TextLine]


@dataclass(frozen=True)
class Context:
    """What an event's detail needs besides the event.

    Attributes:
        folds: which parts are folded.
        signatures: the tools of the run.
        effects: for a tool call, the state changes that it made, as far as they were found.
    """

    folds: Folds = field(default_factory=Folds)
    signatures: Signatures = field(default_factory=Signatures)
    effects: tuple[StateChangeEvent, ...] = ()


def section(title: str) -> Lines:
    """Yield a blank line and a heading."""
    yield line()
    yield heading(title)


def fields(*pairs: tuple[str, Any]) -> Lines:
    """Yield one line a pair of label and value, the values aligned; pairs without a value are left out."""
    shown = [(label, value) for label, value in pairs if value is not None and value != ""]
    column = max((width(label) for label, _ in shown), default=0) + 2
    for label, value in shown:
        yield line((pad(label, column), "muted"), safe(value, 2_000), indent=column)


def text_or_json(value: Any, context: Context, root: str) -> Lines:
    """Yield text as its own lines, any other value as JSON."""
    if isinstance(value, str):
        yield from safe_lines(value)
    else:
        yield from json_lines(value, context.folds, root=root)
