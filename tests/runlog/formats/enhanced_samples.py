"""A small run in every format that tau2-enhanced wrote, keys and order as its own files have them."""

from __future__ import annotations

import copy
import csv
import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tau2_tui.events import ExecutionEvent
from tau2_tui.runlog import formats
from tests.runlog.formats.enhanced_run import (
    BEGAN,
    CREATE,
    GET,
    GOLD,
    LOOK,
    PAUSE,
    SIMULATIONS,
    UPDATE,
    WRONG,
    Call,
    Sim,
    began,
    called,
    ended,
    local,
    results,
)

__all__ = ["BEGAN", "CREATE", "GET", "GOLD", "LOOK", "PAUSE", "SIMULATIONS", "UPDATE", "WRONG", "Call", "Sim"]
__all__ += ["began", "called", "ended", "local", "results"]

# The log beside it


def log(sims: Sequence[Sim] = SIMULATIONS, evaluated: bool = True) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return events and snapshots, one environment after the other as they were made."""
    events: list[dict[str, Any]] = []
    snapshots: list[dict[str, Any]] = []
    for place, sim in enumerate(sims):
        times = [called(place, number) for number in range(len(sim.calls))]
        _environment(sim.calls, times, events, snapshots)
        if evaluated:
            after = ended(place, sim) + 1.0
            _environment(sim.calls, [after + 0.2 * n for n in range(len(sim.calls))], events, snapshots)
            after += 0.2 * len(sim.calls) + 0.1
            gold = GOLD[sim.task]
            _environment(gold, [after + 0.2 * n for n in range(len(gold))], events, snapshots)
    return events, snapshots


def document(sims: Sequence[Sim] = SIMULATIONS, evaluated: bool = True) -> dict[str, Any]:
    """The ``_enhanced_logs.json`` of the last version."""
    events, snapshots = log(sims, evaluated)
    return {
        "timestamp": "2025-09-29T01:41:49.876962",
        "execution_events": events,
        "state_snapshots": snapshots,
        "summary": {
            "total_execution_logs": len(events),
            "total_state_snapshots": len(snapshots),
            "environments_with_logs": len(sims) * 3,
            "environment_instances": len(sims) * 3 + 1,
        },
    }


def _environment(
    calls: Sequence[Call], times: Sequence[float], events: list[dict[str, Any]], snapshots: list[dict[str, Any]]
) -> None:
    database = _hash("new")
    for step, (call, time) in enumerate(zip(calls, times, strict=True), start=1):
        snapshots.append(_snapshot(f"before_{call.tool}", time - 0.1, database, call, step))
        before, database = database, _hash(database + call.tool) if call.changes else database
        if call.changes:
            snapshots.append(_snapshot(f"after_{call.tool}", time - 0.01, database, call, step))
        events.append(_tool_event(call, time, step))
        if call.changes:
            events.append(_change_event(call, time + 0.0001, before, database))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _tool_event(call: Call, time: float, step: int) -> dict[str, Any]:
    failed = call.error is not None
    return {
        "timestamp": time,
        "level": "error" if failed else "info",
        "source": "unknown",
        "message": f"Tool {call.tool} {'failed' if failed else 'succeeded'}",
        "metadata": {},
        "event_type": "ToolExecutionEvent",
        "tool_name": call.tool,
        "tool_args": call.arguments,
        "execution_time": 0.00004 * step,
        "success": not failed,
        "error_message": call.error,
        "error_type": "ValueError" if failed else None,
        "result_size": None if failed else 40,
        "result_preview": "" if failed else f"tool='{call.tool}'",
        "requestor": call.requestor,
        "tool_call_id": f"{call.tool}_{step}",
        "validation_errors": [],
        "state_changed": call.changes,
        "args_count": len(call.arguments),
        "args_size_bytes": len(json.dumps(call.arguments)) if call.arguments else None,
        "args_types": {name: type(value).__name__ for name, value in call.arguments.items()},
        "args_complexity_score": 0.1027 if call.arguments else None,
        "has_file_args": False,
        "has_large_args": False,
        "sensitive_args_detected": False,
        "required_args_provided": [],
        "optional_args_provided": [],
        "missing_args": [],
        "unexpected_args": [],
        "result_type": None if failed else "Task",
        "result_complexity_score": None if failed else 0.004,
        "result_contains_errors": False,
        "result_truncated": False,
        "has_result": not failed,
    }


def _change_event(call: Call, time: float, before: str, after: str) -> dict[str, Any]:
    return {
        "timestamp": time,
        "level": "info",
        "source": "unknown",
        "message": f"State changed: Tool {call.tool} modified environment state",
        "metadata": {},
        "event_type": "StateChangeEvent",
        "state_type": "database",
        "change_summary": f"Tool {call.tool} modified environment state",
        "action_trigger": call.tool,
        "pre_state_hash": before,
        "post_state_hash": after,
        "state_diff": "Database state has changed",
        "has_previous_state": False,
        "has_new_state": False,
    }


def _snapshot(trigger: str, time: float, database: str, call: Call, step: int) -> dict[str, Any]:
    about = {"args_count": len(call.arguments)} if trigger.startswith("before_") else {"result_size": 78}
    return {
        "timestamp": time,
        "step_number": 0,
        "agent_turn": True,
        "state_data": {
            "domain_name": "mock",
            "step_counter": step,
            "timestamp": time - 0.05,
            "db_info": {"type": "MockDB", "hash": database},
        },
        "context_size": 0,
        "metadata": {"tool_name": call.tool, "requestor": call.requestor, "step": step, **about},
        "state_hash": _hash(f"{trigger}{time}")[:32],
        "action_trigger": trigger,
    }


# Older forms: the whole run's log in every simulation


def legacy_results(sims: Sequence[Sim] = SIMULATIONS) -> dict[str, Any]:
    events, snapshots = log(sims)
    whole = results(sims)
    for simulation in whole["simulations"]:
        simulation |= {
            "execution_logs": copy.deepcopy(events),
            "state_snapshots": copy.deepcopy(snapshots),
            "context_usage_snapshots": [],
            "execution_metrics": None,
            "enhanced_logging_enabled": True,
        }
    whole["enhanced_logs_summary"] = {"total_execution_logs": len(events) * len(sims)}
    return whole


def legacy_log(sims: Sequence[Sim] = SIMULATIONS) -> dict[str, Any]:
    events, snapshots = log(sims)
    return {
        "timestamp": "2025-09-28T22:41:49.876962",
        "total_simulations": len(sims),
        "enhanced_simulations": len(sims),
        "summary": {
            "total_execution_logs": len(events) * len(sims),
            "total_state_snapshots": len(snapshots) * len(sims),
            "simulations_with_logs": len(sims),
        },
        "simulations": {sim.id: {"execution_logs": events, "state_snapshots": snapshots} for sim in sims},
    }


# The "jit" form: each simulation's own log inside the results


def jit(sims: Sequence[Sim] = SIMULATIONS, zone_hours: float = 2) -> dict[str, Any]:
    whole = results(sims, zone_hours)
    for place, (sim, simulation) in enumerate(zip(sims, whole["simulations"], strict=True)):
        calls = [_jit_call(place, number, call, zone_hours) for number, call in enumerate(sim.calls)]
        failed = sum(call.error is not None for call in sim.calls)
        simulation |= {
            "execution_logs": calls,
            "state_snapshots": [_jit_snapshot(place, n, call, zone_hours) for n, call in enumerate(sim.calls)],
            "context_usage_snapshots": [_jit_context(place, zone_hours)],
            "execution_metrics": {
                "total_tool_calls": len(calls),
                "failed_tool_calls": failed,
                "total_execution_time_ms": 0.05 * len(calls),
                "average_execution_time_ms": 0.05,
                "unique_tools_used": sorted({call.tool for call in sim.calls}),
                "state_changes": sum(call.changes for call in sim.calls),
                "total_prompt_tokens": 700,
                "total_completion_tokens": 30,
                "total_tokens": 730,
                "max_context_used": None,
                "context_window_warnings": 0,
            },
            "enhanced_logging_enabled": True,
        }
    return whole


def _jit_call(place: int, number: int, call: Call, zone_hours: float) -> dict[str, Any]:
    return {
        "tool_call_id": f"{call.tool}_{number}",
        "tool_name": call.tool,
        "requestor": call.requestor,
        "arguments": call.arguments,
        "pre_call_timestamp": local(called(place, number) - 0.06, zone_hours),
        "post_call_timestamp": local(called(place, number), zone_hours),
        "execution_time_ms": 0.05,
        "success": call.error is None,
        "result_preview": None if call.error else f"tool='{call.tool}'",
        "error_details": call.error,
        "validation_errors": [],
    }


def _jit_snapshot(place: int, number: int, call: Call, zone_hours: float) -> dict[str, Any]:
    tasks = {"task_1": {"status": "pending"}}
    difference = {
        "added": {},
        "modified": {"tasks": {"from": tasks, "to": {"task_1": {"status": "completed"}}}},
        "removed": {},
    }
    return {
        "timestamp": local(called(place, number) + 0.0005, zone_hours),
        "step_idx": number,
        "db_hash": _hash(f"{call.changes}"),
        "user_db_hash": None,
        "db_diff": difference if call.changes else None,
        "user_db_diff": None,
        "state_changed": call.changes,
        "triggered_by": f"post_{call.tool}",
    }


def _jit_context(place: int, zone_hours: float) -> dict[str, Any]:
    return {
        "timestamp": local(called(place, 0) - 0.2, zone_hours),
        "step_idx": 1,
        "prompt_tokens": 700,
        "completion_tokens": 30,
        "total_tokens": 730,
        "context_window_used": 91.25,
        "model_context_limit": 800,
        "triggered_by": "agent_turn",
    }


def reduced(sims: Sequence[Sim] = SIMULATIONS) -> dict[str, Any]:
    """Without ids and configuration, with a ``reward`` that is always 0."""
    whole = jit(sims)
    keys = ("task_id", "trial", "execution_logs", "enhanced_logging_enabled", "messages", "reward_info")
    more = ("duration", "termination_reason", "agent_cost", "user_cost")
    simulations = [{"reward": 0, **{key: one[key] for key in (*keys, *more)}} for one in whole["simulations"]]
    for simulation in simulations:
        for message in simulation["messages"]:
            message.pop("raw_data", None)
    return {"simulations": simulations, "tasks": whole["tasks"]}


# Exports


def events_json(events: list[dict[str, Any]]) -> str:
    statistics = {"total_events": len(events), "event_counts": {"total": len(events)}, "log_file": None}
    about = {"export_timestamp": BEGAN + 999, "total_events": len(events), "statistics": statistics}
    return json.dumps({"events": events, "metadata": about}, indent=2)


def events_lines(events: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def events_table(events: list[dict[str, Any]]) -> str:
    rows = []
    for event in events:
        row = {key: value for key, value in event.items() if key != "metadata"}
        rows.append(row | {f"metadata_{key}": value for key, value in event["metadata"].items()})
    names = sorted({name for row in rows for name in row})
    out = io.StringIO()
    writer = csv.DictWriter(out, names)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def snapshots_json(snapshots: list[dict[str, Any]]) -> str:
    about = {"export_timestamp": BEGAN + 999, "total_snapshots": len(snapshots), "statistics": {}}
    return json.dumps({"snapshots": snapshots, "metadata": about})


# What is made of it


def drawn(path: Path) -> tuple[str, list[ExecutionEvent], list[str]]:
    """Return the format of a file, its events, and what is said of them."""
    found = formats.detect(path)
    assert found is not None
    converted = found.read(path)
    events = list(converted.events)
    assert found.name == converted.format
    return converted.format, events, converted.notes


def of(events: list[ExecutionEvent], kind: type[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]
