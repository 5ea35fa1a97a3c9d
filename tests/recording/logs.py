"""Reading a recorded log back, as a reader that knows nothing of the recorder."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from tau2_tui.events import ExecutionEvent
from tests.logging.naive_check import check

Row = dict[str, Any]


class ListSink:
    """Keeps the events of an environment, as the JSON that would be written."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def emit(self, event: ExecutionEvent) -> None:
        from tau2_tui.events import encode

        self.rows.append(json.loads(encode(event)))

    def call_turn_idx(self) -> int | None:
        return None

    def of(self, event_type: str) -> list[Row]:
        return [row for row in self.rows if row["event_type"] == event_type]


def rows_of(path: Path) -> list[Row]:
    """Return the lines of a log, after checking chain and sequence."""
    rows: list[Row] = check(path)
    return rows


def of_type(rows: list[Row], *names: str) -> list[Row]:
    return [row for row in rows if row["event_type"] in names]


def by_simulation(rows: list[Row]) -> dict[str, list[Row]]:
    simulations: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["simulation_id"] is not None:
            simulations[row["simulation_id"]].append(row)
    return simulations
