"""What kind of mistakes tool calls fail with, where, and whether the agent recovers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tau2_tui.analysis.data.records import Call
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Estimate
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, ratio_by_task

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "unknown tool",
        re.compile(
            r"\b(?:unknown|no such) (?:tool|function)\b|"
            r"\b(?:tool|function) (?:\S{1,100} )?(?:is |was )?(?:not found|does not exist)\b",
            re.I,
        ),
    ),
    (
        "validation",
        re.compile(
            r"validation errors?\b|field required|input should be|\binvalid\b|not a valid|does not match|should match|"
            r"\bunknown \w{1,40} format\b|\bmust be (?:positive|an? (?:str|int|float|bool|list|dict|num))|"
            r"\b(?:missing|unexpected|required)\b[\w ]{0,40}\b(?:argument|parameter|keyword)",
            re.I,
        ),
    ),
    ("not found", re.compile(r"\bnot found\b|\bdo(?:es)?(?: not|n't) exist\b|\bno such\b", re.I)),
    (
        "policy",
        re.compile(
            r"forbidden|\bnot (?:allowed|permitted|authori[sz]ed|eligible)\b|permission|unauthori[sz]ed|\bpolicy\b|"
            r"\bcannot\b|\bcan't\b|\b(?:must|should) be\b|\bnon-(?:pending|delivered)\b|\balready (?!full)|"
            r"\bis not overdue\b|\bdoes not support\b",
            re.I,
        ),
    ),
    ("limit", re.compile(r"\btimed?[ -]?out\b|deadline|rate limit|quota|\btoo many\b|\bexceed", re.I)),
    (
        "availability",
        re.compile(
            r"insufficient|\bnot enough\b|\bnot available\b|unavailable|sold out|does not add up|already full|"
            r"\bno (?:seats|stock)\b",
            re.I,
        ),
    ),
    ("exception", re.compile(r"\b[A-Z]\w*(?:Error|Exception)\b|Traceback \(most recent")),
)

OTHER = "other"

ERROR_KINDS = (*(kind for kind, _ in _PATTERNS), OTHER)
"""The kinds, in the order in which they are tried: ``limit`` is limits and timeouts, ``availability`` is money and
what can be had for it."""

_LOOKED_AT = 4000
"""Characters of an error's text that are searched: a hostile text of megabytes says no more."""


@dataclass(frozen=True, slots=True)
class ErrorKindRow:
    """One kind of error.

    Attributes:
        kind: one of :data:`ERROR_KINDS`.
        count: failed calls of this kind.
        share: of all failed calls.
        tools: failed calls by tool, most first.
        tasks: failed calls by task, most first.
        example: the text of the first one.
        line: the first one's line in the log.
    """

    kind: str
    count: int
    share: float
    tools: tuple[tuple[str, int], ...]
    tasks: tuple[tuple[str, int], ...]
    example: str
    line: int


@dataclass(frozen=True, slots=True)
class ErrorCell:
    """Failed calls of one kind, tool and task."""

    kind: str
    tool_name: str
    task_id: str
    count: int


@dataclass(frozen=True, slots=True)
class FirstError:
    """The first failed call of a simulation, and whether its tool succeeded there later."""

    simulation: int
    task_id: str
    i: int
    turn: int | None
    tool_name: str
    kind: str
    recovered: bool
    line: int


@dataclass(frozen=True, slots=True)
class ErrorTable:
    """The failed calls of a run.

    Attributes:
        calls: live calls.
        errors: those that failed.
        simulations: simulations with a failed call.
        error_rate: errors / calls, with its interval over tasks; value None without calls.
        kinds: a row a kind, most first.
        cells: by kind, tool and task.
        recovery: share of failed calls after which the same tool succeeded in the same simulation.
        first: the first failed call of each simulation that has one.
        note: ``no errors`` or ``no tool calls``, or empty.
    """

    calls: int
    errors: int
    simulations: int
    error_rate: Estimate
    kinds: tuple[ErrorKindRow, ...]
    cells: tuple[ErrorCell, ...]
    recovery: Estimate
    first: tuple[FirstError, ...]
    note: str = ""


def classify_error(text: str | None, tool: str = "", known_tools: Collection[str] | None = None) -> str:
    """Return the kind of a failed call's text: the first of :data:`ERROR_KINDS` that fits.

    Args:
        text: the failure as the tool reported it.
        tool: the tool that was called.
        known_tools: names of the domain's tools, None or empty when the log does not hold them.
    """
    if known_tools and tool and tool not in known_tools:
        return ERROR_KINDS[0]
    words = (text or "")[:_LOOKED_AT]
    return next((kind for kind, pattern in _PATTERNS if pattern.search(words)), OTHER)


def error_table(
    calls: Sequence[Call], known_tools: Collection[str] | None = None, *, level: float = DEFAULT_LEVEL
) -> ErrorTable:
    """Return the failed calls by kind, tool and task, and how often the agent recovered.

    Args:
        calls: the live calls, in order within each simulation.
        known_tools: names of the domain's tools, None or empty when the log does not hold them.
        level: coverage of the intervals.
    """
    failed = [(call, classify_error(call.error_text, call.name, known_tools)) for call in calls if call.error]
    note = "" if failed else ("no errors" if calls else "no tool calls")
    last_success = _last_successes(calls)
    recovered = [last_success.get((call.simulation, call.name), -1) > call.i for call, _ in failed]
    cells = Counter((kind, call.name, call.task_id) for call, kind in failed)
    rows = ((call.task_id, back, 1) for (call, _), back in zip(failed, recovered, strict=True))
    first: dict[int, FirstError] = {}
    for (call, kind), back in zip(failed, recovered, strict=True):
        entry = FirstError(call.simulation, call.task_id, call.i, call.turn, call.name, kind, back, call.line)
        first.setdefault(call.simulation, entry)
    return ErrorTable(
        calls=len(calls),
        errors=len(failed),
        simulations=len(first),
        error_rate=ratio_by_task(((call.task_id, call.error, 1) for call in calls), level=level),
        kinds=_kinds(failed),
        cells=tuple(ErrorCell(*key, count) for key, count in cells.most_common()),
        recovery=ratio_by_task(rows, level=level, nothing="no errors"),
        first=tuple(first.values()),
        note=note,
    )


def _last_successes(calls: Sequence[Call]) -> dict[tuple[int, str], int]:
    """Return, by simulation and tool, the place of the last call that did not fail."""
    last: dict[tuple[int, str], int] = {}
    for call in calls:
        if not call.error:
            key = (call.simulation, call.name)
            last[key] = max(call.i, last.get(key, -1))
    return last


def _kinds(failed: Sequence[tuple[Call, str]]) -> tuple[ErrorKindRow, ...]:
    groups: defaultdict[str, list[Call]] = defaultdict(list)
    for call, kind in failed:
        groups[kind].append(call)
    rows = [
        ErrorKindRow(
            kind=kind,
            count=len(group),
            share=len(group) / len(failed),
            tools=tuple(Counter(call.name for call in group).most_common()),
            tasks=tuple(Counter(call.task_id for call in group).most_common()),
            example=group[0].error_text or "",
            line=group[0].line,
        )
        for kind, group in groups.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.count, ERROR_KINDS.index(row.kind))))


EXPLANATIONS = {
    "error_table": Explanation(
        "What kind of mistake is it, and does it recover?",
        "the first fitting kind of: unknown tool, validation, not found, policy, limit, availability, exception, "
        "other, by patterns over the error's text; recovery = later success of the same tool in the same simulation / "
        "errors, clustered by task",
        "tools word their errors as tau2's own domains do; what fits nothing is 'other', with an example",
        "ordered patterns, checked on recorded airline, retail and telecom runs",
        "'no errors'; 'no tool calls'",
    ),
    "classify_error": Explanation(
        "What kind of mistake is this error?",
        "the first kind whose pattern fits the text, in a fixed order",
        "the wording of tau2's own domains",
        "ordered patterns, checked on recorded airline, retail and telecom runs",
        "'other' when nothing fits",
    ),
}
