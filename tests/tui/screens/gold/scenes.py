"""Simulations beside their reference, as records and as a log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tau2_tui.analysis.data.records import Call, GoldAction, Run, Simulation, Tool
from tau2_tui.events import (
    ExecutionEvent,
    MessageEvent,
    RunEndEvent,
    RunStartEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    TaskEvent,
    ToolExecutionEvent,
)
from tau2_tui.tui.screens.gold.alignment import Alignment, Pair, align
from tau2_tui.tui.study.answers import Findings
from tests.tui.logs import belonging, write

TYPES = {
    ("assistant", "get"): "read",
    ("assistant", "think"): "think",
    ("assistant", "transfer"): "generic",
    ("assistant", "cancel"): "write",
    ("assistant", "book"): "write",
    ("user", "toggle"): "write",
    ("user", "look"): "read",
}


def action(name: str, args: dict[str, Any] | None = None, requestor: str = "assistant", **more: Any) -> GoldAction:
    """Return a reference action; its place is given by :func:`aligned`."""
    kind = TYPES.get((requestor, name))
    writes = None if kind is None else kind == "write"
    return GoldAction("7", 0, name, args or {}, requestor=requestor, writes=writes, **more)


def call(name: str, args: dict[str, Any] | None = None, requestor: str = "assistant", **more: Any) -> Call:
    """Return a call; its place is given by :func:`aligned`."""
    return Call(0, "7", 0, None, name, args or {}, requestor, **more)


def aligned(gold: list[GoldAction], calls: list[Call], *, typed: bool = True) -> Alignment:
    """Return the alignment of a failed simulation; the log types the tools unless said otherwise."""
    from dataclasses import replace

    tools = {key: Tool(key[1], key[0], kind) for key, kind in TYPES.items()} if typed else {}
    run = Run(
        "run",
        simulations=(Simulation("sim", 0, "7", 0, reward=0.0),),
        calls=tuple(replace(one, i=i, turn=2 * i + 1, line=100 + i) for i, one in enumerate(calls)),
        tasks={"7": {"id": "7"}},
        gold=tuple(replace(one, i=i, writes=one.writes if typed else None) for i, one in enumerate(gold)),
        tools=tools,
    )
    return align(Findings(run, {}), "sim")


def said(pair: Pair) -> str:
    """Return a pair in short: ``2 missing toggle``."""
    number = "" if pair.action is None else f"{pair.action.i + 1} "
    acting = pair.action or pair.call
    assert acting is not None
    return f"{number}{pair.fate.value} {acting.name}"


_TOOLS = [
    {"name": name, "requestor": requestor, "tool_type": kind, "parameters": {"type": "object", "properties": {}}}
    for (requestor, name), kind in TYPES.items()
]
_ACTIONS = [
    {"action_id": "7_0", "name": "get", "arguments": {"id": "HATHAT"}},
    {"action_id": "7_1", "name": "cancel", "arguments": {"id": "HATHAT", "reason": "weather"}},
    {"action_id": "7_2", "name": "toggle", "arguments": {"mode": "on"}, "requestor": "user"},
]


def reference_log(path: Path) -> Path:
    """Write a run of a task with three reference actions: ``as-expected`` passes, ``otherwise`` fails in many ways."""
    passed = [_done("get", id="HATHAT"), _done("cancel", id="HATHAT", reason="weather"), _done("toggle", mode="on")]
    failed = [
        _done("get", id="HATHAT"),
        _done("get", id="XEWRD9"),
        _done("get", id="ZFA04Y"),
        _done("cancel", id="XEWRD9", reason="weather"),
        _done("book", flight="HAT001"),
    ]
    task = {"id": "7", "evaluation_criteria": {"actions": _ACTIONS}}
    events: list[ExecutionEvent] = [
        RunStartEvent(domain="airline", config={"agent": "gpt-4.1"}, tools=_TOOLS),
        TaskEvent(task_id="7", task=task),
        *belonging(_simulation(passed, 1.0), "as-expected", "7", 0),
        *belonging(_simulation(failed, 0.0), "otherwise", "7", 1),
        RunEndEvent(totals={}, event_counts={}, duration=9.0),
    ]
    return write(path, events)


def _done(name: str, **args: Any) -> ToolExecutionEvent:
    requestor = "user" if name == "toggle" else "assistant"
    kind = TYPES[requestor, name]
    return ToolExecutionEvent(
        tool_name=name, tool_args=args, requestor=requestor, state_changed=kind == "write", result="done"
    )


def _simulation(calls: list[ToolExecutionEvent], reward: float) -> list[ExecutionEvent]:
    events: list[ExecutionEvent] = [
        SimulationStartEvent(domain="airline", agent="llm_agent"),
        MessageEvent(role="user", content="Please cancel HATHAT.", turn_idx=0),
    ]
    for number, one in enumerate(calls):
        one.turn_idx = 2 * number + 1
        events.append(one)
    info = {"reward": reward, "db_check": {"db_match": bool(reward)}, "reward_breakdown": {"DB": reward}}
    end = SimulationEndEvent(termination_reason="user_stop", reward=reward, reward_info=info)
    return [*events, MessageEvent(role="user", content="###STOP###", turn_idx=2 * len(calls) + 1), end]
