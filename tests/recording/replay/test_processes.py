"""Simulations that several processes replay."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tau2_tui.errors import RecordingError
from tau2_tui.events import ExecutionEvent, RunStartEvent, SimulationEndEvent
from tau2_tui.recording.replay.processes import replay_in_processes
from tau2_tui.recording.replay.report import SimulationReport
from tau2_tui.recording.replay.simulation import RecordedSimulation, ReplayedSimulation
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.replay.replays import as_results_hold_it, comparable, read, recorded, replayed, simulation
from tests.recording.runs import config_for


def test_processes_give_the_same_events_in_the_same_order(tau2: Tau2, tmp_path: Path) -> None:
    recorded(tmp_path / "run.jsonl", config_for("telecom", agent="noisy-oracle", error_rate=0.4, num_trials=2))
    alone, reports = replayed(as_results_hold_it(read(tmp_path / "run.jsonl")))
    together, others = replayed(as_results_hold_it(read(tmp_path / "run.jsonl")), processes=3)
    assert [(event.event_type, event.timestamp) for event in together] == [
        (event.event_type, event.timestamp) for event in alone
    ]
    assert comparable(together, report=True) == comparable(alone, report=True)
    assert others == reports


def test_an_error_in_a_process_reaches_the_caller(tau2: Tau2) -> None:
    events = list(simulation("mock", ("create_task", {}, "made", False), end=SimulationEndEvent()))
    for event in events:
        if isinstance(event, RunStartEvent):
            event.tools, event.policy = [{"name": "x"}], "known"
        elif hasattr(event, "domain"):
            event.domain = "nowhere"
    with pytest.raises(RecordingError, match="no domain 'nowhere'"):
        replayed(events, processes=2)


def die(recorded: RecordedSimulation) -> ReplayedSimulation:
    os._exit(9)


def wait(recorded: RecordedSimulation) -> ReplayedSimulation:
    time.sleep(0.05)
    return ReplayedSimulation(list(recorded.events), SimulationReport("s", None, None))


def test_a_process_that_is_killed_is_told(tau2: Tau2) -> None:
    step = RecordedSimulation([ExecutionEvent(simulation_id="s")])
    with pytest.raises(RecordingError, match="was killed"):
        list(replay_in_processes([step], die, 2))


def test_who_stops_drawing_leaves_no_process_behind(tau2: Tau2) -> None:
    before = set(multiprocessing.active_children())
    steps = [RecordedSimulation([ExecutionEvent(simulation_id="s")]) for _ in range(50)]
    done = replay_in_processes(steps, wait, 2)
    next(done)
    assert set(multiprocessing.active_children()) - before
    done.close()  # type: ignore[attr-defined]
    assert not set(multiprocessing.active_children()) - before


def test_simulations_are_read_as_they_are_replayed(tau2: Tau2) -> None:
    """A log of any number of simulations is never held in memory."""
    drawn: list[int] = []

    def steps() -> Iterator[RecordedSimulation]:
        for number in range(60):
            drawn.append(number)
            yield RecordedSimulation([ExecutionEvent(simulation_id="s")])

    for number, _ in enumerate(replay_in_processes(steps(), wait, 2), start=1):
        assert len(drawn) <= number + 8
