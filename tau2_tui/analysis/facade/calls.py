"""Tool calls in the predecessor's words: counts, rates and times of tools, failures, requestors and results."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean, median
from typing import Any

from tau2_tui.analysis.calls.errors import classify_error
from tau2_tui.analysis.data.records import Call, Run
from tau2_tui.analysis.shared.plain import plain

Row = dict[str, Any]


def share(part: float, whole: float) -> float:
    """Return a share, 0 of nothing."""
    return part / whole if whole else 0.0


def mean(values: Iterable[float | None]) -> float | None:
    """Return the mean of what is known, None of nothing."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def times(calls: Iterable[Call]) -> list[float]:
    """Return the seconds that calls took inside the environment, as far as they were recorded."""
    return [call.execution_time for call in calls if call.execution_time is not None]


def by_tool(calls: Iterable[Call]) -> dict[str, list[Call]]:
    """Return the calls of each tool, the most used tool first."""
    groups: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        groups[call.name].append(call)
    return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])))


def time_numbers(calls: Sequence[Call]) -> Row:
    """Return sums of the recorded times, in seconds; None where none was recorded."""
    known = times(calls)
    return {
        "avg_execution_time": fmean(known) if known else None,
        "median_execution_time": median(known) if known else None,
        "min_execution_time": min(known) if known else None,
        "max_execution_time": max(known) if known else None,
        "total_execution_time": sum(known) if known else None,
        "timed_calls": len(known),
    }


def counts(calls: Sequence[Call]) -> Row:
    """Return how many calls there are, failed, and changed state."""
    failed = sum(call.error for call in calls)
    changing = sum(call.state_changed is True for call in calls)
    return {
        "total_calls": len(calls),
        "successful_calls": len(calls) - failed,
        "failed_calls": failed,
        "success_rate": share(len(calls) - failed, len(calls)),
        "error_rate": share(failed, len(calls)),
        "state_changing_calls": changing,
        "state_change_rate": share(changing, len(calls)),
    }


def summary(run: Run) -> Row:
    """Return the whole run in numbers. Times in seconds."""
    calls, numbers = run.calls, counts(run.calls)
    known, tools = times(calls), by_tool(calls)
    means = {name: value for name, group in tools.items() if (value := mean(times(group))) is not None}
    moments = [call.time for call in calls if call.time is not None]
    counted = [simulation for simulation in run.simulations if simulation.counted]
    passed = sum(simulation.success is True for simulation in counted)
    return {
        "total_simulations": len(run.simulations),
        "evaluated_simulations": len(counted),
        "successful_simulations": passed,
        "task_success_rate": share(passed, len(counted)),
        "total_tasks": len({simulation.task_id for simulation in run.simulations}),
        "total_tool_calls": len(calls),
        "successful_calls": numbers["successful_calls"],
        "failed_calls": numbers["failed_calls"],
        "success_rate": numbers["success_rate"],
        "tool_success_rate": numbers["success_rate"],
        "tool_error_rate": numbers["error_rate"],
        "total_execution_time": sum(known) if known else None,
        "average_execution_time": fmean(known) if known else None,
        "median_execution_time": median(known) if known else None,
        "state_changing_calls": numbers["state_changing_calls"],
        "read_only_calls": sum(call.state_changed is not True for call in calls),
        "most_common_tool": next(iter(tools), None),
        "slowest_tool_avg": max(means, key=means.__getitem__, default=None),
        "fastest_tool_avg": min(means, key=means.__getitem__, default=None),
        "execution_timespan": max(moments) - min(moments) if moments else None,
        "tools_used": len(tools),
        "total_messages": len(run.messages),
        "success_metric_source": "execution_success",
    }


def tool_rows(run: Run) -> list[Row]:
    """Return a row a tool, the most used first."""
    matched = _matched(run)
    return [
        {
            "tool_name": name,
            **counts(group),
            **time_numbers(group),
            "avg_result_size": mean(call.result_size for call in group),
            "simulations": len({call.simulation for call in group}),
            "tasks": len({call.task_id for call in group}),
            "reference_actions": matched[name][1],
            "reference_actions_matched": matched[name][0],
        }
        for name, group in by_tool(run.calls).items()
    ]


def _matched(run: Run) -> dict[str, tuple[int, int]]:
    """Return, by tool, how many reference actions were matched, of how many that tau2 checked."""
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for simulation in run.simulations:
        checks = (simulation.reward_info or {}).get("action_checks")
        for check in checks if isinstance(checks, list) else ():
            action = check.get("action") if isinstance(check, dict) else None
            if isinstance(action, dict):
                matched, total = found[str(action.get("name"))]
                found[str(action.get("name"))] = (matched + (check.get("action_match") is True), total + 1)
    return found


def failure_rows(run: Run) -> list[Row]:
    """Return a row for each tool and kind of error, the most frequent first."""
    totals = Counter(call.name for call in run.calls)
    known = {name for _, name in run.tools} or None
    groups: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in run.calls:
        if call.error:
            groups[call.name, classify_error(call.error_text, call.name, known)].append(call)
    rows: list[Row] = [
        {
            "tool_name": name,
            "error_category": kind,
            "count": len(group),
            "failure_rate": share(len(group), totals[name]),
            "simulations_affected": len({call.simulation for call in group}),
            "tasks_affected": sorted({call.task_id for call in group}),
            "avg_execution_time": mean(times(group)),
            "first_occurrence": min((call.time for call in group if call.time is not None), default=None),
            "last_occurrence": max((call.time for call in group if call.time is not None), default=None),
            "example_args": plain(group[0].args),
            "example_error": group[0].error_text,
            "example_line": group[0].line,
        }
        for (name, kind), group in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row["count"], row["tool_name"], row["error_category"]))


def state_change_rows(run: Run) -> list[Row]:
    """Return a row for each tool and whether the call changed state: known to, known not to, not looked at."""
    category = {True: "State-Changing", False: "Read-Only", None: "Not recorded"}
    groups: dict[tuple[bool | None, str], list[Call]] = defaultdict(list)
    for call in run.calls:
        groups[call.state_changed, call.name].append(call)
    order = {True: 0, False: 1, None: 2}
    rows: list[Row] = [
        {
            "state_changed": changed,
            "category": category[changed],
            "tool_name": name,
            **counts(group),
            **time_numbers(group),
        }
        for (changed, name), group in groups.items()
    ]
    return sorted(rows, key=lambda row: (order[row["state_changed"]], -row["total_calls"], row["tool_name"]))


def requestors(run: Run) -> Row:
    """Return the numbers of agent and user apart."""
    groups: dict[str, list[Call]] = defaultdict(list)
    for call in run.calls:
        groups[call.requestor].append(call)
    breakdown = {
        name: {
            **counts(group),
            "avg_execution_time": mean(times(group)),
            "most_used_tools": dict(Counter(call.name for call in group).most_common(3)),
        }
        for name, group in sorted(groups.items())
    }
    return {"requestor_breakdown": breakdown, "total_requestors": len(breakdown)}


def slow_rows(calls: Iterable[Call], threshold: float) -> list[Row]:
    """Return the calls that took longer than ``threshold`` seconds inside the environment, the slowest first."""
    slow = [call for call in calls if call.execution_time is not None and call.execution_time > threshold]
    return [call_row(call) for call in sorted(slow, key=lambda call: -(call.execution_time or 0.0))]


def call_row(call: Call) -> Row:
    """Return one call."""
    return {
        "tool_name": call.name,
        "tool_args": plain(call.args),
        "requestor": call.requestor,
        "execution_time": call.execution_time,
        "success": not call.error,
        "error_message": call.error_text,
        "state_changed": call.state_changed,
        "timestamp": call.time,
        "task_id": call.task_id,
        "simulation": call.simulation,
        "turn_idx": call.turn,
        "line": call.line,
    }


def error_patterns(run: Run) -> Row:
    """Return how many calls failed, of what kinds, in which tools, and how long they took beside the others."""
    failed = [call for call in run.calls if call.error]
    kinds = Counter[str]()
    for row in failure_rows(run):
        kinds[row["error_category"]] += row["count"]
    rates = {name: share(sum(call.error for call in group), len(group)) for name, group in by_tool(run.calls).items()}
    failed_time, other_time = mean(times(failed)), mean(times(call for call in run.calls if not call.error))
    return {
        "no_errors": not failed,
        "total_calls": len(run.calls),
        "total_errors": len(failed),
        "error_rate": share(len(failed), len(run.calls)),
        "tools_with_errors": len({call.name for call in failed}),
        "error_types": dict(kinds.most_common()),
        "most_common_error": next(iter(dict(kinds.most_common())), None),
        "avg_error_execution_time": failed_time,
        "avg_success_execution_time": other_time,
        "error_time_correlation": _longer(failed_time, other_time),
        "tools_by_error_rate": dict(sorted(rates.items(), key=lambda item: (-item[1], item[0]))),
    }


def _longer(failed: float | None, others: float | None) -> str | None:
    """Return how failed calls' mean time stands to the others'; a description, no test."""
    if failed is None or others is None:
        return None
    return "longer" if failed > others else "shorter"
