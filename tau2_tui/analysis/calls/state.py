"""Which calls changed a database."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tau2_tui.analysis.data.records import Call, StateChange, Tool
from tau2_tui.analysis.data.rows import writing_tools
from tau2_tui.analysis.help.explanation import Explanation

NOT_RECORDED = "state changes not in the log"


@dataclass(frozen=True, slots=True)
class WriteRow:
    """What the calls of one tool did to the databases.

    Attributes:
        tool_name: the tool.
        requestor: whose call: ``assistant`` or ``user``.
        calls: live calls.
        looked_at: of these, calls of which the log says whether a database differed afterwards.
        changed: of those, calls after which one did.
        unchanged: calls that did not fail and changed nothing.
        failed_changes: calls that failed and changed something all the same.
        simulations: simulations in which it changed something.
    """

    tool_name: str
    requestor: str
    calls: int
    looked_at: int
    changed: int
    unchanged: int
    failed_changes: int
    simulations: int


@dataclass(frozen=True, slots=True)
class ChangedPlace:
    """One part of a database, named by the first key of its path, and how often it changed."""

    state_type: str
    place: str
    changes: int
    simulations: int


@dataclass(frozen=True, slots=True)
class StateChanges:
    """Changes of the databases by live calls; the evaluator's are not among them.

    Attributes:
        tools: tools of which some call changed something, or whose calls were looked at; most changes first.
        calls: live calls.
        looked_at: calls of which it is known whether they changed something.
        changed: calls that did.
        without_call: changes that no call caused, by their trigger.
        places: the parts of the databases that changed.
        note: ``state changes not in the log``, or how many calls are unknown.
    """

    tools: tuple[WriteRow, ...]
    calls: int
    looked_at: int
    changed: int
    without_call: tuple[tuple[str, int], ...]
    places: tuple[ChangedPlace, ...]
    note: str = ""


def state_changes(
    calls: Sequence[Call],
    changes: Sequence[StateChange] = (),
    tools: Mapping[tuple[str, str], Tool] | None = None,
) -> StateChanges:
    """Return which tools changed a database and which parts of it, by what was observed, never by a tool's name.

    Args:
        calls: the live calls.
        changes: the log's state changes.
        tools: the domain's tools by requestor and name: calls of those that read by their type need no look.
    """
    groups: defaultdict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in calls:
        if call.state_changed is not None:
            groups[call.requestor, call.name].append(call)
    totals = Counter((call.requestor, call.name) for call in calls)
    rows = [_row(key, own, totals[key]) for key, own in groups.items()]
    looked_at = sum(row.looked_at for row in rows)
    writes = writing_tools(tools or {}, calls)
    unknown = sum(call.state_changed is None and writes.get((call.requestor, call.name), True) for call in calls)
    note = f"not known for {unknown} of {len(calls)} calls" if unknown else ""
    return StateChanges(
        tools=tuple(sorted(rows, key=lambda row: (-row.changed, -row.calls, row.tool_name))),
        calls=len(calls),
        looked_at=looked_at,
        changed=sum(row.changed for row in rows),
        without_call=tuple(Counter(change.trigger for change in changes if not _by_call(change)).most_common()),
        places=_places(changes),
        note="no tool calls" if not calls else NOT_RECORDED if unknown and not looked_at else note,
    )


def _row(key: tuple[str, str], calls: Sequence[Call], total: int) -> WriteRow:
    return WriteRow(
        tool_name=key[1],
        requestor=key[0],
        calls=total,
        looked_at=len(calls),
        changed=sum(bool(call.state_changed) for call in calls),
        unchanged=sum(not call.state_changed and not call.error for call in calls),
        failed_changes=sum(bool(call.state_changed) and call.error for call in calls),
        simulations=len({call.simulation for call in calls if call.state_changed}),
    )


def _by_call(change: StateChange) -> bool:
    return change.tool_call_id is not None


def _places(changes: Sequence[StateChange]) -> tuple[ChangedPlace, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    simulations: defaultdict[tuple[str, str], set[int | None]] = defaultdict(set)
    for change in changes:
        for path in change.paths:
            key = (change.state_type, path.split("/", 2)[1] if path.startswith("/") else path)
            counts[key] += 1
            simulations[key].add(change.simulation)
    return tuple(ChangedPlace(*key, count, len(simulations[key])) for key, count in counts.most_common())


EXPLANATIONS = {
    "state_changes": Explanation(
        "Which calls changed the database?",
        "counts of live calls after which a database differed, by tool; changed parts by the first key of their path",
        "as observed when the run was recorded or replayed; never guessed from a tool's name",
        "counting",
        "'state changes not in the log'",
    ),
}
