from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tau2_tui.events import ExecutionEvent
from tau2_tui.recording import reporting


def test_reports_reach_the_recording_that_is_open_and_none_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    paused: list[float] = []
    taken: list[tuple[str, Sequence[Any]]] = []
    monkeypatch.setattr("time.sleep", slept.append)
    reporter = reporting.Reporter(lambda event, about: taken.append((event.message, about)), paused.append)
    with reporting.reporting_to(reporter):
        reporting.report(ExecutionEvent(message="inside"), about=["m"])
        reporting.pause(3.0)
    reporting.report(ExecutionEvent(message="outside"))
    reporting.pause(4.0)
    assert taken == [("inside", ["m"])]
    assert (paused, slept) == ([3.0], [4.0])
