"""What tools return: how large, of what type, cut or not, and errors that no failure was made of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tau2_tui.analysis.calls.distribution import Distribution, distribution
from tau2_tui.analysis.data.records import Call
from tau2_tui.analysis.help.explanation import Explanation


@dataclass(frozen=True, slots=True)
class ResultRow:
    """The results of one tool's calls.

    Attributes:
        tool_name: the tool.
        calls: live calls.
        recorded: calls that did not fail and whose result is in the log.
        size: sizes of those results in bytes of JSON.
        types: how often each type, most frequent first.
        distinct: how many different results.
        truncated: results that the log holds only in part.
        contain_errors: results that report an error though the call did not fail.
        empty: results of at most 2 bytes: nothing, an empty text, list or object.
    """

    tool_name: str
    calls: int
    recorded: int
    size: Distribution
    types: tuple[tuple[str, int], ...]
    distinct: int
    truncated: int
    contain_errors: int
    empty: int


@dataclass(frozen=True, slots=True)
class ResultProfile:
    """The results of a run's calls.

    Attributes:
        size: sizes over all tools.
        tools: by tool, most bytes first.
        truncated: results that the log holds only in part.
        contain_errors: results that report an error though the call did not fail.
        note: ``no tool calls`` or ``results not in the log``, or empty.
    """

    size: Distribution
    tools: tuple[ResultRow, ...]
    truncated: int
    contain_errors: int
    note: str = ""


def result_profile(calls: Sequence[Call]) -> ResultProfile:
    """Return size, type and completeness of what the tools returned."""
    groups: defaultdict[str, list[Call]] = defaultdict(list)
    for call in calls:
        groups[call.name].append(call)
    rows = [_row(name, own) for name, own in groups.items()]
    recorded = sum(row.recorded for row in rows)
    return ResultProfile(
        size=distribution(_sizes(calls)),
        tools=tuple(sorted(rows, key=lambda row: (-(row.size.mean or 0.0) * row.size.n, row.tool_name))),
        truncated=sum(row.truncated for row in rows),
        contain_errors=sum(row.contain_errors for row in rows),
        note="no tool calls" if not calls else "" if recorded else "results not in the log",
    )


def _returned(calls: Sequence[Call]) -> list[Call]:
    return [call for call in calls if not call.error and call.result_size is not None]


def _sizes(calls: Sequence[Call]) -> list[float | None]:
    return [call.result_size for call in _returned(calls)]


def _row(name: str, calls: Sequence[Call]) -> ResultRow:
    returned = _returned(calls)
    return ResultRow(
        tool_name=name,
        calls=len(calls),
        recorded=len(returned),
        size=distribution(_sizes(calls)),
        types=tuple(Counter(call.result_type or "unknown" for call in returned).most_common()),
        distinct=len({call.result_digest for call in returned if call.result_digest is not None}),
        truncated=sum(call.result_truncated for call in calls),
        contain_errors=sum(call.result_contains_errors for call in calls if not call.error),
        empty=sum((call.result_size or 0) <= 2 for call in returned),
    )


EXPLANATIONS = {
    "result_profile": Explanation(
        "What do the tools give back?",
        "sizes, types, different results, results cut in the log, and results that report an error without failing",
        "descriptive",
        "counting",
        "'results not in the log'; 'no tool calls'",
    ),
}
