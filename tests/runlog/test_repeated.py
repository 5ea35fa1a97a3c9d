"""Simulations in whose place a later one counts: failed or cut off, and repeated."""

from __future__ import annotations

from pathlib import Path

from tau2_tui.events import RunEndEvent, RunStartEvent, SimulationEndEvent, SimulationStartEvent, ToolExecutionEvent
from tau2_tui.logging import ExecutionLogger
from tau2_tui.runlog import RunLog
from tau2_tui.runlog.summary import summarize
from tau2_tui.runlog.verify import verify


def test_only_the_last_of_each_task_and_trial_counts(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with ExecutionLogger(path) as logger:
        logger.log_event(RunStartEvent())
        for name, former, reward in (("cut", None, None), ("failed", "cut", 0.0), ("last", "failed", 1.0)):
            where = {"simulation_id": name, "task_id": "t", "trial": 0}
            metadata = {"repeats": former} if former else {}
            logger.log_event(SimulationStartEvent(**where, metadata=metadata))  # type: ignore[arg-type]
            logger.log_event(ToolExecutionEvent(**where, tool_name="x", success=name == "last"))  # type: ignore[arg-type]
            if name != "cut":
                logger.log_event(SimulationEndEvent(**where, reward=reward))  # type: ignore[arg-type]
        logger.log_event(RunEndEvent())
    with RunLog.open(path, index="now") as log:
        assert [(ref.simulation_id, ref.repeated) for ref in log.simulations()] == [
            ("cut", True),
            ("failed", True),
            ("last", False),
        ]
        totals = summarize(log).totals
    assert (totals.simulations, totals.repeated, totals.ended, totals.passed) == (1, 2, 1, 1)
    assert (totals.tool_calls, totals.tool_errors, totals.mean_reward) == (1, 0, 1.0)
    report = verify(path)
    assert (report.simulations_ended, report.simulations_running, report.simulations_repeated) == (1, 0, 2)
