"""A log as three tables: its events, its simulations, its tool calls. A row is a dictionary."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tau2_tui.cli.ls import SIMULATION_KEYS
from tau2_tui.events import ENVELOPE, SimulationStartEvent, ToolExecutionEvent

if TYPE_CHECKING:
    from tau2_tui.runlog import RunLog

_START_KEYS = ("domain", "seed", "agent", "agent_llm", "user", "user_llm", "solo_mode", "attempt")
_CALL_ENVELOPE = ("seq", "timestamp", "simulation_id", "task_id", "trial", "turn_idx")


def rows_of(log: RunLog, table: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table.

    Args:
        log: the log, indexed.
        table: ``events``, ``simulations`` or ``tool_calls``.
    """
    return {"events": _events, "simulations": _simulations, "tool_calls": _tool_calls}[table](log)


def _events(log: RunLog) -> Iterator[dict[str, Any]]:
    """Yield every line with all its keys; lines that are no event as of type ``unreadable``."""
    from tau2_tui.runlog.filters.selecting import fields_of

    nothing = dict.fromkeys(ENVELOPE)
    for line in range(len(log)):
        fields = fields_of(log, line, log.line(line))
        yield fields if "seq" in fields else nothing | fields


def _simulations(log: RunLog) -> Iterator[dict[str, Any]]:
    """Yield what ``ls --json`` says of each simulation, and who took part."""
    from tau2_tui.runlog.summary import summarize

    firsts = {ref.simulation_id: ref.first_line for ref in log.simulations()}
    for row in summarize(log).simulations:
        start = log.event(firsts[row.simulation_id])
        known = start if isinstance(start, SimulationStartEvent) else None
        yield {key: getattr(row, key) for key in SIMULATION_KEYS} | {
            key: getattr(known, key, None) for key in _START_KEYS
        }


def _tool_calls(log: RunLog) -> Iterator[dict[str, Any]]:
    """Yield each tool call with its place and all its keys."""
    import numpy as np

    from tau2_tui.runlog.filters.selecting import fields_of

    own = [field.name for field in dataclasses.fields(ToolExecutionEvent)]
    keys = [*_CALL_ENVELOPE, *(name for name in own if name not in ENVELOPE and name != "extra")]
    for line in np.flatnonzero(log.columns.of_type(ToolExecutionEvent.__name__)).tolist():
        fields = fields_of(log, line, log.line(line))
        if fields["event_type"] == ToolExecutionEvent.__name__:
            yield {key: fields.get(key) for key in keys}
