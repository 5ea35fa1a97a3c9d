"""What the process behind ``record --open`` is told and tells."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tau2_tui.cli.record_order import Order
from tau2_tui.cli.record_watched import ToldProgress
from tau2_tui.recording import RunOutcome, RunPlan, SimulationOutcome
from tau2_tui.recording.session import SimulationIdentity

PLAN = RunPlan("r", "mock", 2, 4, Path("run.jsonl"))


def outcome_of(number: int, reward: float | None = 1.0, error: str | None = None) -> SimulationOutcome:
    identity = SimulationIdentity(f"s{number}", f"task_{number}", 0, "mock")
    return SimulationOutcome(identity, reward, "user_stop", error, 2, 0, 1, 0.5)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    yield reading, writing
    os.close(reading)


def told(reading: int) -> list[dict[str, object]]:
    return [json.loads(line) for line in os.read(reading, 1 << 16).splitlines()]


def test_it_tells_the_start_what_ended_and_that_it_stops(pipe: tuple[int, int]) -> None:
    progress = ToldProgress(pipe[1], None)
    progress.run_started(PLAN)
    for number, (reward, error) in enumerate([(1.0, None), (0.0, None), (None, "broke")]):
        progress.simulation_started(outcome_of(number).identity)
        progress.simulation_ended(outcome_of(number, reward, error))
    progress.tell()
    progress.run_stopping()
    progress.run_ended(RunOutcome(PLAN, (), 1.0, 1, interrupted=True))
    start, *_, last = told(pipe[0])
    assert start["phase"] == "RUNNING" and start["parts"][0] == "0/4"  # type: ignore[index]
    assert last["phase"] == "STOPPING"
    parts = last["parts"]
    assert isinstance(parts, list)
    assert parts[:3] == ["3/4", "passed 1 of 3 = 33 %", "errors 1"] and "calls 6" in parts
    assert any(part.endswith(" left") for part in parts)


def test_nothing_is_told_twice(pipe: tuple[int, int]) -> None:
    progress = ToldProgress(pipe[1], None)
    progress.run_started(PLAN)
    for _ in range(5):
        progress.tell()
    progress.close()
    assert len(told(pipe[0])) == 1


def test_a_reader_that_sleeps_holds_nothing_up_and_hears_the_rest_later(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    progress = ToldProgress(writing, None)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(writing, b"\n" * 4096)
    progress.run_started(PLAN)
    progress.simulation_ended(outcome_of(1))
    with pytest.raises(BlockingIOError):
        while True:
            os.read(reading, 1 << 16)
    progress.tell()
    (one,) = told(reading)
    assert one["parts"][0] == "1/4"  # type: ignore[index]
    progress.close()


def test_a_reader_that_is_gone_does_not_matter() -> None:
    reading, writing = os.pipe()
    progress = ToldProgress(writing, None)
    os.close(reading)
    progress.run_started(PLAN)
    progress.simulation_ended(outcome_of(1))
    progress.close()
    os.close(writing)


def test_an_order_is_the_same_after_a_pipe() -> None:
    options = {"domain": "mock", "task_ids": ("a", "b"), "agent_llm_args": {"stop": ["x"]}, "seed": None, "imports": ()}
    order = Order(options, "/x/\udcff.jsonl", {"replace": True, "resume": False}, "INFO", ["tau2-tui"], "a note")
    assert Order.of_json(json.loads(json.dumps(order.as_json()))) == order
