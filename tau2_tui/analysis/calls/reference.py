"""Did it do what the task's reference actions do, and where did it first part from them?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from tau2_tui.analysis.data.records import Call, GoldAction, Run
from tau2_tui.analysis.data.rows import gold_of, mapping, objects, writing_tools
from tau2_tui.analysis.help.explanation import Explanation
from tau2_tui.analysis.shared.estimate import Estimate
from tau2_tui.analysis.shared.interval import DEFAULT_LEVEL, ratio_by_task

Writes = Mapping[tuple[str, str], bool]
"""By requestor and tool name whether the tool writes, as far as that is known."""

NO_ACTIONS = "task expects no actions"
NO_REFERENCE = "no reference actions in the log"


@dataclass(frozen=True, slots=True)
class ActionMatch:
    """What became of one reference action.

    Attributes:
        i: its place among the task's reference actions.
        name: the tool.
        requestor: ``assistant`` or ``user``.
        writes: the tool writes; None when not known.
        outcome: ``matched``; ``wrong arguments``: the tool was called, never with these; ``missing``: never called.
        call_i: place of the first matching call, or of the nearest call of that tool; None when never called.
        differing: the arguments in which the nearest call differs.
        line: that call's line in the log.
    """

    i: int
    name: str
    requestor: str
    writes: bool | None
    outcome: Literal["matched", "wrong arguments", "missing"]
    call_i: int | None = None
    differing: tuple[str, ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class GoldAgreement:
    """The calls of one simulation beside its task's reference actions.

    Attributes:
        simulation: index of the simulation, None without calls.
        task_id: its task.
        calls: how many calls it made.
        gold: how many actions the reference has.
        matched: of these, how many have an equal call anywhere (tau2's own rule).
        reads: reference reads; ``reads_matched`` of them matched.
        reads_matched: see ``reads``.
        writes: reference writes; ``writes_matched`` of them matched.
        writes_matched: see ``writes``.
        lcs: length of the longest common subsequence of calls and reference.
        edit: insertions, deletions and replacements that make the calls the reference.
        actions: each reference action.
        note: ``task expects no actions``, or empty.
    """

    simulation: int | None
    task_id: str
    calls: int
    gold: int
    matched: int
    reads: int
    reads_matched: int
    writes: int
    writes_matched: int
    lcs: int
    edit: int
    actions: tuple[ActionMatch, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ActionRow:
    """How often the reference actions of one tool were matched."""

    tool_name: str
    writes: bool | None
    gold: int
    matched: int
    wrong_arguments: int
    missing: int


@dataclass(frozen=True, slots=True)
class AgreementTable:
    """Agreement with the reference over a run's simulations.

    Attributes:
        actions: matched / reference actions, tasks as the unit.
        reads: the same of reads: an agent may well do without one.
        writes: the same of writes.
        tools: by tool, most reference actions first.
        simulations: each simulation.
        unknown_types: reference actions of tools of which the log does not say whether they write; in neither rate.
        without_reference: simulations whose reference is not in the log.
        note: ``task expects no actions``, or where the reference actions come from.
    """

    actions: Estimate
    reads: Estimate
    writes: Estimate
    tools: tuple[ActionRow, ...]
    simulations: tuple[GoldAgreement, ...]
    unknown_types: int
    without_reference: int
    note: str = ""


def matches(action: GoldAction, call: Call) -> bool:
    """Return whether a call equals a reference action as tau2 compares them."""
    return action.name == call.name and not differing_arguments(action, call)


def differing_arguments(action: GoldAction, call: Call) -> tuple[str, ...]:
    """Return the compared arguments in which a call differs from a reference action.

    Compared are the action's ``compare_args``; without them, the arguments that the call has.
    """
    compared = call.args.keys() if action.compare_args is None else action.compare_args
    absent = _ABSENT
    return tuple(str(name) for name in compared if action.args.get(name, absent) != call.args.get(name, absent))


_ABSENT: Any = object()


def gold_agreement(calls: Sequence[Call], gold: Sequence[GoldAction]) -> GoldAgreement:
    """Compare one simulation's calls with its task's reference actions.

    Args:
        calls: the calls of one simulation, in order.
        gold: the reference actions of its task, in order.
    """
    actions = tuple(_fate(action, calls) for action in gold)
    lcs, edit = _alignment(calls, gold)
    reads = [action for action in actions if action.writes is False]
    writes = [action for action in actions if action.writes]
    return GoldAgreement(
        simulation=calls[0].simulation if calls else None,
        task_id=gold[0].task_id if gold else calls[0].task_id if calls else "",
        calls=len(calls),
        gold=len(gold),
        matched=_matched(actions),
        reads=len(reads),
        reads_matched=_matched(reads),
        writes=len(writes),
        writes_matched=_matched(writes),
        lcs=lcs,
        edit=edit,
        actions=actions,
        note="" if gold else NO_ACTIONS,
    )


def _matched(actions: Sequence[ActionMatch]) -> int:
    return sum(action.outcome == "matched" for action in actions)


def _fate(action: GoldAction, calls: Sequence[Call]) -> ActionMatch:
    common = (action.i, action.name, action.requestor, action.writes)
    best: tuple[Call, tuple[str, ...]] | None = None
    for call in calls:
        if call.name != action.name:
            continue
        differing = differing_arguments(action, call)
        if not differing:
            return ActionMatch(*common, "matched", call.i, (), call.line)
        if best is None or len(differing) < len(best[1]):
            best = call, differing
    if best is None:
        return ActionMatch(*common, "missing")
    return ActionMatch(*common, "wrong arguments", best[0].i, best[1], best[0].line)


def _alignment(calls: Sequence[Call], gold: Sequence[GoldAction]) -> tuple[int, int]:
    """Return the length of the longest common subsequence, and the edit distance."""
    common = [0] * (len(gold) + 1)
    distance = list(range(len(gold) + 1))
    for row, call in enumerate(calls, 1):
        above, before = 0, distance[0]
        distance[0] = row
        for column, action in enumerate(gold, 1):
            equal = action.name == call.name and not differing_arguments(action, call)
            kept, changed = common[column], distance[column]
            common[column] = above + 1 if equal else max(kept, common[column - 1])
            distance[column] = min(before + (not equal), changed + 1, distance[column - 1] + 1)
            above, before = kept, changed
    return common[-1], distance[-1]


def agreement_table(run: Run, *, level: float = DEFAULT_LEVEL) -> AgreementTable:
    """Return the agreement with the reference over all of a run's simulations."""
    gold, calls = references(run), calls_by_simulation(run)
    of_task = {(action.task_id, action.i): action for action in run.gold}
    rows, without, other = [], 0, 0
    for simulation in run.simulations:
        expected = gold[simulation.index]
        if simulation.task_id not in run.tasks and not expected:
            without += 1
            continue
        row = gold_agreement(calls[simulation.index], expected)
        rows.append(replace(row, simulation=simulation.index, task_id=simulation.task_id))
        other += any(of_task.get((action.task_id, action.i)) is not action for action in expected)
    unknown = sum(row.gold - row.reads - row.writes for row in rows)
    return AgreementTable(
        actions=_rate(rows, lambda row: (row.matched, row.gold), level),
        reads=_said(_rate(rows, lambda row: (row.reads_matched, row.reads), level), unknown),
        writes=_said(_rate(rows, lambda row: (row.writes_matched, row.writes), level), unknown),
        tools=_by_tool(rows),
        simulations=tuple(rows),
        unknown_types=unknown,
        without_reference=without,
        note=_note(rows, other),
    )


def _note(rows: Sequence[GoldAgreement], other: int) -> str:
    if not rows:
        return NO_REFERENCE
    if other:
        return f"evaluated against other actions than those of the log's task: {other} simulations; theirs are taken"
    return "" if any(row.gold for row in rows) else NO_ACTIONS


def references(run: Run) -> dict[int, tuple[GoldAction, ...]]:
    """Return each simulation's reference actions, by its index.

    Those it was evaluated against, where its evaluation names them: a file can hold other definitions of its tasks
    than the ones that were run. Else those of its task.
    """
    of_task: defaultdict[str, list[GoldAction]] = defaultdict(list)
    for action in run.gold:
        of_task[action.task_id].append(action)
    writes = writing_tools(run.tools, run.calls)
    result = {}
    for simulation in run.simulations:
        gold = tuple(of_task[simulation.task_id])
        result[simulation.index] = evaluated_against(simulation.task_id, gold, simulation.reward_info, writes)
    return result


def evaluated_against(
    task_id: str, gold: tuple[GoldAction, ...], reward_info: Any, writes: Mapping[tuple[str, str], bool]
) -> tuple[GoldAction, ...]:
    """Return the reference actions that an evaluation names; those of the task when it names the same, or none.

    Args:
        task_id: the task.
        gold: its reference actions.
        reward_info: the evaluation of a simulation.
        writes: by requestor and tool name whether the tool writes, as far as that is known.
    """
    checked = [mapping(check.get("action")) for check in objects(mapping(reward_info).get("action_checks"))]
    if not checked:
        return gold
    evaluated = tuple(gold_of(task_id, {"evaluation_criteria": {"actions": checked}}, writes))
    return gold if _same(gold, evaluated) else evaluated


def _same(gold: Sequence[GoldAction], others: Sequence[GoldAction]) -> bool:
    """Return whether two lists of reference actions ask for the same, whatever is known of the tools."""
    return [(action.name, action.args) for action in gold] == [(action.name, action.args) for action in others]


def calls_by_simulation(run: Run) -> dict[int, list[Call]]:
    """Return each simulation's calls in their order, by its index."""
    calls: dict[int, list[Call]] = {simulation.index: [] for simulation in run.simulations}
    for call in run.calls:
        if call.simulation in calls:
            calls[call.simulation].append(call)
    return calls


def _rate(rows: Sequence[GoldAgreement], of: Callable[[GoldAgreement], tuple[int, int]], level: float) -> Estimate:
    counted = ((row.task_id, *of(row)) for row in rows)
    return ratio_by_task(counted, level=level, nothing="no such reference actions, or tool types not in the log")


def _said(rate: Estimate, unknown: int) -> Estimate:
    """Return a rate that says how many actions may belong to it and are not counted."""
    if not unknown or rate.value is None:
        return rate
    notes = [rate.note] if rate.note else []
    return replace(rate, note="; ".join([*notes, f"not counted, since the log does not type their tools: {unknown}"]))


def _by_tool(rows: Sequence[GoldAgreement]) -> tuple[ActionRow, ...]:
    groups: defaultdict[str, list[ActionMatch]] = defaultdict(list)
    for row in rows:
        for action in row.actions:
            groups[action.name].append(action)
    result = [
        ActionRow(
            tool_name=name,
            writes=next((action.writes for action in actions if action.writes is not None), None),
            gold=len(actions),
            matched=_matched(actions),
            wrong_arguments=sum(action.outcome == "wrong arguments" for action in actions),
            missing=sum(action.outcome == "missing" for action in actions),
        )
        for name, actions in groups.items()
    ]
    return tuple(sorted(result, key=lambda row: (-row.gold, row.tool_name)))


EXPLANATIONS = {
    "gold_agreement": Explanation(
        "Did it do what was expected?",
        "a reference action is matched if an equal call exists anywhere (tau2: the arguments in compare_args, or "
        "else those of the call); longest common subsequence and edit distance of calls and reference",
        "a reference read is not mandatory: only missing or wrong writes explain a failed database check",
        "tau2-bench, evaluator_action; Levenshtein 1966",
        "'task expects no actions'",
    ),
    "agreement_table": Explanation(
        "How much of what was expected did it do, over the run?",
        "matched / reference actions, reads and writes apart, with an interval over tasks",
        "tasks independent; the tool types must be in the log to tell reads from writes",
        "tau2-bench, evaluator_action; ratio of sums clustered by task",
        "'no such reference actions, or tool types not in the log'",
    ),
}
