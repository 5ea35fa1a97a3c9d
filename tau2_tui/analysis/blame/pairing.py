"""Which call answers which reference action."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from tau2_tui.analysis.blame.case import Case
from tau2_tui.analysis.blame.speech import carried_on
from tau2_tui.analysis.blame.values import differing, fits_into, plain, record_ids
from tau2_tui.analysis.data.records import Call, GoldAction


@dataclass(frozen=True)
class Pairing:
    """The calls of a simulation beside the reference actions of its task.

    Attributes:
        same: by place of the reference action, the call that is the same.
        wrong: needed reference actions with a call of the same tool that changed state otherwise.
        failed: needed reference actions with a call of the same tool that failed.
        other_tool: needed reference actions with a call of another tool on the same record, or in the same place.
        missing: needed reference actions to which nothing answers.
        extra: calls that changed state and answer to nothing.
        instead_of_read: reference actions that only read, with a call that changed state made exactly in their place.
        anchors: by place of the reference action, the call that answers it, rightly or wrongly.
    """

    same: dict[int, Call]
    wrong: list[tuple[GoldAction, Call]]
    failed: list[tuple[GoldAction, Call]]
    other_tool: list[tuple[GoldAction, Call]]
    missing: list[GoldAction]
    extra: list[Call]
    instead_of_read: list[tuple[GoldAction, Call]]
    anchors: dict[int, Call]

    @property
    def complete(self) -> bool:
        """Whether every needed reference action was made as it should be."""
        return not (self.wrong or self.failed or self.other_tool or self.missing)


def pair(case: Case) -> Pairing:
    """Pair reference actions and calls by what they do: the same call first, then tool and record, then the record."""
    same = _same(case)
    used = {call.i for call in same.values()}
    open_actions = [action for action in case.gold if action.i not in same and case.needed(action)]
    free = [call for call in case.calls if call.i not in used]
    writes = [call for call in free if case.call_writes(call)]
    writing = {call.i for call in writes}
    idle = [call for call in free if not call.error and call.i not in writing and _is_write(case, call)]
    repeated = _repeated(case, same)
    errors = [call for call in free if call.error and call.i not in repeated]
    instead_of_read = _instead_of_read(case, same, writes)
    again = [call for call in writes if call.i in repeated]
    made_again = {call.i for call in again}
    writes = [call for call in writes if call.i not in made_again]
    wrong = _take_pairs(case, open_actions, writes, _same_tool)
    wrong += _take_pairs(case, open_actions, idle, _same_tool)
    failed = _take_pairs(case, open_actions, errors, _same_tool)
    _settle_failing_references(case, same, failed, [*writes, *again])
    other = _take_pairs(case, open_actions, writes, _same_record)
    other += _take_pairs(case, open_actions, idle, _same_record)
    anchors = {**same, **{action.i: call for action, call in (*wrong, *failed, *other, *instead_of_read)}}
    in_place = _in_place(case, anchors, open_actions)
    anchors.update({action.i: call for action, call in in_place})
    extra = sorted([*writes, *again], key=lambda call: call.i)
    return Pairing(same, wrong, failed, other + in_place, open_actions, extra, instead_of_read, anchors)


def _repeated(case: Case, same: dict[int, Call]) -> set[int]:
    """Return the calls that were made before, rightly: made again, they say nothing of other actions."""
    first: dict[Hashable, int] = {}
    for call in same.values():
        key = case.keys[call.i]
        first[key] = min(call.i, first.get(key, call.i))
    return {call.i for call in case.calls if first.get(case.keys[call.i], call.i) < call.i} if first else set()


def _is_write(case: Case, call: Call) -> bool:
    return case.evidence.writes(call.requestor, call.name)


def _same(case: Case) -> dict[int, Call]:
    """Return the calls that are reference actions; each call answers one. A call that failed answers a read only."""
    found: dict[int, Call] = {}
    if not case.gold:
        return found
    free: dict[tuple[str, str], dict[int, Call]] = defaultdict(dict)
    for call in case.calls:
        if not call.error or not case.evidence.writes(call.requestor, call.name):
            free[call.name, call.requestor][call.i] = call
    for action in case.gold:
        calls = free.get((action.name, action.requestor), {})
        right = (call for call in calls.values() if not differing(action.args, call.args, action.compare_args))
        call_made = next(right, None)
        if call_made is not None:
            found[action.i] = calls.pop(call_made.i)
    return found


def _instead_of_read(case: Case, same: dict[int, Call], writes: list[Call]) -> list[tuple[GoldAction, Call]]:
    """Pair reads that were never made with changes made in their place; those are removed from ``writes``.

    The arguments are the same, and the calls before and after it answer the reference actions before and after. A
    change at the end, where all reading is over, is no slip of that kind.
    """
    pairs: list[tuple[GoldAction, Call]] = []
    if not writes:
        return pairs
    for action in case.gold:
        if action.i in same or case.needed(action) or not action.args:
            continue
        before, after = slot(case, same, action)
        if after is None:
            continue
        start, args = -1 if before is None else before.i, plain(action.args)
        for place, call in enumerate(writes):
            in_order = start < call.i < after.i
            if in_order and call.requestor == action.requestor and case.keys[call.i][2] == args:
                pairs.append((action, call))
                del writes[place]
                break
    return pairs


def _settle_failing_references(
    case: Case, same: dict[int, Call], failed: list[tuple[GoldAction, Call]], writes: list[Call]
) -> None:
    """Count failed calls as right where the reference must have failed as well: as made, in the state it had then."""
    first = min((call.i for call in writes), default=math.inf)
    for action, call in list(failed):
        as_made = not differing(action.args, call.args, action.compare_args)
        before = all(other.i in same for other in case.gold[: action.i] if case.needed(other))
        if as_made and before and first >= call.i:
            failed.remove((action, call))
            same[action.i] = call


def _same_tool(case: Case, action: GoldAction, call: Call) -> float:
    if call.name != action.name or call.requestor != action.requestor:
        return 0.0
    names = {*action.args, *call.args}
    agreeing = 1.0 - len(differing(action.args, call.args, action.compare_args)) / max(1, len(names))
    return 1.0 + agreeing + len(record_ids(action.args) & case.ids[call.i])


def _same_record(case: Case, action: GoldAction, call: Call) -> float:
    """Return how well a call of another tool fits: only what acts on the same record fits at all."""
    ids = case.ids[call.i]
    if not ids or call.name == action.name or call.requestor != action.requestor:
        return 0.0
    return float(len(record_ids(action.args) & ids))


def _take_pairs(
    case: Case, actions: list[GoldAction], calls: list[Call], fit: Callable[[Case, GoldAction, Call], float]
) -> list[tuple[GoldAction, Call]]:
    """Pair the best fitting first; what was paired is removed from both lists."""
    candidates = [
        (-how_well, action.i, call.i, action, call)
        for action in actions
        for call in calls
        if (how_well := fit(case, action, call)) > 0
    ]
    pairs: dict[int, tuple[GoldAction, Call]] = {}
    taken: set[int] = set()
    for _, _, _, action, call in sorted(candidates, key=lambda item: item[:3]):
        if action.i not in pairs and call.i not in taken:
            pairs[action.i] = (action, call)
            taken.add(call.i)
    if pairs:
        actions[:] = [action for action in actions if action.i not in pairs]
        calls[:] = [call for call in calls if call.i not in taken]
    return sorted(pairs.values(), key=lambda item: item[1].i)


def slot(case: Case, anchors: dict[int, Call], action: GoldAction) -> tuple[Call | None, Call | None]:
    """Return the calls between which a reference action belongs: the nearest answered ones before and after it."""
    before = next((anchors[i] for i in range(action.i - 1, -1, -1) if i in anchors), None)
    start = -1 if before is None else before.i
    later = (anchors[i] for i in range(action.i + 1, len(case.gold)) if i in anchors)
    after = next((call for call in later if call.i > start), None)
    return before, after


def _in_place(case: Case, anchors: dict[int, Call], actions: list[GoldAction]) -> list[tuple[GoldAction, Call]]:
    """Pair actions left out with a call of another tool that was made instead: in its place, with its arguments.

    The agent must have gone on as if it were done: a read that it needed for what it did next is no wrong tool.
    """
    pairs = []
    used = {call.i for call in anchors.values()}
    for action in list(actions):
        before, after = slot(case, anchors, action)
        low, high = (-1 if before is None else before.i), (len(case.calls) if after is None else after.i)
        late = _late_reads(case, anchors, action, low)
        others = [
            call
            for call in case.calls[low + 1 : high]
            if (call.i not in used or call.i in late) and call.requestor == action.requestor
        ]
        fitting = [call for call in others if call.name != action.name and _instead(case, call, action, others)]
        if len(fitting) == 1 and action.requestor == "assistant":
            pairs.append((action, fitting[0]))
            actions.remove(action)
            used.add(fitting[0].i)
    return pairs


def _late_reads(case: Case, anchors: dict[int, Call], action: GoldAction, low: int) -> set[int]:
    """Return the calls that read, in an action's place, what the reference read long before it."""
    last = max((i for i, call in anchors.items() if i < action.i and call.i <= low), default=-1)
    return {call.i for i, call in anchors.items() if i < last and call.i > low and not case.needed(case.gold[i])}


def _instead(case: Case, call: Call, action: GoldAction, others: list[Call]) -> bool:
    if not fits_into(call.args, action.args) or case.call_writes(call):
        return False
    if call.error:
        return bool(call.args) or len(others) == 1
    return bool(call.args) and len(others) == 1 and carried_on(case, call)
