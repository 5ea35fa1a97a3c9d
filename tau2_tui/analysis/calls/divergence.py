"""Where a simulation first parted from the reference: in the order, in a write, in an argument, in a read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tau2_tui.analysis.calls.reference import (
    NO_ACTIONS,
    NO_REFERENCE,
    Writes,
    calls_by_simulation,
    differing_arguments,
    matches,
    references,
)
from tau2_tui.analysis.data.records import Call, GoldAction, Run
from tau2_tui.analysis.data.rows import writing_tools
from tau2_tui.analysis.help.explanation import Explanation

Kind = Literal[
    "none", "wrong arguments", "missing write", "unexpected write", "missing action", "missing read", "unknown"
]


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where one simulation parted from its task's reference.

    Places are counted from 0: ``…_call`` among the simulation's calls, ``…_gold`` among the task's reference actions.

    Attributes:
        simulation: index of the simulation, None without calls.
        task_id: its task.
        kind: what explains a failed database check best: ``wrong arguments`` (a write of the right tool, with other
            arguments), ``missing write``, ``unexpected write``, ``missing action`` (of a tool of which the log does
            not say whether it writes); else ``missing read``, ``none``, or ``unknown`` when the log says it of none.
        strict: first call that is not the reference action at its place; the number of calls when they end early or
            go on after the reference; None when both are the same. It is 0 or 1 nearly everywhere: never show it alone.
        missing_write: first reference write that no successful call made, not even one that changed nothing.
        missing_write_tried: it was tried and failed.
        unexpected_write: first successful write that the reference has not (any more).
        wrong_write: first unexpected write whose tool a missing reference write has.
        wrong_write_gold: that reference write.
        wrong_arguments: the arguments in which they differ.
        missing_action: first reference action without an equal call whose tool may write or not.
        missing_read: first reference read without an equal call.
        turn: index of the message that made the call which explains most; None when it is a missing one.
        line: that call's line in the log.
        note: what limits this.
    """

    simulation: int | None
    task_id: str
    kind: Kind
    strict: int | None
    missing_write: int | None = None
    missing_write_tried: bool = False
    unexpected_write: int | None = None
    wrong_write: int | None = None
    wrong_write_gold: int | None = None
    wrong_arguments: tuple[str, ...] = ()
    missing_action: int | None = None
    missing_read: int | None = None
    turn: int | None = None
    line: int | None = None
    note: str = ""


def first_divergence(calls: Sequence[Call], gold: Sequence[GoldAction], writes: Writes | None = None) -> Divergence:
    """Return where one simulation first parted from the reference.

    Args:
        calls: the calls of one simulation, in order.
        gold: the reference actions of its task, in order.
        writes: by requestor and tool name whether the tool writes. What the calls' own ``state_changed`` and the
            actions' own ``writes`` say goes before it.
    """
    known = writes or {}
    simulation = calls[0].simulation if calls else None
    task_id = calls[0].task_id if calls else gold[0].task_id if gold else ""
    strict = _strict(calls, gold)
    if not _types_known(calls, gold, known):
        note = "tool types not in the log: which calls write is not known"
        return Divergence(simulation, task_id, "unknown", strict, note=note)
    gold_writes = [action for action in gold if _action_writes(action, known)]
    missing, unexpected = _pair_writes(gold_writes, calls, known)
    wrong = _wrong(missing, unexpected)
    unread, unclear = _first_undone(calls, gold, known)
    kind = _kind(wrong, missing, unexpected, unclear, unread)
    culprit = wrong[1] if wrong else unexpected[0] if unexpected and not missing else None
    return Divergence(
        simulation,
        task_id,
        kind,
        strict,
        missing_write=missing[0].i if missing else None,
        missing_write_tried=bool(missing) and any(call.error and matches(missing[0], call) for call in calls),
        unexpected_write=unexpected[0].i if unexpected else None,
        wrong_write=wrong[1].i if wrong else None,
        wrong_write_gold=wrong[0].i if wrong else None,
        wrong_arguments=_all_differing(*wrong) if wrong else (),
        missing_action=unclear,
        missing_read=unread,
        turn=culprit.turn if culprit else None,
        line=culprit.line if culprit else None,
        note="" if gold else NO_ACTIONS,
    )


def divergences(run: Run) -> tuple[Divergence, ...]:
    """Return the first divergence of each simulation of a run, in their order."""
    known = writing_tools(run.tools, run.calls)
    gold, calls = references(run), calls_by_simulation(run)
    result = []
    for simulation in run.simulations:
        expected = gold[simulation.index]
        if simulation.task_id not in run.tasks and not expected:
            result.append(Divergence(simulation.index, simulation.task_id, "unknown", None, note=NO_REFERENCE))
            continue
        found = first_divergence(calls[simulation.index], expected, known)
        result.append(replace(found, simulation=simulation.index, task_id=simulation.task_id))
    return tuple(result)


def _types_known(calls: Sequence[Call], gold: Sequence[GoldAction], known: Writes) -> bool:
    if known or not (calls or gold):
        return True
    return any(call.state_changed is not None for call in calls) or any(action.writes is not None for action in gold)


def _action_writes(action: GoldAction, known: Writes) -> bool | None:
    return known.get((action.requestor, action.name)) if action.writes is None else action.writes


def _call_writes(call: Call, known: Writes) -> bool:
    """Return whether a call changed a database, as observed, or else by the type of a tool that did not fail."""
    if call.state_changed is not None:
        return call.state_changed
    return not call.error and known.get((call.requestor, call.name)) is True


def _strict(calls: Sequence[Call], gold: Sequence[GoldAction]) -> int | None:
    for place, (call, action) in enumerate(zip(calls, gold, strict=False)):
        if not matches(action, call):
            return place
    return None if len(calls) == len(gold) else min(len(calls), len(gold))


def _pair_writes(
    gold: Sequence[GoldAction], calls: Sequence[Call], known: Writes
) -> tuple[list[GoldAction], list[Call]]:
    """Return the reference writes that were not made, and the writes made beyond the reference.

    A call that is a reference write and changed nothing, because nothing was left to change, was made all the same.
    """
    missing, unexpected = _unpaired(gold, [call for call in calls if _call_writes(call, known)])
    idle = [call for call in calls if not call.error and call.state_changed is False]
    return _unpaired(missing, idle)[0], unexpected


def _unpaired(gold: Sequence[GoldAction], made: Sequence[Call]) -> tuple[list[GoldAction], list[Call]]:
    """Return the reference actions to which no call is equal, and the calls left over; each answers one."""
    missing, unexpected = list(gold), []
    for call in made:
        place = next((index for index, action in enumerate(missing) if matches(action, call)), None)
        if place is None:
            unexpected.append(call)
        else:
            del missing[place]
    return missing, unexpected


def _wrong(missing: Sequence[GoldAction], unexpected: Sequence[Call]) -> tuple[GoldAction, Call] | None:
    """Return the first unexpected write whose tool is missing a reference write, with the nearest of those."""
    for call in unexpected:
        candidates = [action for action in missing if action.name == call.name]
        if candidates:
            return min(candidates, key=lambda action: len(_all_differing(action, call))), call
    return None


def _all_differing(action: GoldAction, call: Call) -> tuple[str, ...]:
    """Return the arguments that tau2 compares and that differ, and those of the action that the call leaves out."""
    left_out = () if action.compare_args is not None else tuple(name for name in action.args if name not in call.args)
    return (*differing_arguments(action, call), *map(str, left_out))


def _first_undone(calls: Sequence[Call], gold: Sequence[GoldAction], known: Writes) -> tuple[int | None, int | None]:
    """Return the first reference read without an equal call, and the first action that may write or not."""
    undone = [action for action in gold if not any(matches(action, call) for call in calls)]
    unread = next((action.i for action in undone if _action_writes(action, known) is False), None)
    return unread, next((action.i for action in undone if _action_writes(action, known) is None), None)


def _kind(
    wrong: object, missing: Sequence[object], unexpected: Sequence[object], unclear: int | None, unread: int | None
) -> Kind:
    if wrong:
        return "wrong arguments"
    if missing:
        return "missing write"
    if unexpected:
        return "unexpected write"
    if unclear is not None:
        return "missing action"
    return "none" if unread is None else "missing read"


EXPLANATIONS = {
    "first_divergence": Explanation(
        "Where did it go wrong first?",
        "first successful write that the reference has not, first reference write that was not made (each reference "
        "write counts once), the arguments in which the two differ; besides, the first call out of the strict order",
        "the log says which tools write, or which calls changed a database; a reference read is not mandatory",
        "deterministic comparison with the task's reference actions",
        "'tool types not in the log: which calls write is not known'; 'task expects no actions'; "
        "'no reference actions in the log'",
    ),
}
