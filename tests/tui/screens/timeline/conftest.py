from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tau2_tui.runlog import RunLog
from tau2_tui.tui.screens.timeline.state import TimelineState
from tau2_tui.tui.source import EventSource
from tests.tui.logs import airline


@pytest.fixture
def log(tmp_path: Path) -> Iterator[RunLog]:
    """A small log, all of it indexed."""
    with RunLog.open(airline(tmp_path / "run.jsonl"), index="now") as opened:
        yield opened


@pytest.fixture
def state(log: RunLog) -> TimelineState:
    """The state of a screen that shows it and knows how its simulations ended."""
    state = TimelineState(EventSource(log))
    state.rows_fit(80, 10)
    state.detail_fits(80, 10)
    state.set_outcomes(log.simulations(), log.outcomes())
    return state
