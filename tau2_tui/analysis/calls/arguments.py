"""What arguments calls are made with: which are given, of what types and sizes, and against the tool's signature."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from tau2_tui.analysis.calls.diversity import Diversity, diversity
from tau2_tui.analysis.data.records import Call, Tool
from tau2_tui.analysis.data.rows import tool_of
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.events import payload
from tau2_tui.events.codec import dumps

NO_SIGNATURE = "signature not in the log"


@dataclass(frozen=True, slots=True)
class ArgumentRow:
    """One argument of one tool.

    Attributes:
        name: the argument.
        present: calls that gave it.
        share: of the tool's calls.
        types: how often it had each type, most frequent first.
        distinct: how many different values.
        declared: ``required``, ``optional`` or ``unexpected`` by the tool's signature; None when that is not known.
    """

    name: str
    present: int
    share: float
    types: tuple[tuple[str, int], ...]
    distinct: int
    declared: str | None


@dataclass(frozen=True, slots=True)
class ToolArguments:
    """The arguments of one tool's calls.

    Attributes:
        tool_name: the tool.
        requestor: whose call: ``assistant`` or ``user``.
        calls: live calls.
        arguments: a row an argument, most given first, then required ones that were never given.
        bytes_median: median size of the arguments as JSON.
        bytes_max: largest size.
        missing_calls: calls without a required argument; None when the signature is not known.
        unexpected_calls: calls with an argument that the signature has not; None when it is not known.
        optional_calls: calls that gave an optional argument; None when the signature is not known.
        patterns: diversity of the sets of arguments given.
        note: ``signature not in the log``, or empty.
    """

    tool_name: str
    requestor: str
    calls: int
    arguments: tuple[ArgumentRow, ...]
    bytes_median: float
    bytes_max: int
    missing_calls: int | None
    unexpected_calls: int | None
    optional_calls: int | None
    patterns: Diversity
    note: str = ""


@dataclass(frozen=True, slots=True)
class Complexity:
    """How much there is in arguments: descriptive numbers that predict nothing.

    Attributes:
        leaves: values that are neither objects nor lists, plus empty objects and lists.
        depth: levels of nesting; 1 for flat arguments, 0 for none.
        bytes: size as UTF-8 JSON.
        score: the 0 to 1 score that a run log has on each call.
    """

    leaves: int
    depth: int
    bytes: int
    score: float


def canonical(args: Mapping[str, Any]) -> bytes:
    """Return the same bytes for the same arguments, whatever their order."""
    try:
        return orjson.dumps(args, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError):
        return _canonical_slowly(args)


def _canonical_slowly(args: Mapping[str, Any]) -> bytes:
    """Return the same of what orjson refuses: huge numbers, broken text, deep nesting."""
    try:
        return json.dumps(args, sort_keys=True, default=str).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError, RecursionError):
        return dumps(dict(args))


def args_size(args: Mapping[str, Any]) -> int:
    """Return the bytes of arguments as UTF-8 JSON."""
    try:
        return len(orjson.dumps(args))
    except TypeError:
        return len(dumps(dict(args)))


def args_sizes(calls: Sequence[Call]) -> list[int]:
    """Return the same of the arguments of calls."""
    try:
        return [len(orjson.dumps(call.args)) for call in calls]
    except TypeError:
        return [args_size(call.args) for call in calls]


def pattern(names: Iterable[str]) -> str:
    """Return the names of the arguments that a call gives, as one text."""
    return ", ".join(sorted(map(str, names))) or "(none)"


def complexity(args: Mapping[str, Any]) -> Complexity:
    """Return how many values arguments hold, how deep and how large they are."""
    size = args_size(args)
    leaves = depth = 0
    waiting: list[tuple[Any, int]] = [(value, 1) for value in args.values()]
    while waiting:
        value, level = waiting.pop()
        depth = max(depth, level)
        inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
        if inside:
            waiting.extend((item, level + 1) for item in inside)
        else:
            leaves += 1
    return Complexity(leaves, depth, size, payload.args_complexity(dict(args), size))


def argument_profile(
    calls: Sequence[Call], tools: Mapping[tuple[str, str], Tool] | None = None
) -> tuple[ToolArguments, ...]:
    """Return what arguments each tool was called with, most called tool first.

    Args:
        calls: the live calls.
        tools: the domain's tools by requestor and name, for their signatures; None when not known.
    """
    groups: defaultdict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in calls:
        groups[call.requestor, call.name].append(call)
    rows = [_profile(key, group, tool_of(tools or {}, *key)) for key, group in groups.items()]
    return tuple(sorted(rows, key=lambda row: (-row.calls, row.tool_name, row.requestor)))


def _profile(key: tuple[str, str], calls: Sequence[Call], tool: Tool | None) -> ToolArguments:
    sizes = np.array(args_sizes(calls))
    signed = tool is not None and tool.required is not None
    optional = set(tool.optional or ()) if tool else set()
    given = Counter((call.task_id, *call.args) for call in calls)
    by_task: defaultdict[str, Counter[str]] = defaultdict(Counter)
    sets: Counter[tuple[str, ...]] = Counter()
    for (task_id, *names), count in given.items():
        by_task[task_id][pattern(names)] += count
        sets[tuple(names)] += count
    patterns: Counter[str] = sum(by_task.values(), Counter())
    missing, unexpected = _breaches(calls, sets, tool)
    return ToolArguments(
        tool_name=key[1],
        requestor=key[0],
        calls=len(calls),
        arguments=_rows(calls, tool if signed else None),
        bytes_median=float(np.median(sizes)),
        bytes_max=int(sizes.max()),
        missing_calls=missing,
        unexpected_calls=unexpected,
        optional_calls=_counted(sets, lambda names: not optional.isdisjoint(names)) if signed else None,
        patterns=diversity(patterns, by_task),
        note="" if signed else NO_SIGNATURE,
    )


def _counted(sets: Mapping[tuple[str, ...], int], chosen: Callable[[tuple[str, ...]], bool]) -> int:
    """Return how many calls give one of the chosen sets of arguments."""
    return sum(count for names, count in sets.items() if chosen(names))


def _breaches(
    calls: Sequence[Call], sets: Mapping[tuple[str, ...], int], tool: Tool | None
) -> tuple[int | None, int | None]:
    """Return in how many calls a required argument is missing, and in how many there is an unexpected one."""
    if tool is not None and tool.required is not None:
        required, declared = set(tool.required), {*tool.required, *(tool.optional or ())}
        missing = _counted(sets, lambda names: not required.issubset(names))
        return missing, _counted(sets, lambda names: not declared.issuperset(names))
    known = [call for call in calls if call.missing_args is not None and call.unexpected_args is not None]
    if len(known) < len(calls):
        return None, None
    return sum(bool(call.missing_args) for call in calls), sum(bool(call.unexpected_args) for call in calls)


def _rows(calls: Sequence[Call], tool: Tool | None) -> tuple[ArgumentRow, ...]:
    values: defaultdict[str, list[Any]] = defaultdict(list)
    for call in calls:
        for name, value in call.args.items():
            values[name].append(value)
    types = {name: Counter(map(type, own)) for name, own in values.items()}
    if tool is not None:
        for name in tool.required or ():
            types.setdefault(name, Counter())
    rows = [
        ArgumentRow(
            name=str(name),
            present=sum(counts.values()),
            share=sum(counts.values()) / len(calls),
            types=tuple((kind.__name__, count) for kind, count in counts.most_common()),
            distinct=_distinct(values[name]) if name in values else 0,
            declared=_declared(name, tool),
        )
        for name, counts in types.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.present, row.name)))


def _distinct(values: Sequence[Any]) -> int:
    """Return how many different values there are; equal ones of different types differ."""
    if {*map(type, values)} == {str}:
        return len(set(values))
    return len({(type(v), v) if isinstance(v, _PLAIN) else hash(canonical({"": v})) for v in values})


_PLAIN = (str, int, float, bool, type(None))


def _declared(name: str, tool: Tool | None) -> str | None:
    if tool is None:
        return None
    if name in (tool.required or ()):
        return "required"
    return "optional" if name in (tool.optional or ()) else "unexpected"


EXPLANATIONS = {
    "argument_profile": Explanation(
        "Which arguments does it give, and does it use the optional ones?",
        "per tool and argument: calls that gave it, types, different values; sizes as JSON; required, optional and "
        "unexpected by the tool's signature; diversity of the sets of arguments",
        "descriptive",
        "counting",
        "'signature not in the log'",
    ),
    "complexity": Explanation(
        "How much is in the arguments?",
        "number of values, depth of nesting, bytes of JSON, and the score from 0 to 1 that the run log has",
        "descriptive: it predicts nothing",
        "counting",
        "zeros without arguments",
    ),
}
