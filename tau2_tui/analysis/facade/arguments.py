"""Arguments and results in the predecessor's words: complexity, types, sizes, and what goes with time and failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean, median
from typing import Any

from tau2_tui.analysis.calls.correlation import correlate
from tau2_tui.analysis.data.records import Call, Run
from tau2_tui.analysis.facade.calls import Row, by_tool, mean, share, times
from tau2_tui.analysis.shared.adjust import adjust_tests
from tau2_tui.analysis.shared.plain import plain
from tau2_tui.events import payload
from tau2_tui.events.codec import dumps
from tau2_tui.events.tool import ToolExecutionEvent
from tau2_tui.runlog.log import RunLog

_KB = 1024
_LOW, _HIGH = 0.3, 0.7

COMPLEXITY_NOTE = "a descriptive score of size and nesting (the predecessor's formula); it predicts nothing by itself"
ASSOCIATION_NOTE = (
    "Spearman's rank correlation; p compares within tasks only and is adjusted for all comparisons made here. "
    "An association, not a cause: what kind of call it is decides both sides."
)


def size_of(call: Call) -> int:
    """Return the bytes of a call's arguments as JSON."""
    return len(dumps(dict(call.args)))


def complexity_of(call: Call) -> float:
    """Return the descriptive score of a call's arguments, 0 to 1."""
    return payload.args_complexity(dict(call.args), size_of(call))


def argument_analysis(calls: Sequence[Call]) -> Row:
    """Return how many, how complex, how large and of what types the arguments of the calls are."""
    amounts = [len(call.args) for call in calls]
    sizes = [size_of(call) for call in calls]
    scores = [complexity_of(call) for call in calls]
    types = Counter(name for call in calls for name in payload.args_types(dict(call.args)).values())
    distribution = _bands(scores, (_LOW, _HIGH), ("low (0-0.3)", "medium (0.3-0.7)", "high (0.7-1.0)"))
    return {
        "argument_statistics": {
            "total_calls": len(calls),
            "calls_with_arguments": sum(amount > 0 for amount in amounts),
            "calls_without_arguments": sum(amount == 0 for amount in amounts),
            "avg_args_per_call": fmean(amounts) if amounts else None,
            "max_args_in_call": max(amounts, default=None),
            "min_args_in_call": min(amounts, default=None),
        },
        "complexity_analysis": {
            "avg_complexity": fmean(scores) if scores else None,
            "max_complexity": max(scores, default=None),
            "high_complexity_calls": sum(score > _HIGH for score in scores),
            "low_complexity_calls": sum(score <= _LOW for score in scores),
            "complexity_distribution": distribution,
            "note": COMPLEXITY_NOTE,
        },
        "complexity_distribution": distribution,
        "type_analysis": _types(types),
        "size_analysis": {
            "avg_args_size_bytes": fmean(sizes) if sizes else None,
            "max_args_size_bytes": max(sizes, default=None),
            "min_args_size_bytes": min(sizes, default=None),
            "large_args_calls": sum(size > payload.LARGE_ARGS_BYTES for size in sizes),
            "size_distribution": _sizes(sizes, 10 * _KB, "small (<1KB)", "medium (1KB-10KB)", "large (>10KB)"),
        },
        "security_analysis": _security(calls),
        "usage_patterns": _patterns(calls),
    }


def _bands(values: Iterable[float], bounds: tuple[float, float], names: tuple[str, str, str]) -> dict[str, int]:
    found = Counter(names[(value > bounds[0]) + (value > bounds[1])] for value in values)
    return {name: found[name] for name in names}


def _sizes(sizes: Iterable[int], large: int, *names: str) -> dict[str, int]:
    found = Counter(names[(size >= _KB) + (size >= large)] for size in sizes)
    return {name: found[name] for name in names}


def _types(types: Counter[str]) -> Row:
    return {
        "most_common_types": dict(types.most_common(5)),
        "total_unique_types": len(types),
        "type_distribution": dict(types.most_common()),
    }


def _security(calls: Sequence[Call]) -> Row:
    sensitive = [call for call in calls if call.sensitive]
    with_files = sum(payload.has_file_args(dict(call.args)) for call in calls)
    return {
        "calls_with_sensitive_args": len(sensitive),
        "sensitive_args_rate": share(len(sensitive), len(calls)),
        "sensitive_kinds": dict(Counter(str(hit.get("kind")) for call in sensitive for hit in call.sensitive)),
        "calls_with_file_args": with_files,
        "file_args_rate": share(with_files, len(calls)),
    }


def _patterns(calls: Sequence[Call]) -> Row:
    patterns: dict[str, Row] = {}
    for name, group in by_tool(calls).items():
        known = [call for call in group if call.missing_args is not None]
        patterns[name] = {
            "args_count_mean": fmean(len(call.args) for call in group),
            "args_count_max": max(len(call.args) for call in group),
            "args_complexity_score_mean": fmean(complexity_of(call) for call in group),
            "has_large_args_sum": sum(size_of(call) > payload.LARGE_ARGS_BYTES for call in group),
            "sensitive_args_detected_sum": sum(bool(call.sensitive) for call in group),
            "missing_required_calls": sum(bool(call.missing_args) for call in known) if known else None,
            "unexpected_calls": sum(bool(call.unexpected_args) for call in known) if known else None,
        }
    complex_tools = [name for name, row in patterns.items() if row["args_complexity_score_mean"] > 0.5]
    return {"tool_argument_patterns": patterns, "tools_with_complex_args": complex_tools}


_FEATURES: dict[str, tuple[Callable[[Call], float], Callable[[Call], float | None]]] = {
    "args_count_vs_execution_time": (lambda call: len(call.args), lambda call: call.execution_time),
    "args_size_vs_execution_time": (size_of, lambda call: call.execution_time),
    "complexity_vs_success_rate": (complexity_of, lambda call: float(not call.error)),
    "args_count_vs_success_rate": (lambda call: len(call.args), lambda call: float(not call.error)),
}


def correlation_analysis(calls: Sequence[Call], level: float) -> Row:
    """Return how arguments go with time and success, each with an interval and a test within tasks."""
    groups = [call.task_id for call in calls]
    found = {
        name: correlate([x(call) for call in calls], [y(call) for call in calls], groups, level=level)
        for name, (x, y) in _FEATURES.items()
    }
    tests = adjust_tests([one.within for one in found.values()])
    correlations = {}
    for (name, one), test in zip(found.items(), tests, strict=True):
        correlations[name] = {
            "correlation": one.spearman.value,
            "low": one.spearman.low,
            "high": one.spearman.high,
            "n": one.pairs,
            "p": test.p,
            "p_adj": test.p_adj,
            "status": one.spearman.status,
            "interpretation": _in_words(one.spearman.low, one.spearman.high, one.spearman.note),
            "test": plain(test),
        }
    ranked = sorted(correlations.items(), key=lambda item: (item[1]["p_adj"] is None, item[1]["p_adj"] or 0.0))
    return {
        "correlations": correlations,
        "performance_predictors": [{"feature": name, **row} for name, row in ranked],
        "performance_comparisons": _comparisons(calls),
        "note": ASSOCIATION_NOTE,
    }


def _in_words(low: float | None, high: float | None, note: str) -> str:
    if low is None or high is None:
        return note or "not enough data"
    if low <= 0.0 <= high:
        return "no association shown: the interval includes zero"
    return "they rise together" if low > 0 else "one falls as the other rises"


def _comparisons(calls: Sequence[Call]) -> Row:
    splits: dict[str, tuple[str, str, Callable[[Call], bool]]] = {
        "large_vs_small_args": ("large_args", "small_args", lambda call: size_of(call) > payload.LARGE_ARGS_BYTES),
        "sensitive_vs_regular_args": ("sensitive", "regular", lambda call: bool(call.sensitive)),
    }
    rows: Row = {}
    for name, (yes, no, is_one) in splits.items():
        groups = {yes: [call for call in calls if is_one(call)], no: [call for call in calls if not is_one(call)]}
        if all(groups.values()):
            rows[name] = {
                key: value
                for label, group in groups.items()
                for key, value in {
                    f"{label}_calls": len(group),
                    f"{label}_avg_time": mean(times(group)),
                    f"{label}_success_rate": share(sum(not call.error for call in group), len(group)),
                }.items()
            }
    return rows


def result_analysis(log: RunLog, run: Run) -> Row:
    """Return what the calls gave back: whether, of what type, how large, and how many report an error."""
    calls = run.calls
    with_result = [call for call in calls if call.result_digest is not None]
    sizes = [call.result_size for call in with_result if call.result_size is not None]
    types = Counter(call.result_type for call in with_result if call.result_type is not None)
    scores = [score for call in with_result if (score := _result_complexity(log, call)) is not None]
    reporting = sum(call.result_contains_errors for call in calls)
    truncated = sum(call.result_truncated for call in calls)
    return {
        "result_statistics": {
            "total_calls": len(calls),
            "calls_with_results": len(with_result),
            "calls_without_results": len(calls) - len(with_result),
            "result_rate": share(len(with_result), len(calls)),
        },
        "type_analysis": _types(types),
        "size_analysis": {
            "avg_result_size": fmean(sizes) if sizes else None,
            "max_result_size": max(sizes, default=None),
            "min_result_size": min(sizes, default=None),
            "median_result_size": median(sizes) if sizes else None,
            "size_distribution": _sizes(sizes, 100 * _KB, "small (<1KB)", "medium (1KB-100KB)", "large (>100KB)"),
        },
        "quality_analysis": {
            "results_with_errors": reporting,
            "error_result_rate": share(reporting, len(calls)),
            "truncated_results": truncated,
            "truncation_rate": share(truncated, len(calls)),
            "avg_result_complexity": fmean(scores) if scores else None,
            "high_complexity_results": sum(score > _HIGH for score in scores),
        },
    }


def _result_complexity(log: RunLog, call: Call) -> float | None:
    event: Any = log.event(call.line)
    return event.result_complexity_score if isinstance(event, ToolExecutionEvent) else None
