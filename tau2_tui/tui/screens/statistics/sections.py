"""The panes of the statistics, in their order."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pane:
    """A pane.

    Attributes:
        title: what it is called.
        section: the section of the statistics on it.
        module: the module of ``panes`` whose function with the section's name writes it.
    """

    title: str
    section: str
    module: str


PANES = (
    Pane("overview", "overview", "success"),
    Pane("tasks", "tasks", "success"),
    Pane("tools", "tools", "calls"),
    Pane("errors", "errors", "calls"),
    Pane("arguments", "arguments", "values"),
    Pane("results", "results", "values"),
    Pane("sequence", "sequence", "order"),
    Pane("latency", "latency", "times"),
    Pane("cost", "cost", "times"),
    Pane("time", "temporal", "drift"),
    Pane("sensitive data", "sensitive", "values"),
)
