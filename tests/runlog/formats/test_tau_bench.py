from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tau2_tui.errors import LogFormatError
from tau2_tui.events import MessageEvent, RunStartEvent, SimulationEndEvent, TaskEvent, ToolExecutionEvent
from tau2_tui.runlog.formats import detect, read
from tests.runlog.formats.results_documents import drawn, note_of, written


def trajectory(task_id: int = 0, trial: int = 0, reward: float = 1.0, **more: Any) -> dict[str, Any]:
    call = {"id": "c1", "type": "function", "function": {"name": "cancel", "arguments": '{"id": "1"}'}}
    return {
        "task_id": task_id,
        "reward": reward,
        "trial": trial,
        "info": {
            "task": {"user_id": "u", "actions": [{"name": "cancel", "kwargs": {"id": "1"}}], "instruction": "Do it."},
            "user_cost": 0.01,
            "reward_info": {"reward": reward, "info": {"r_actions": 1.0}},
        },
        "traj": [
            {"role": "system", "content": "# Airline Agent Policy\n\nBe kind."},
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": None, "tool_calls": [call], "function_call": None},
            {"role": "tool", "tool_call_id": "c1", "name": "cancel", "content": "Error: no such reservation"},
        ],
        **more,
    }


def test_trajectories_become_simulations(tmp_path: Path) -> None:
    made, events = drawn(written(tmp_path, [trajectory(), trajectory(trial=1, reward=0.0), trajectory(3)]))
    assert made.format == "tau-bench results"
    start = events[0]
    assert isinstance(start, RunStartEvent) and start.domain == "airline" and "Be kind." in (start.policy or "")
    ends = [event for event in events if isinstance(event, SimulationEndEvent)]
    assert [(event.simulation_id, event.task_id, event.trial, event.reward) for event in ends] == [
        ("0:0", "0", 0, 1.0),
        ("0:1", "0", 1, 0.0),
        ("3:0", "3", 0, 1.0),
    ]
    assert ends[0].user_cost == 0.01 and ends[0].reward_info == {
        "reward": 1.0,
        "info": {"reward": 1.0, "info": {"r_actions": 1.0}},
    }
    [call, *_] = [event for event in events if isinstance(event, ToolExecutionEvent)]
    assert (call.tool_name, call.tool_args, call.success) == ("cancel", {"id": "1"}, False)
    assert len([event for event in events if isinstance(event, MessageEvent)]) == 12
    assert "3" in note_of(made, "tool results that do not say whether")


def test_a_task_is_told_as_tau2_tells_tasks(tmp_path: Path) -> None:
    _, events = drawn(written(tmp_path, [trajectory(), trajectory(trial=1)]))
    [task] = [event.task for event in events if isinstance(event, TaskEvent)]
    assert task["user_scenario"]["instructions"] == "Do it."
    [action] = task["evaluation_criteria"]["actions"]
    assert (action["name"], action["arguments"], action["requestor"]) == ("cancel", {"id": "1"}, "assistant")
    assert task["tau_bench"]["user_id"] == "u"


def test_a_trajectory_that_failed_has_its_error(tmp_path: Path) -> None:
    info = {"error": "RateLimit", "traceback": "Traceback …"}
    _, events = drawn(written(tmp_path, [trajectory(info=info, traj=[], reward=0.0)]))
    [end] = [event for event in events if isinstance(event, SimulationEndEvent)]
    assert (end.error, end.traceback, end.reward) == ("RateLimit", "Traceback …", 0.0)


def test_a_list_that_breaks_off_gives_what_is_whole(tmp_path: Path) -> None:
    whole = written(tmp_path, [trajectory(), trajectory(trial=1)]).read_text()
    made, events = drawn(written(tmp_path, whole[:-40]))
    assert len([event for event in events if isinstance(event, SimulationEndEvent)]) == 1
    assert note_of(made, "the file is damaged or being written")


def test_a_list_of_anything_else_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, '[1, "traj": ]')
    assert detect(path) is None
    with pytest.raises(LogFormatError):
        read(path)
