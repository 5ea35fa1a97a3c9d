"""The panes of the statistics, in their order."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pane:
    """A pane.

    Attributes:
        title: what it is called.
        section: the section of the statistics on it.
    """

    title: str
    section: str


PANES = (
    Pane("overview", "overview"),
    Pane("tasks", "tasks"),
    Pane("tools", "tools"),
    Pane("errors", "errors"),
    Pane("arguments", "arguments"),
    Pane("results", "results"),
    Pane("sequence", "sequence"),
    Pane("latency", "latency"),
    Pane("cost", "cost"),
    Pane("time", "temporal"),
    Pane("sensitive data", "sensitive"),
)
