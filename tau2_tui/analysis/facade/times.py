"""Times in the predecessor's words: when calls were made, whether anything drifts, and how times are distributed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timezone
from math import log as natural_log
from typing import Any

from tau2_tui.analysis.calls.distribution import distribution
from tau2_tui.analysis.calls.diversity import diversity, inequality, tool_counts, tool_counts_by_task
from tau2_tui.analysis.calls.tools import overall_error_rate
from tau2_tui.analysis.calls.trends import trend
from tau2_tui.analysis.data.records import Call, Run
from tau2_tui.analysis.facade.calls import Row, mean, share, times
from tau2_tui.analysis.shared.estimate import Test
from tau2_tui.analysis.shared.plain import plain

_SIGNIFICANT = 0.05
_BUCKETS = 10
_QUANTILES = {"min": 0.0, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95, "p99": 0.99, "max": 1.0}

HOURS_NOTE = "hours of the day in UTC; calls of tasks in turn, so an hour's rate is also its tasks' rate"
BUCKETS_NOTE = "ten runs of equally many calls in order of time; different tasks stand in different ones"


def temporal(run: Run) -> Row:
    """Return when the calls were made."""
    calls = sorted((call for call in run.calls if call.time is not None), key=lambda call: call.time or 0.0)
    if not calls:
        return {"error": "No temporal data available", "hourly_patterns": {}, "call_count": 0}
    first, last = calls[0].time or 0.0, calls[-1].time or 0.0
    minutes = (last - first) / 60
    hours: dict[int, list[Call]] = defaultdict(list)
    for call in calls:
        hours[int((call.time or 0.0) // 3600 % 24)].append(call)
    busiest = Counter({hour: len(group) for hour, group in hours.items()})
    patterns = {
        "call_count": {str(hour): len(group) for hour, group in sorted(hours.items())},
        "avg_execution_time": {str(hour): mean(times(group)) for hour, group in sorted(hours.items())},
        "success_rate": {str(hour): _success(group) for hour, group in sorted(hours.items())},
        "state_change_rate": {str(hour): _changes(group) for hour, group in sorted(hours.items())},
    }
    return {
        "call_count": len(calls),
        "execution_velocity_per_minute": len(calls) / minutes if minutes else None,
        "peak_activity_hour": busiest.most_common()[0][0],
        "quiet_activity_hour": busiest.most_common()[-1][0],
        "hourly_patterns": patterns,
        "time_span_minutes": minutes,
        "first_call": _iso(first),
        "last_call": _iso(last),
        "note": HOURS_NOTE,
    }


def _success(calls: Sequence[Call]) -> float:
    return share(sum(not call.error for call in calls), len(calls))


def _changes(calls: Sequence[Call]) -> float:
    return share(sum(call.state_changed is True for call in calls), len(calls))


def _iso(seconds: float) -> str | None:
    try:
        return datetime.fromtimestamp(seconds, tz=timezone.utc).isoformat()
    except (OverflowError, ValueError, OSError):
        return None


def trends(run: Run, level: float) -> Row:
    """Return whether success or speed drifts, each task compared only with itself."""
    success = trend(run.simulations, "success", level=level)
    duration = trend(run.simulations, "duration", level=level)
    return {
        "success_rate_trend": _direction(success.exact or success.test, rising="improving"),
        "execution_speed_trend": _direction(duration.test, rising="degrading"),
        "trend_confidence": {
            "success_rate": _doubt(success.exact or success.test, success.note),
            "execution_speed": _doubt(duration.test, duration.note),
        },
        "success_rate": plain(success),
        "duration": plain(duration),
        "bucket_analysis": _buckets(run.calls),
        "note": f"trends are of simulations within their tasks; bucket_analysis: {BUCKETS_NOTE}",
    }


def _direction(test: Test, *, rising: str) -> str:
    """Return a trend in a word, the way that the test's own statistic points, and only one that is shown."""
    falling = "improving" if rising == "degrading" else "degrading"
    if test.stat is None or test.p is None or test.p >= _SIGNIFICANT:
        return "no trend shown"
    return rising if test.stat > 0 else falling


def _doubt(test: Test, note: str) -> str:
    return note or test.note or "no test was possible" if test.p is None else f"p = {test.p:.3g}"


def _buckets(calls: Sequence[Call]) -> Row:
    ordered = sorted((call for call in calls if call.time is not None), key=lambda call: call.time or 0.0)
    if len(ordered) < _BUCKETS:
        return {}
    groups = [
        ordered[len(ordered) * place // _BUCKETS : len(ordered) * (place + 1) // _BUCKETS] for place in range(_BUCKETS)
    ]
    return {
        "success_rate": {str(place): _success(group) for place, group in enumerate(groups)},
        "avg_execution_time": {str(place): mean(times(group)) for place, group in enumerate(groups)},
        "call_count": {str(place): len(group) for place, group in enumerate(groups)},
        "state_change_rate": {str(place): _changes(group) for place, group in enumerate(groups)},
    }


def usage(run: Run) -> Row:
    """Return how the calls are spread over the tools."""
    counted = Counter(tool_counts(run.calls))
    if not counted:
        return {"error": "No data available", "total_unique_tools": 0, "tool_usage_distribution": {}}
    total = sum(counted.values())
    found = diversity(counted, tool_counts_by_task(run.calls))
    return {
        "total_unique_tools": len(counted),
        "most_used_tool": _used(counted.most_common()[0], total),
        "least_used_tool": _used(counted.most_common()[-1], total),
        "tool_usage_distribution": dict(counted.most_common()),
        "diversity_index": None if found.bits is None else found.bits * natural_log(2),
        "effective_tools": found.hill1,
        "usage_concentration": "high" if counted.most_common()[0][1] / total > 0.5 else "distributed",
        "diversity": plain(found),
        "note": "diversity_index in nats, as the predecessor had it; diversity.bits in bits",
    }


def _used(tool: tuple[str, int], total: int) -> Row:
    return {"name": tool[0], "calls": tool[1], "percentage": 100 * tool[1] / total}


def advanced(run: Run, level: float) -> Row:
    """Return the distribution of execution times, the rate of calls that did not fail, and the spread over tools."""
    calls = run.calls
    errors = overall_error_rate(calls, level=level)
    rate: dict[str, Any] = {
        "rate": None if errors.value is None else 1 - errors.value,
        "lower_bound": None if errors.high is None else 1 - errors.high,
        "upper_bound": None if errors.low is None else 1 - errors.low,
        "sample_size": errors.n,
        "n_tasks": errors.n_tasks,
        "n_eff": errors.n_eff,
        "method": errors.method,
        "status": errors.status,
        "note": errors.note,
    }
    counted = tool_counts(calls)
    everything = sorted({name for _, name in run.tools}) or None
    spread = diversity(counted, tool_counts_by_task(calls), level=level)
    gini, gini_all = inequality(counted), inequality(counted, everything)
    return {
        "execution_time_stats": _time_stats(times(calls)),
        "success_rate_confidence": rate,
        "tool_distribution": {
            "entropy": None if spread.bits is None else spread.bits * natural_log(2),
            "entropy_bits": spread.bits,
            "gini_coefficient": gini.gini,
            "gini_over_all_tools": gini_all.gini if everything else None,
            "concentration_ratio": share(max(counted.values(), default=0), sum(counted.values())),
            "diversity": plain(spread),
        },
    }


def _time_stats(seconds: Sequence[float]) -> Row:
    import numpy as np

    found = distribution(seconds)
    row: Row = {"n": found.n, "mean": found.mean, "std": found.sd, "skew": found.skew, "note": found.note}
    for name, q in _QUANTILES.items():
        row[name] = float(np.quantile(seconds, q)) if seconds else None
    return row
