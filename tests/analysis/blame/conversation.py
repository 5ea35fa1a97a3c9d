"""Conversations made by hand: tasks, calls and words, as a log that blame can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tau2_tui.analysis.blame import Cause, Verdict, blame
from tau2_tui.analysis.data.reading import read_run
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
from tau2_tui.runlog import RunLog
from tau2_tui.runlog.spool import write_events

TYPES = {
    "get_order": "read",
    "list_orders": "read",
    "cancel_order": "write",
    "change_order": "write",
    "refund_order": "write",
    "transfer_to_human_agents": "generic",
    "toggle_roaming": "write",
}


def agent(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def call(
    name: str,
    *,
    result: Any = "done",
    error: str | None = None,
    by: str = "assistant",
    changed: bool | None = None,
    path: str | None = None,
    **args: Any,
) -> dict[str, Any]:
    """A call and its result; a writing tool that did not fail changes the record of its ``order_id``."""
    writes = TYPES.get(name) == "write" and error is None
    return {
        "call": name,
        "args": args,
        "result": result,
        "error": error,
        "by": by,
        "changed": writes if changed is None else changed,
        "path": path or f"/orders/{args.get('order_id', 'x')}/status",
    }


def action(name: str, by: str = "assistant", **args: Any) -> dict[str, Any]:
    return {"action_id": name, "requestor": by, "name": name, "arguments": args, "compare_args": None}


@dataclass
class Talk:
    """One simulation: what should be done, what was said and done, and how it was judged."""

    steps: Sequence[Mapping[str, Any]]
    gold: Sequence[Mapping[str, Any]] = ()
    diff: Sequence[Mapping[str, Any]] | None = (
        {"op": "replace", "path": "/orders/A1/status", "old": "a", "value": "b"},
    )
    parts: Mapping[str, float] = field(default_factory=lambda: {"DB": 0.0})
    info: Mapping[str, Any] = field(default_factory=dict)
    scenario: str = "You want to cancel order A1."
    termination: str = "user_stop"
    reward: float | None = 0.0
    task_id: str = "t1"
    trial: int = 0
    solo: bool = False
    end: Mapping[str, Any] = field(default_factory=dict)


def cancelling(trial: int, *, passed: bool, task_id: str = "t1") -> Talk:
    """Return a simulation in which order A1 is cancelled, or in which the only try names a wrong one and fails."""
    look = call("get_order", order_id="A1", result={"id": "A1"})
    wrong = call("cancel_order", order_id="Z9", error="Order Z9 not found")
    return Talk(
        [
            agent("Hi"),
            user("Cancel A1"),
            look,
            call("cancel_order", order_id="A1") if passed else wrong,
            agent("Anything else?"),
            user("No. ###STOP###"),
        ],
        [action("cancel_order", order_id="A1")],
        trial=trial,
        task_id=task_id,
        reward=float(passed),
        parts={"DB": float(passed)},
        diff=[] if passed else Talk([]).diff,
    )


def write(path: Path, *talks: Talk) -> Path:
    """Write a log of these simulations."""
    write_events(_events(talks), path)
    return path


def _events(talks: Sequence[Talk]) -> Iterator[ExecutionEvent]:
    tools = [
        {"name": name, "tool_type": kind, "requestor": who}
        for name, kind in TYPES.items()
        for who in ("assistant", "user")
    ]
    yield RunStartEvent(domain="shop", tools=tools)
    known = set()
    for number, talk in enumerate(talks):
        if talk.task_id not in known:
            known.add(talk.task_id)
            criteria = {"actions": list(talk.gold), "reward_basis": list(talk.parts)}
            task = {
                "id": talk.task_id,
                "user_scenario": {"instructions": talk.scenario},
                "evaluation_criteria": criteria,
            }
            yield TaskEvent(task_id=talk.task_id, task=task)
        yield from _simulation(talk, f"s{number}")
    yield RunEndEvent()


def _simulation(talk: Talk, name: str) -> Iterator[ExecutionEvent]:
    where: dict[str, Any] = {"simulation_id": name, "task_id": talk.task_id, "trial": talk.trial}
    yield SimulationStartEvent(**where, domain="shop", agent="a", user="u", solo_mode=talk.solo)
    turn = 0
    for place, step in enumerate(talk.steps):
        if "role" in step:
            yield MessageEvent(**where, turn_idx=turn, **step)
            turn += 1
            continue
        yield from _call(step, where, turn, f"c{place}")
        turn += 2
    diff = None if talk.diff is None else {"database": list(talk.diff), "user_database": []}
    info = {"reward": talk.reward, "reward_breakdown": dict(talk.parts), "reward_basis": list(talk.parts), **talk.info}
    end = {"termination_reason": talk.termination, "reward": talk.reward, "gold_diff": diff, **talk.end}
    yield SimulationEndEvent(**where, **{"reward_info": None if talk.reward is None else info, **end})


def _call(step: Mapping[str, Any], where: Mapping[str, Any], turn: int, call_id: str) -> Iterator[ExecutionEvent]:
    made = {"id": call_id, "name": step["call"], "arguments": step["args"], "requestor": step["by"]}
    yield MessageEvent(**where, turn_idx=turn, role=step["by"], tool_calls=[made])
    yield ToolExecutionEvent(
        **where,
        turn_idx=turn,
        tool_name=step["call"],
        tool_args=step["args"],
        tool_call_id=call_id,
        requestor=step["by"],
        success=step["error"] is None,
        error_message=step["error"],
        result=None if step["error"] else step["result"],
        state_changed=step["changed"],
    )
    if step["changed"]:
        change = {"op": "replace", "path": step["path"], "old": "a", "value": "b"}
        kind = "user_database" if step["by"] == "user" else "database"
        yield StateChangeEvent(
            **where, turn_idx=turn, state_type=kind, action_trigger=step["call"], changes=[change], tool_call_id=call_id
        )
    text = step["error"] or str(step["result"])
    yield MessageEvent(
        **where, turn_idx=turn + 1, role="tool", content=text, tool_call_id=call_id, error=step["error"] is not None
    )


def verdicts(path: Path, *talks: Talk) -> list[Verdict]:
    """Return what blame says of these simulations."""
    with RunLog.open(write(path, *talks), index="now") as log:
        return blame(log, read_run(log))


def verdict(path: Path, talk: Talk) -> Verdict:
    """Return what blame says of one simulation."""
    (only,) = verdicts(path, talk)
    return only


def kinds(found: Verdict) -> list[str]:
    """Return the kinds of a verdict's causes, flags left out."""
    return [one.kind for one in found.causes if not one.flag]


def of_kind(found: Verdict, kind: str) -> Cause:
    """Return the first cause of a kind."""
    return next(one for one in found.causes if one.kind == kind)
