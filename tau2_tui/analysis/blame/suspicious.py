"""Doubts about a task itself: flags beside the causes, never in their place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tau2_tui.analysis.blame.case import Case
from tau2_tui.analysis.blame.pairing import Pairing
from tau2_tui.analysis.blame.provenance import never_seen
from tau2_tui.analysis.blame.values import differing, plain, record_ids, shown
from tau2_tui.analysis.blame.verdict import Cause, Verdict, cause
from tau2_tui.analysis.data.records import Call, GoldAction, Run

_FEWEST = 3
"""Simulations of a task that must all fail the same check before the task itself is doubted."""


def from_reference(case: Case, pairing: Pairing) -> Iterator[Cause]:
    """Yield reference values that nobody could have known: in no scenario, message or result of the simulation."""
    for action, call in pairing.wrong:
        wrong = differing(action.args, call.args, action.compare_args)
        unknown = never_seen(case, action.args, tuple(name for name in wrong if name in action.args))
        if unknown and case.mattered(action.name, action.args) is not False:
            values = ", ".join(shown(value, 30) for value in unknown[:3])
            summary = f"the reference's {values} for {action.name} appears nowhere in the conversation or the scenario"
            yield cause("suspicious_task", 0.3, summary, (call.line,), call.turn, flag=True)


def from_nothing_wrong(case: Case, pairing: Pairing) -> Iterator[Cause]:
    """Yield a doubt about the task when its whole reference was acted out and the check failed all the same.

    Unless changes of one record were made in another order: that may be why.
    """
    early = _too_early(case, pairing)
    if early is not None:
        action, call = early
        summary = f"{call.name} was made before {action.name} of the same record, the reference has it after that"
        yield cause("extra_write", 0.5, summary, (call.line, pairing.same[action.i].line), call.turn)
        return
    if (case.task or case.gold) and case.failed_checks:
        end = () if case.simulation.end_line is None else (case.simulation.end_line,)
        made = "every needed reference action was made" if case.gold else "the reference has no action"
        summary = f"{made}, nothing else was changed, and {', '.join(case.failed_checks)} failed"
        yield cause("suspicious_task", 0.6, summary, end)


def _too_early(case: Case, pairing: Pairing) -> tuple[GoldAction, Call] | None:
    """Return a reference action that changes a record, and the later one's call on it that was made before."""
    changes = [action for action in case.gold if action.i in pairing.same and case.call_writes(pairing.same[action.i])]
    for place, action in enumerate(changes):
        for later in changes[place + 1 :]:
            call = pairing.same[later.i]
            if call.i < pairing.same[action.i].i and record_ids(action.args) & record_ids(later.args):
                return action, call
    return None


def task_flags(runs: Sequence[Run], verdicts: Sequence[Sequence[Verdict]]) -> dict[tuple[int, str], Cause]:
    """Return a flag for each task, by run and id, that failed the same check every time, in every run that has it.

    Tasks of one id whose definitions differ between runs are different tasks.
    """
    simulations: dict[tuple[str, Any], list[tuple[int, int]]] = defaultdict(list)
    for number, run in enumerate(runs):
        for simulation in run.simulations:
            if simulation.counted and simulation.ended:
                key = (simulation.task_id, _definition(run.tasks.get(simulation.task_id)))
                simulations[key].append((number, simulation.index))
    by_place = {(number, one.simulation): one for number, group in enumerate(verdicts) for one in group}
    flags: dict[tuple[int, str], Cause] = {}
    for (task_id, _), places in simulations.items():
        found = [by_place.get(place) for place in places]
        same = [set(one.failed_checks) for one in found if one is not None]
        shared = set.intersection(*same) if same else set()
        if len(places) < _FEWEST or len(same) < len(places) or not shared:
            continue
        of_runs = len({number for number, _ in places})
        where = f" in {of_runs} runs" if of_runs > 1 else ""
        checks = ", ".join(sorted(shared))
        summary = f"all {len(places)} simulations of this task{where} fail {checks}: look at the task itself"
        flag = cause("suspicious_task", 0.4 if of_runs > 1 else 0.25, summary, flag=True)
        for number in {number for number, _ in places}:
            flags[number, task_id] = flag
    return flags


def _definition(task: Mapping[str, Any] | None) -> Any:
    """Return what makes a task the same task: what is evaluated and what the user knows."""
    if task is None:
        return None
    return plain({key: task.get(key) for key in ("user_scenario", "initial_state", "evaluation_criteria")})
