"""What simulations did to the databases, for the tests of the screen of state changes."""

from __future__ import annotations

from typing import Any

from tau2_tui.tui.screens.state.reading import History, Reference, Step


def replaced(path: str, old: Any, value: Any) -> dict[str, Any]:
    """Return a change of one value."""
    return {"op": "replace", "path": path, "old": old, "value": value}


def added(path: str, value: Any) -> dict[str, Any]:
    """Return a change that adds a value."""
    return {"op": "add", "path": path, "value": value}


def removed(path: str, old: Any) -> dict[str, Any]:
    """Return a change that removes a value."""
    return {"op": "remove", "path": path, "old": old}


def step(line: int, *changes: dict[str, Any], database: str = "database", cause: str = "cancel()") -> Step:
    """Return a state change at a line of the log."""
    return Step(line, line // 10, database, cause, list(changes))


def history(*steps: Step, reference: Reference | None = None, looked: bool = True) -> History:
    """Return what a simulation did."""
    return History("sim", list(steps), reference, looked)
