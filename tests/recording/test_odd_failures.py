"""Simulations that fail in ways in which nobody should fail: each is one failed simulation, and the run goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tau2_tui.recording import RecordConfig, record_run
from tau2_tui.recording.agents.oracle import oracle_class
from tau2_tui.recording.tau2_api import Tau2
from tests.recording.logs import of_type, rows_of


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (Mute(), "(its text cannot be had: RuntimeError)"),
        (SystemExit(5), "5"),
        (asyncio.CancelledError(), "CancelledError"),
    ],
    ids=["an exception without a text", "an exit", "a cancelled task"],
)
def test_what_an_agent_raises_ends_its_simulation_alone(
    tau2: Tau2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException, error: str, processes: int
) -> None:
    agent: Any = oracle_class(tau2)
    act, failed = agent.generate_next_message, "create_task_1"

    def failing(self: Any, message: Any, state: Any) -> Any:
        if self.script.next_action() is not None and self.script.next_name() == "create_task":
            raise failure
        return act(self, message, state)

    monkeypatch.setattr(agent, "generate_next_message", failing)
    config = RecordConfig(
        domain="mock", task_ids=(failed, "update_task_1"), max_retries=0, max_concurrency=1, processes=processes
    )
    outcome = record_run(config, tmp_path / "run.jsonl")
    ends = {row["task_id"]: row for row in of_type(rows_of(tmp_path / "run.jsonl"), "SimulationEndEvent")}
    assert (ends[failed]["error"], ends[failed]["error_type"]) == (error, type(failure).__name__)
    assert "in failing" in ends[failed]["traceback"]
    assert ends["update_task_1"]["reward"] == 1.0 and outcome.totals()["errors"] == 1
